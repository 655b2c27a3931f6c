"""How each kind of text in an answer looks."""

from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFrameFormat,
    QTextListFormat,
    QTextTableFormat,
)

from app.theme import READING_SCALE, Colours, code_font, text_font

if TYPE_CHECKING:
    from markdown_it.token import Token

LINE_HEIGHT_PERCENT = 130.0
PARAGRAPH_GAP = 10.0


def link(char_format: QTextCharFormat, target: str, colours: Colours) -> None:
    """Makes text of this format lead to ``target``."""
    char_format.setAnchor(True)
    char_format.setAnchorHref(target)
    char_format.setForeground(QColor(colours.accent))
    char_format.setFontUnderline(True)
    char_format.setToolTip(target)


def paragraph() -> QTextBlockFormat:
    """A paragraph of running text."""
    block = QTextBlockFormat()
    block.setLineHeight(LINE_HEIGHT_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    block.setBottomMargin(PARAGRAPH_GAP)
    return block


def plain(colours: Colours) -> QTextCharFormat:
    """Running text."""
    plain = QTextCharFormat()
    plain.setFont(text_font(READING_SCALE))
    plain.setForeground(QColor(colours.text))
    return plain


def code(colours: Colours) -> QTextCharFormat:
    """Text in a fixed width, on a plate."""
    code = QTextCharFormat()
    code.setFont(code_font(0.94 * READING_SCALE))
    code.setBackground(QColor(colours.bubble))
    return code


def heading(level: int, colours: Colours, *, first: bool) -> tuple[QTextBlockFormat, QTextCharFormat]:
    """A heading of ``level`` 1 to 6; the ``first`` of an answer needs no room above it."""
    block, words = paragraph(), plain(colours)
    scale = {1: 1.35, 2: 1.2, 3: 1.07}.get(level, 1.0)
    words.setFont(text_font(READING_SCALE * scale, weight=QFont.Weight.DemiBold))
    block.setHeadingLevel(level)
    block.setTopMargin(0.0 if first else 10.0)
    block.setBottomMargin(6.0)
    return block, words


def list_format(token: "Token", depth: int) -> QTextListFormat:
    """The list that ``token`` opens, nested ``depth`` deep."""
    made = QTextListFormat()
    made.setIndent(depth)
    if token.type == "ordered_list_open":
        made.setStyle(QTextListFormat.Style.ListDecimal)
        made.setStart(int(token.attrs.get("start", 1)))
    else:
        made.setStyle(QTextListFormat.Style.ListDisc if depth == 1 else QTextListFormat.Style.ListCircle)
    return made


def table_format(colours: Colours) -> QTextTableFormat:
    """A table with hair lines."""
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
