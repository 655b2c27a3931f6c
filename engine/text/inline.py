"""The second stage: markup within a line is taken away, what it stands for is left.

Emphasis marks are dropped as they come and a link's label is let through at once; only what may
still turn out to be something else is held: a link's address, a code span, a tag, a formula.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from engine.text.language import Language
from engine.text.marks import RULES, Match
from engine.text.pieces import Piece, pieces_of

LONGEST_HELD: Final = 400
"""Characters after which an unclosed span is taken to be no span."""

_REMEMBERED: Final = 40
"""Characters let through that are kept, so that a mark knows the word before it."""


class Inline:
    """Feeds on pieces; ``step`` returns those that are certain."""

    def __init__(self, language: Language, rules: dict[str, Callable[..., Match | None]] = RULES) -> None:
        self._language = language
        self._rules = rules
        self._held: deque[Piece] = deque()
        self._before = ""

    def step(self, piece: Piece) -> list[Piece]:
        """Takes the next piece; a break ends every open span."""
        if piece.is_break:
            out = self._drain(ended=True)
            self._before = ""
            return [*out, piece]
        self._held.append(piece)
        return self._drain(ended=len(self._held) > LONGEST_HELD)

    def end(self) -> list[Piece]:
        """Lets go of what is held."""
        return self._drain(ended=True)

    def _drain(self, *, ended: bool) -> list[Piece]:
        out: list[Piece] = []
        while self._held:
            rule = self._rules.get(self._held[0].text)
            if rule is None:
                self._let(out, self._held.popleft())
                continue
            text = "".join(piece.text for piece in self._held)
            match = rule(text, ended=ended, before=self._before, language=self._language)
            if match is None:
                return out
            taken = [self._held.popleft() for _ in range(match.taken)]
            said = taken if match.said is None else pieces_of(match.said, taken[0].start, taken[-1].end)
            for piece in said:
                self._let(out, piece)
        return out

    def _let(self, out: list[Piece], piece: Piece) -> None:
        out.append(piece)
        self._before = (self._before + piece.text)[-_REMEMBERED:]
