"""What passes from one stage to the next."""

from typing import NamedTuple


class Piece(NamedTuple):
    """A character to be spoken, or the end of a block.

    ``text``: one character; or, where ``is_break``, the punctuation that the block's last word
    gets if it has none. ``start`` and ``end`` are the characters of the written text it stands
    for. ``pause_s``: silence wanted after a break.
    """

    text: str
    start: int
    end: int
    is_break: bool = False
    pause_s: float = 0.0


def pieces_of(text: str, start: int, end: int) -> list[Piece]:
    """``text`` as characters that all stand for the same stretch of the written text."""
    return [Piece(char, start, end) for char in text]
