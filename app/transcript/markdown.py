"""Writes one closed block of Markdown at the end of a text document, in our own type and colours.

Raw HTML stays text, and a picture is shown as a link with its description: nothing is ever fetched.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextListFormat,
)

from app.theme import Colours
from app.transcript import formats

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


_ADDRESS = re.compile(r"\w[.]\w|@|//|mailto:|localhost", re.IGNORECASE)
"""Where this is not found there is no address to be made a link, and looking for one takes half the time."""

_TARGET = re.compile(r"\]\([^()\s]*\)")
"""Where a link points to that is written as one."""


@cache
def _parser(addresses: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # not needed for the first paint

    parser = MarkdownIt("commonmark", {"html": False, "linkify": addresses}).enable(
        ["table", "strikethrough"]
    )
    return parser.enable("linkify") if addresses else parser


def parse(source: str) -> "list[Token]":
    """The Markdown of ``source`` as tokens."""
    return _parser(_ADDRESS.search(_TARGET.sub("]", source)) is not None).parse(source)


def warm() -> None:
    """Loads the parsers, so that the first block does not pay for them."""
    for addresses in (False, True):
        _parser(addresses).parse("*a*")


@dataclass
class _State:
    """Where in the block's structure the walk is."""

    lists: list[tuple[QTextListFormat, int]] = field(default_factory=list)
    quotes: int = 0
    heading: int = 0
    in_new_item: bool = False
    tight: bool = False


