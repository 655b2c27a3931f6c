"""Writes one closed block of Markdown at the end of a text document, in our own type and colours.

Raw HTML stays text, and a picture is shown as a link with its description: nothing is ever fetched.
"""

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
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTableFormat,
)

from app.theme import Colours, code_font, text_font

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LINE_HEIGHT_PERCENT = 130.0
PARAGRAPH_GAP = 10.0
READING_SCALE = 15 / 13
"""Running text is a little larger than the interface's 13 px."""


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # not needed for the first paint

    return MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(
        ["table", "strikethrough", "linkify"]
    )


def warm() -> None:
    """Loads the parser, so that the first block does not pay for it."""
    _parser().parse("*a*")


def tail_formats(colours: Colours) -> tuple[QTextBlockFormat, QTextCharFormat]:
    """How text that is still being written looks: as it will when it is closed, where that can be known."""
    return _paragraph(), _plain(colours)


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
    written sets both back.
    """

    def __init__(self, document: QTextDocument, colours: Colours) -> None:
        self._document = document
        self.colours = colours
        self.fresh = True
        self.after_list = False

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

    def write(self, source: str) -> None:
        """Writes one closed block; nothing for one that shows nothing (blank lines)."""
        state = _State()
        tokens = _parser().parse(source)
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
                state.lists.append((_list_format(token, len(state.lists) + 1), -1))
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
                cursor = self.begin_block(_paragraph(), _code(self.colours))
                cursor.insertText(token.content.rstrip("\n").replace("\n", "\u2028"), _code(self.colours))
            case "hr":
                rule = _paragraph()
                rule.setProperty(
                    QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
                    QTextLength(QTextLength.Type.PercentageLength, 100),
                )
                self.begin_block(rule, _plain(self.colours))
            case _:
                pass

    def _inline_block(self, children: "Sequence[Token]", state: _State) -> None:
        block, plain = _paragraph(), _plain(self.colours)
        if state.heading:
            block, plain = _heading(state.heading, self.colours, first=self._at_start())
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
        _inline(cursor, children, plain, self.colours)

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
        cursor = self.begin_block(_paragraph(), _plain(self.colours))
        table = cursor.insertTable(len(rows), max(len(row) for row in rows), _table_format(self.colours))
        for row_index, row in enumerate(rows):
            for column, children in enumerate(row):
                cell = table.cellAt(row_index, column).firstCursorPosition()
                plain = _plain(self.colours)
                if row_index == 0:
                    plain.setFontWeight(QFont.Weight.DemiBold)
                _inline(cell, children, plain, self.colours)
        self.fresh = True  # a table is always followed by an empty block
        return at + 1


def _inline(
    cursor: QTextCursor, children: "Sequence[Token]", plain: QTextCharFormat, colours: Colours
) -> None:
    formats = [plain]
    for token in children:
        current = QTextCharFormat(formats[-1])
        match token.type:
            case "text":
                cursor.insertText(token.content, current)
            case "softbreak":
                cursor.insertText(" ", current)
            case "hardbreak":
                cursor.insertText("\u2028", current)
            case "code_inline":
                current.merge(_code(colours))
                cursor.insertText(token.content, current)
            case "image":
                _link(current, str(token.attrs.get("src", "")), colours)
                cursor.insertText(token.content or "picture", current)
            case "strong_open":
                current.setFontWeight(QFont.Weight.DemiBold)
                formats.append(current)
            case "em_open":
                current.setFontItalic(True)
                formats.append(current)
            case "s_open":
                current.setFontStrikeOut(True)
                formats.append(current)
            case "link_open":
                _link(current, str(token.attrs.get("href", "")), colours)
                formats.append(current)
            case "strong_close" | "em_close" | "s_close" | "link_close":
                formats.pop()
            case _:
                cursor.insertText(token.content, current)


def _link(char_format: QTextCharFormat, target: str, colours: Colours) -> None:
    char_format.setAnchor(True)
    char_format.setAnchorHref(target)
    char_format.setForeground(QColor(colours.accent))
    char_format.setFontUnderline(True)
    char_format.setToolTip(target)


def _paragraph() -> QTextBlockFormat:
    block = QTextBlockFormat()
    block.setLineHeight(LINE_HEIGHT_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    block.setBottomMargin(PARAGRAPH_GAP)
    return block


def _plain(colours: Colours) -> QTextCharFormat:
    plain = QTextCharFormat()
    plain.setFont(text_font(READING_SCALE))
    plain.setForeground(QColor(colours.text))
    return plain


def _code(colours: Colours) -> QTextCharFormat:
    code = QTextCharFormat()
    code.setFont(code_font(0.94 * READING_SCALE))
    code.setBackground(QColor(colours.bubble))
    return code


def _heading(level: int, colours: Colours, *, first: bool) -> tuple[QTextBlockFormat, QTextCharFormat]:
    block, plain = _paragraph(), _plain(colours)
    scale = {1: 1.35, 2: 1.2, 3: 1.07}.get(level, 1.0)
    plain.setFont(text_font(READING_SCALE * scale, weight=QFont.Weight.DemiBold))
    block.setHeadingLevel(level)
    block.setTopMargin(0.0 if first else 10.0)
    block.setBottomMargin(6.0)
    return block, plain


def _list_format(token: "Token", depth: int) -> QTextListFormat:
    made = QTextListFormat()
    made.setIndent(depth)
    if token.type == "ordered_list_open":
        made.setStyle(QTextListFormat.Style.ListDecimal)
        made.setStart(int(token.attrs.get("start", 1)))
    else:
        made.setStyle(QTextListFormat.Style.ListDisc if depth == 1 else QTextListFormat.Style.ListCircle)
    return made


def _table_format(colours: Colours) -> QTextTableFormat:
    made = QTextTableFormat()
    made.setCellPadding(6)
    made.setCellSpacing(0)
    made.setBorder(1)
    made.setBorderCollapse(True)
    made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    made.setBorderBrush(QColor(colours.line))
    made.setBottomMargin(PARAGRAPH_GAP)
    made.setTopMargin(4)
    return made
