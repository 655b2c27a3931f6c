"""The first stage: lines of Markdown to characters and breaks.

A line is held only until its kind is known; code blocks, fenced or indented, rules and definitions
never come through.
"""

from collections.abc import Iterable
from typing import Final

from engine.text.language import Language
from engine.text.lines import (
    LONGEST_HEAD,
    Kind,
    classify,
    closes_fence,
    fence_of,
    indent_of,
    marker_columns,
)
from engine.text.maths import math_text
from engine.text.pieces import Piece, pieces_of

_PAUSE_S: Final = {
    Kind.HEADING: 0.35,
    Kind.PLAIN: 0.3,
    Kind.NOTE: 0.3,
    Kind.FENCE: 0.3,
    Kind.MATH: 0.2,
    Kind.ITEM: 0.2,
    Kind.TABLE: 0.2,
}
_CELL_PAUSE_S: Final = 0.1
_CODE_COLUMNS: Final = 4
_GOES_ON: Final = (Kind.PLAIN, Kind.NOTE, Kind.ITEM)
"""Blocks whose text goes on in a plain line, however far that is indented."""

_LONGEST_FORMULA: Final = 2_000


class Blocks:
    """Feeds on single characters; ``step`` and ``end`` return what they let through."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._offset = 0
        self._head: list[Piece] | None = []  # the line so far while its kind is open
        self._kind = Kind.BLANK  # of the block that is being read out
        self._fence = ""
        self._items: list[int] = []  # how far the text of each open list item is indented
        self._formula: list[Piece] | None = None
        self._escaped = False

    def step(self, char: str) -> list[Piece]:
        """Takes the next character of the written text."""
        piece = Piece(char, self._offset, self._offset + 1)
        self._offset += 1
        if self._fence:
            return self._in_fence(piece)
        if self._formula is not None:
            return self._in_formula(piece)
        if self._head is None:
            return self._in_line(piece)
        if char != "\n":
            self._head.append(piece)
        return self._decide(ended=char == "\n")

    def end(self) -> list[Piece]:
        """Says that the text has no more characters."""
        out: list[Piece] = []
        if self._formula is not None:
            out += self._say_formula()
        elif self._head and not self._fence:
            out += self._decide(ended=True)
        return [*out, *self._close()]

    def _decide(self, *, ended: bool) -> list[Piece]:
        head = self._head or []
        text = "".join(piece.text for piece in head)
        line = classify(text, ended=ended, code_from=self._code_from(text))
        if line is None:
            return []
        self._head = [] if ended else None
        if line.kind is Kind.BLANK and self._kind is Kind.CODE:
            return []
        self._indent(text, line.kind)
        continues = line.kind is self._kind is Kind.CODE or (
            line.kind is Kind.PLAIN and self._kind in _GOES_ON
        )
        out = [] if continues else self._open(line.kind)
        if line.kind is Kind.CODE:
            return out if continues else [*out, *self._omit_code(head), self._break(Kind.FENCE)]
        if line.kind is Kind.FENCE:
            self._fence, self._head = fence_of(text), []
            out += [*self._omit_code(head), *self._close()]
        elif line.kind is Kind.MATH:
            self._formula, self._head = [], None
            out += self._replay(head[line.skip :])
        elif line.said:
            span = head[: line.skip] or head
            out += pieces_of(line.said + " ", span[0].start, span[-1].end)
        if line.kind in (Kind.FENCE, Kind.MATH, Kind.SILENT):
            self._kind = Kind.BLANK
            return out
        out += self._pass(head[line.skip :])
        return [*out, *self._newline(head[-1].end if head else self._offset)] if ended else out

    def _code_from(self, text: str) -> int | None:
        """The indentation from which the line that begins with ``text`` is code; None within a paragraph."""
        if self._kind in _GOES_ON:
            return None
        indent = indent_of(text)
        return max((item for item in self._items if item <= indent), default=0) + _CODE_COLUMNS

    def _indent(self, text: str, kind: Kind) -> None:
        """Keeps which list items the line is within."""
        if kind is Kind.BLANK or (kind is Kind.PLAIN and self._kind in _GOES_ON):
            return
        indent = indent_of(text)
        self._items = [item for item in self._items if item <= indent]
        if kind is Kind.ITEM:
            self._items.append(indent + marker_columns(text))

    def _omit_code(self, head: list[Piece]) -> list[Piece]:
        return pieces_of(self._language.code_omitted, head[0].start, head[-1].end)

    def _open(self, kind: Kind) -> list[Piece]:
        """Ends the block before and begins one of ``kind``."""
        out = self._close()
        self._kind = kind
        return out

    def _close(self) -> list[Piece]:
        kind, self._kind = self._kind, Kind.BLANK
        return [self._break(kind)] if kind in _PAUSE_S else []

    def _break(self, kind: Kind) -> Piece:
        return Piece(".", self._offset, self._offset, True, _PAUSE_S[kind])

    def _in_line(self, piece: Piece) -> list[Piece]:
        if piece.text != "\n":
            return [] if self._kind is Kind.CODE else self._pass([piece])
        self._head = []
        return [] if self._kind is Kind.CODE else self._newline(piece.start)

    def _newline(self, offset: int) -> list[Piece]:
        if self._kind in (Kind.HEADING, Kind.TABLE):
            return self._close()
        return [Piece(" ", offset, offset)]

    def _pass(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Characters of a line; in a table an unescaped bar ends a cell."""
        if self._kind is not Kind.TABLE:
            return list(pieces)
        out: list[Piece] = []
        for piece in pieces:
            if piece.text == "|" and not self._escaped:
                out.append(Piece(",", piece.start, piece.end, True, _CELL_PAUSE_S))
            else:
                out.append(piece)
            self._escaped = piece.text == "\\" and not self._escaped
        return out

    def _in_fence(self, piece: Piece) -> list[Piece]:
        head = self._head if self._head is not None else []
        if piece.text != "\n":
            if len(head) <= LONGEST_HEAD:
                head.append(piece)
            self._head = head
        else:
            if closes_fence("".join(held.text for held in head), self._fence):
                self._fence = ""
            self._head = []
        return []

    def _in_formula(self, piece: Piece) -> list[Piece]:
        assert self._formula is not None
        self._formula.append(piece)
        text = "".join(held.text for held in self._formula[-2:])
        if text in ("$$", "\\]") or len(self._formula) > _LONGEST_FORMULA:
            return self._say_formula()
        return []

    def _replay(self, pieces: Iterable[Piece]) -> list[Piece]:
        return [out for piece in pieces for out in self._in_formula(piece)]

    def _say_formula(self) -> list[Piece]:
        held, self._formula = self._formula or [], None
        text = "".join(piece.text for piece in held).removesuffix("$$").removesuffix("\\]")
        if not held:
            return []
        said = math_text(text, self._language)
        self._kind = Kind.MATH
        return [*pieces_of(f" {said} ", held[0].start, held[-1].end), *self._close()]
