"""A code block of an answer: its language, a button that copies it, and colours once it is closed."""

from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.contrast import readable
from app.controls import TextButton
from app.text_size import px
from app.theme import READING_SCALE, Colours, code_font, text_font
from app.transcript.align import utf16_length

HEADER_PX = 34
BELOW_PX = 14
"""Between the last line, or the bar that scrolls it, and the plate's edge."""

_PAD = 14
_BAR_PX = 10
_EDGE_PX = 11
"""How far the plate's round corners reach."""


class CodeBlock(QWidget):
    """Lines of code that grow while they are written, then stay; never wrapped, scrolled sideways."""

    def __init__(self, language: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # growing, it paints only what is new
        self._language, self._colours, self._code = language, colours, ""
        self._closed = False
        self.text_view = CodeText(self)
        self.text_view.setAccessibleName(self.tr("Code"))
        self.copy_button = TextButton(self.tr("Copy"), "copy", self, colours)
        self.copy_button.setAccessibleName(self.tr("Copy code"))
        self.copy_button.clicked.connect(self._copy_all)
        self._copied = QTimer(self, singleShot=True, interval=1600)
        self._copied.timeout.connect(lambda: self.copy_button.set_content(self.tr("Copy"), "copy"))
        self._paint_colours()

    @property
    def code(self) -> str:
        """The code as it was written."""
        return self._code

    def show_open(self, code: str) -> None:
        """Shows what has been written of it so far, without colours."""
        if code.startswith(self._code):
            self.text_view.add(code[len(self._code) :])
        else:
            self.text_view.setPlainText(code)
            self.text_view.measure_again()
        self._code = code

    def close_block(self, code: str) -> None:
        """The fence is closed: shows ``code`` in colours."""
        self._code, self._closed = code.rstrip("\n"), True
        if self.text_view.toPlainText() != self._code:
            self.text_view.setPlainText(self._code)
        _highlight(self.text_view, self._code, self._language, self._colours)
        self.text_view.measure_again()

    def settle(self) -> None:
        """Its text is laid out already."""

    def paint_changes(self) -> None:
        """Has what was written painted, once everything is in its new place."""
        self.text_view.paint_changes()

    def restyle(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self._paint_colours()
        if self._closed:
            _highlight(self.text_view, self._code, self._language, colours)
        self.update()

    def height_for(self, width: int) -> int:
        """The height of all lines with the header, in pixels."""
        bar_px = _BAR_PX if self.text_view.needs_bar(width - 2 * _PAD) else 0
        return round(px(HEADER_PX) + self.text_view.lines_px() + bar_px + BELOW_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the header above the text, and has the plate painted where its edge was and is."""
        width, height = self.width(), self.height()
        if event.oldSize().width() != width:
            self.update()
        else:
            edge = min(event.oldSize().height(), height) - _EDGE_PX
            self.update(0, edge, width, height - edge)
        hint = self.copy_button.sizeHint()
        self.copy_button.setGeometry(
            width - hint.width() - 6, (px(HEADER_PX) - hint.height()) // 2, hint.width(), hint.height()
        )
        top_px = px(HEADER_PX)
        self.text_view.setGeometry(_PAD, top_px, width - 2 * _PAD, height - top_px - BELOW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet plate with the language's name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._colours.line))
        painter.setBrush(QColor(self._colours.code))
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 10, 10)
        painter.setPen(QColor(self._colours.quiet))
        painter.setFont(text_font(11.5 / 13, weight=QFont.Weight.Medium))
        metrics = painter.fontMetrics()
        baseline = (px(HEADER_PX) + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(_PAD, baseline), self._language or self.tr("Code"))
        painter.end()

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self.copy_button.set_content(self.tr("Copied"), "check")
        self._copied.start()

    def _paint_colours(self) -> None:
        palette = self.text_view.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(self._colours.text))
        self.text_view.setPalette(palette)
        self.copy_button.set_colours(self._colours)


class CodeText(QPlainTextEdit):
    """The lines alone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._measured, self._measured_px = 0, 0.0  # lines that do not change any more, and their height
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.fit_text()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.viewport().setAutoFillBackground(False)
        for part in (self, self.viewport()):
            part.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._changed_from_px: float | None = None

    def add(self, text: str) -> None:
        """Writes ``text`` at the end; it is painted by ``paint_changes``."""
        if not text:
            return
        cursor, layout = QTextCursor(self.document()), self.document().documentLayout()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._changed_from_px is None:
            self.lines_px()
            self._changed_from_px = self._measured_px
        layout.blockSignals(True)  # it would have all of the lines painted anew
        cursor.insertText(text)
        layout.blockSignals(False)

    def paint_changes(self) -> None:
        """Has the lines painted that were written since the last time, and the bar follow their width."""
        changed_px, self._changed_from_px = self._changed_from_px, None
        if changed_px is None:
            return
        layout = self.document().documentLayout()
        layout.documentSizeChanged.emit(layout.documentSize())
        top = int(changed_px)
        self.viewport().update(0, top, self.viewport().width(), self.viewport().height() - top)

    def fit_text(self) -> None:
        """Takes its font in the size that is in force."""
        self.setFont(code_font(0.88 * READING_SCALE))

    def lines_px(self) -> float:
        """The height of all lines: those of letters that the font lacks are higher than it says."""
        last = self.document().lastBlock()
        block = self.document().findBlockByNumber(self._measured)
        while block.isValid() and block != last:  # only the last line still grows
            self._measured_px += self.blockBoundingRect(block).height()
            self._measured += 1
            block = block.next()
        return self._measured_px + self.blockBoundingRect(last).height()

    def measure_again(self) -> None:
        """What is shown, or its font, is another."""
        self._measured, self._measured_px = 0, 0.0

    def changeEvent(self, event: QEvent) -> None:
        """Takes part in nothing but fonts."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.measure_again()

    def needs_bar(self, width: int) -> bool:
        """Whether its longest line is wider than ``width``."""
        return self.document().size().width() > width

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls sideways only, and leaves the rest to the transcript."""
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()


def _style(dark: bool) -> Any:
    from pygments.styles import get_style_by_name

    return get_style_by_name("github-dark" if dark else "xcode")


@cache
def token_colours(colours: Colours) -> dict[object, str]:
    """The colour of each kind of token that has one, moved as far as reading it needs."""
    return {
        token: readable(f"#{style['color']}", colours.code)
        for token, style in _style(colours.dark)
        if style["color"]
    }


@cache
def _formats(colours: Colours) -> dict[object, QTextCharFormat]:
    formats: dict[object, QTextCharFormat] = {}
    for token, style in _style(colours.dark):
        made = QTextCharFormat()
        if style["color"]:
            made.setForeground(QColor(token_colours(colours)[token]))
        if style["bold"]:
            made.setFontWeight(QFont.Weight.DemiBold)
        if style["italic"]:
            made.setFontItalic(True)
        formats[token] = made
    return formats


def _highlight(view: QPlainTextEdit, code: str, language: str, colours: Colours) -> None:
    """Colours the whole of ``code`` at once; an unknown language stays plain."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    plain = QTextCharFormat()
    plain.setForeground(view.palette().color(QPalette.ColorRole.Text))
    cursor = QTextCursor(view.document())
    cursor.beginEditBlock()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.setCharFormat(plain)
    try:
        tokens = get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens_unprocessed(code)
    except ClassNotFound:
        tokens = iter(())
    for start, token, text in tokens:
        made = _formats(colours).get(token)
        if made is None or not text.strip():
            continue
        cursor.setPosition(utf16_length(code[:start]))
        cursor.setPosition(utf16_length(code[: start + len(text)]), QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(made)
    cursor.endEditBlock()
