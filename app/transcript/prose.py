"""The running text of an answer: closed blocks as Markdown, the open tail plain, the spoken word marked."""

from typing import Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QWidget

from app.theme import Colours
from app.transcript.growing import GrowingText

_OPENED = frozenset({"http", "https", "mailto"})
_CLOSING = frozenset(".,;:!?…)]}\"'”’»")


class Prose(QTextBrowser):
    """Text that only grows at its end, as tall as it is long; whoever holds it gives it its place.

    ``grew`` is emitted when its height may have changed for another reason than what is written to it.
    Source positions are characters of the reply as it was written.
    """

    grew = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Answer"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._open_link)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        for part in (self, self.viewport()):
            part.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # growing, it paints only what is new
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self._text = GrowingText(self.document(), colours)
        self._sized: tuple[int, int] | None = None  # the height at a width, as long as the text stays
        self._spoken: tuple[int, int] | None = None
        self._cut: int | None = None
        self._repaint_colours(colours)

    def close_block(self, start: int, source: str) -> None:
        """Renders a closed block that begins at ``start``, unless the open tail already shows it so."""
        self._text.close_block(start, source)

    def show_tail(self, start: int, text: str) -> None:
        """Shows what is not closed yet: ``text``, which begins at ``start``."""
        self._text.show_tail(start, text)

    def settle(self) -> None:
        """Lays out what was written; to be called after it and before anything is asked."""
        if self._text.settle():
            self._sized = None

    def paint_changes(self) -> None:
        """Has what was written painted, once everything is in its new place."""
        top = self._text.take_changed()
        if top is not None:
            view = self.viewport()
            view.update(0, top, view.width(), view.height() - top)

    def mark_spoken(self, start: int, end: int) -> QRect | None:
        """Highlights the word at ``source[start:end]``; its place in the widget, if it is shown here."""
        self._repaint_word()
        self._spoken = (start, end)
        place = self._word_rect()
        self._repaint_word()
        return place

    def spoken_range(self) -> tuple[int, int] | None:
        """Where in the document the spoken word stands; None where it isn't shown here."""
        return self._text.range_of(*self._spoken) if self._spoken is not None else None

    def unmark(self) -> None:
        """Takes the highlight away."""
        self._repaint_word()
        self._spoken = None

    def cut_at(self, source_position: int) -> None:
        """Greys what comes after ``source_position``: it was written and never heard."""
        self._cut = source_position
        self._paint_marks()

    def restyle(self, colours: Colours) -> None:
        """Writes everything again in other colours."""
        self._text.write_again(colours)
        self._sized = None
        self._repaint_colours(colours)
        self._paint_marks()

    def height_for(self, width: int) -> int:
        """The height that the text takes at ``width``, in pixels."""
        if self._sized is None or self._sized[0] != width:
            document = self.document()
            if document.textWidth() != width:
                document.setTextWidth(width)
            self._sized = (width, round(document.size().height()))
        return self._sized[1]

    def sizeHint(self) -> QSize:
        """As wide as it is, as high as its text."""
        return QSize(self.width(), self.height_for(self.width()))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing: no picture or page is ever fetched."""
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leaves scrolling to the transcript."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Takes part in nothing but fonts and palettes."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._sized = None
            self.grew.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The spoken word's ground, the text, and a mark where the sound stopped."""
        word = self._word_rect()
        if word is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._text.colours.spoken))
            painter.drawRoundedRect(word, 5, 5)
            painter.end()
        super().paintEvent(event)
        place = self._cut_position()
        if place is None:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(place)
        at = self.cursorRect(cursor)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._text.colours.warn))
        x = at.x() + 1 if self.document().characterAt(place).isspace() else at.x() - 1
        painter.drawRoundedRect(x, at.y() + 1, 2, at.height() - 1, 1, 1)
        painter.end()

    def _cut_position(self) -> int | None:
        """Where in the document the unheard part begins; None when all was heard."""
        place = None if self._cut is None else self._text.first_from(self._cut)
        return None if place is None else self._after_marks(place)

    def _after_marks(self, position: int) -> int:
        """A comma or a quote after the last word has no sound of its own: it belongs to what was heard."""
        while position < self._text.end and self.document().characterAt(position) in _CLOSING:
            position += 1
        return position

    def _paint_marks(self) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        cut = self._cut_position()
        if cut is not None:
            unheard = QTextCharFormat()
            unheard.setForeground(QColor(self._text.colours.unheard))
            marks.append(self._mark(cut, self._text.end, unheard))
        self.setExtraSelections(marks)

    def _word_rect(self) -> QRect | None:
        """Where the spoken word is now; None where it isn't shown here."""
        shown = self.spoken_range()
        if shown is None:
            return None
        cursor = QTextCursor(self.document())
        cursor.setPosition(shown[0])
        first = self.cursorRect(cursor)
        cursor.setPosition(shown[1])
        last = self.cursorRect(cursor)
        right = last.x() if last.y() == first.y() else self.viewport().width()
        return QRect(first.x() - 3, first.y(), right - first.x() + 6, first.height() + 1)

    def _repaint_word(self) -> None:
        word = self._word_rect()
        if word is not None:
            self.viewport().update(word.adjusted(-2, -2, 2, 2))

    def _mark(self, start: int, end: int, char_format: QTextCharFormat) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        mark.cursor = cursor
        mark.format = char_format
        return mark

    def _repaint_colours(self, colours: Colours) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        self.setPalette(palette)

    def _open_link(self, target: QUrl) -> None:
        if target.scheme() in _OPENED:
            QDesktopServices.openUrl(target)
