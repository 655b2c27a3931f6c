"""Where in a text document the characters of a reply stand, worked out only where it is asked for."""

from bisect import bisect_right
from dataclasses import dataclass

from PySide6.QtGui import QTextCursor, QTextDocument

from app.transcript.align import align, rendered_range, utf16_places


@dataclass(slots=True)
class _Written:
    """A rendered piece: ``source`` begins at ``start`` of the reply and stands from ``begin`` to ``end``."""

    start: int
    source: str
    begin: int
    end: int
    places: list[int] | None = None


class Places:
    """The rendered pieces of ``document`` in their order; the last may grow or be taken away again."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._pieces: list[_Written] = []

    def add(self, start: int, source: str, begin: int, end: int) -> None:
        """Notes that ``source``, from ``start`` of the reply, was rendered from ``begin`` to ``end``."""
        self._pieces.append(_Written(start, source, begin, end))

    def replace_last(self, source: str, end: int) -> None:
        """The last piece stands for ``source`` now and ends at ``end``."""
        last = self._pieces[-1]
        last.source, last.end, last.places = source, end, None

    def pop(self) -> None:
        """The last piece has been taken away."""
        self._pieces.pop()

    def clear(self) -> None:
        """Nothing is rendered any more."""
        self._pieces.clear()

    def range_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Where ``reply[start:end]`` stands; None where it is in no piece or shows nothing."""
        index = bisect_right(self._pieces, start, key=lambda piece: piece.start) - 1
        if index < 0:
            return None
        piece = self._pieces[index]
        first, last = rendered_range(self._places_of(piece), start - piece.start, end - piece.start)
        return (piece.begin + first, piece.begin + last) if last > first else None

    def first_from(self, position: int) -> int | None:
        """Where the first character at or after ``position`` of the reply stands; None behind the last."""
        index = max(0, bisect_right(self._pieces, position, key=lambda piece: piece.start) - 1)
        for piece in self._pieces[index:]:
            places = self._places_of(piece)
            first, _ = rendered_range(places, position - piece.start, position - piece.start)
            if first < len(places):
                return piece.begin + first
        return None

    def _places_of(self, piece: _Written) -> list[int]:
        if piece.places is None:
            cursor = QTextCursor(self._document)
            cursor.setPosition(min(piece.begin, piece.end))
            cursor.setPosition(piece.end, QTextCursor.MoveMode.KeepAnchor)
            rendered = cursor.selectedText()
            piece.places = utf16_places(rendered, align(piece.source, rendered))
        return piece.places