class BlockWriter:
    """Writes blocks one after the other at the end of ``document``.

    ``fresh`` says whether the document's last block is empty and waits to be written to, and
    ``after_list`` whether what was written last is an item of a list. Whoever removes what was
    written sets both back. ``last_text`` and ``last_format`` are the words that the last ``write``
    ended with and how they look; "" where it showed nothing.
    """

    def __init__(self, document: QTextDocument, colours: Colours) -> None:
        self._document = document
        self.colours = colours
        self.fresh = True
        self.after_list = False
        self.last_text = ""
        self.last_format = QTextCharFormat()
        self._plain = formats.plain(colours)
        self._code = formats.code(colours)

    def begin_block(self, block_format: QTextBlockFormat, char_format: QTextCharFormat) -> QTextCursor:
        """A cursor in an empty block at the end, in the given formats."""
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self.fresh:
            leftover = cursor.currentList()
            if leftover is not None:
                leftover.remove(cursor.block())
            cursor.setBlockFormat(block_format)
            cursor.setBlockCharFormat(char_format)
            cursor.setCharFormat(char_format)
        else:
            cursor.insertBlock(block_format, char_format)
        self.fresh = False
        return cursor

    def begin_paragraph(self) -> QTextCursor:
        """A cursor in an empty paragraph of running text at the end."""
        return self.begin_block(self._paragraph(), self._plain)

    def _paragraph(self) -> QTextBlockFormat:
        block = formats.paragraph()
        if self.after_list:
            block.setTopMargin(8.0)
        return block

    def write(self, source: str) -> None:
        """Writes one closed block; nothing for one that shows nothing (blank lines)."""
        self.last_text = ""
        state = _State()
        tokens = parse(source)
        index = 0
        while index < len(tokens):
            if tokens[index].type == "table_open":
                index = self._table(tokens, index)
            else:
                self._token(tokens[index], state)
                index += 1

    def _token(self, token: "Token", state: _State) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                state.lists.append((formats.list_format(token, len(state.lists) + 1), -1))
            case "bullet_list_close" | "ordered_list_close":
                state.lists.pop()
            case "list_item_open":
                state.in_new_item = True
            case "blockquote_open":
                state.quotes += 1
            case "blockquote_close":
                state.quotes -= 1
            case "heading_open":
                state.heading = int(token.tag[1])
            case "heading_close":
                state.heading = 0
            case "paragraph_open":
                state.tight = token.hidden
            case "inline":
                self._inline_block(token.children or [], state)
            case "fence" | "code_block":
                cursor = self.begin_block(formats.paragraph(), self._code)
                self._insert(cursor, token.content.rstrip("\n").replace("\n", "\u2028"), self._code)
            case "hr":
                rule = formats.paragraph()
                rule.setProperty(
                    QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
                    QTextLength(QTextLength.Type.PercentageLength, 100),
                )
                self.begin_block(rule, self._plain)
                self.last_text = ""
            case _:
                pass

    def _inline_block(self, children: "Sequence[Token]", state: _State) -> None:
        block, plain = formats.paragraph(), QTextCharFormat(self._plain)
        if state.heading:
            block, plain = formats.heading(state.heading, self.colours, first=self._at_start())
        if state.quotes:
            block.setLeftMargin(18.0 * state.quotes)
            plain.setForeground(QColor(self.colours.quiet))
        if state.lists:
            block.setBottomMargin(4.0)
        elif self.after_list:
            block.setTopMargin(8.0)
        self.after_list = bool(state.lists)
        cursor = self.begin_block(block, plain)
        if state.lists:
            self._join_list(cursor, state)
        self._inline(cursor, children, plain)

    def _at_start(self) -> bool:
        return self.fresh and self._document.blockCount() == 1

    def _join_list(self, cursor: QTextCursor, state: _State) -> None:
        list_format, item = state.lists[-1]
        if not state.in_new_item:  # a further paragraph of the same item
            block = cursor.blockFormat()
            block.setIndent(len(state.lists))
            cursor.setBlockFormat(block)
            return
        state.in_new_item = False
        held = self._document.object(item) if item >= 0 else None
        if held is not None:
            held.add(cursor.block())  # type: ignore[attr-defined]  # a QTextList, which PySide returns as its base
        else:
            made = cursor.createList(list_format)
            state.lists[-1] = (list_format, made.objectIndex())

    def _table(self, tokens: "Sequence[Token]", at: int) -> int:
        rows: list[list[Sequence[Token]]] = []
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append([])
            elif tokens[at].type == "inline":
                rows[-1].append(tokens[at].children or [])
            at += 1
        cursor = self.begin_block(formats.paragraph(), self._plain)
        table = cursor.insertTable(
            len(rows), max(len(row) for row in rows), formats.table_format(self.colours)
        )
        for row_index, row in enumerate(rows):
            for column, children in enumerate(row):
                cell = table.cellAt(row_index, column).firstCursorPosition()
                plain = QTextCharFormat(self._plain)
                if row_index == 0:
                    plain.setFontWeight(QFont.Weight.DemiBold)
                self._inline(cell, children, plain)
        self.fresh = True  # a table is always followed by an empty block
        self.last_text = ""
        return at + 1

    def _inline(self, cursor: QTextCursor, children: "Sequence[Token]", plain: QTextCharFormat) -> None:
        open_formats = [plain]
        for token in children:
            current = QTextCharFormat(open_formats[-1])
            match token.type:
                case "text":
                    self._insert(cursor, token.content, current)
                case "softbreak":
                    self._insert(cursor, " ", current)
                case "hardbreak":
                    self._insert(cursor, "\u2028", current)
                case "code_inline":
                    current.merge(self._code)
                    self._insert(cursor, token.content, current)
                case "image":
                    formats.link(current, str(token.attrs.get("src", "")), self.colours)
                    self._insert(cursor, token.content or "picture", current)
                case "strong_open":
                    current.setFontWeight(QFont.Weight.DemiBold)
                    open_formats.append(current)
                case "em_open":
                    current.setFontItalic(True)
                    open_formats.append(current)
                case "s_open":
                    current.setFontStrikeOut(True)
                    open_formats.append(current)
                case "link_open":
                    formats.link(current, str(token.attrs.get("href", "")), self.colours)
                    open_formats.append(current)
                case "strong_close" | "em_close" | "s_close" | "link_close":
                    open_formats.pop()
                case _:
                    self._insert(cursor, token.content, current)

    def _insert(self, cursor: QTextCursor, text: str, char_format: QTextCharFormat) -> None:
        if text:
            cursor.insertText(text, char_format)
            self.last_text, self.last_format = text, char_format
