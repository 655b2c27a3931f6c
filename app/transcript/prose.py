"""The running text of an answer: closed blocks as Markdown, the open tail plain, the spoken word marked."""

from bisect import bisect_right
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

from app.text_size import px
from app.theme import Colours
from app.transcript.align import align, rendered_range, utf16_length, utf16_places
from app.transcript.formats import tail_formats
from app.transcript.markdown import BlockWriter
from app.transcript.tail import MARKED_AT_MOST, closed, is_plain

_OPENED = frozenset({"http", "https", "mailto"})
_CLOSING = frozenset(".,;:!?…)]}\"'”’»")


class Prose(QTextBrowser):
    """Text that only grows at its end, as tall as it is long.

    ``grew`` is emitted when its height may have changed. Source positions are characters of the
    reply as it was written.
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
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(px(24))
        self.document().setUndoRedoEnabled(False)
        self._writer = BlockWriter(self.document(), colours)
        self._sources: list[tuple[int, str]] = []
        self._places: list[tuple[int, int, list[int]]] = []  # source start, document start, alignment
        self._tail_at = 0  # where in the document the open tail begins
        self._tail = ""
        self._tail_start = 0
        self._tail_marked = False
        self._after_list = False
        self._spoken: tuple[int, int] | None = None
        self._cut: int | None = None
        self._repaint_colours(colours)

    def close_block(self, start: int, source: str) -> None:
        """Renders a closed block that begins at ``start``; the open tail is dropped first."""
        self._sources.append((start, source))
        edit = QTextCursor(self.document())
        edit.beginEditBlock()
        self._drop_tail()
        self._write(start, source)
        edit.endEditBlock()
        self.grew.emit()

    def show_tail(self, start: int, text: str) -> None:
        """Shows what is not closed yet; of plain words only what is new is laid out.

        An open block with marks in it is shown as if it ended here, so that no ``**`` is seen and
        nothing moves when it closes; a very long one stays as it was written, for its cost's sake.
        """
        if text == self._tail and start == self._tail_start:
            return
        marked = len(text) <= MARKED_AT_MOST and not is_plain(text)
        grows = self._tail and start == self._tail_start and text.startswith(self._tail)
        if grows and not marked and not self._tail_marked:
            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(_one_block(text[len(self._tail) :]))
        else:
            shown = self._replace_tail(start, text, marked=marked)
            text = text if shown else ""
        self._tail, self._tail_start = text, start
        self.grew.emit()

    def _replace_tail(self, start: int, text: str, *, marked: bool) -> bool:
        """Shows another tail in place of the one before; says whether there is anything to be seen of it."""
        edit = QTextCursor(self.document())
        edit.beginEditBlock()
        self._drop_tail()
        self._tail_at = self._end() if self._writer.fresh else self._end() + 1
        was_fresh, was_end = self._writer.fresh, self._end()
        self._after_list = self._writer.after_list
        if marked:
            self._write(start, closed(text))
        elif text.strip():
            self._writer.begin_block(*tail_formats(self._writer.colours)).insertText(_one_block(text))
        edit.endEditBlock()
        shown = self._end() > was_end or self._writer.fresh != was_fresh
        if marked and not shown:
            self._places.pop()
        self._tail_marked = marked and shown
        return shown

    def mark_spoken(self, start: int, end: int) -> QRect | None:
        """Highlights the word at ``source[start:end]``; its place in the widget, if it is shown here."""
        self._repaint_word()
        self._spoken = (start, end)
        place = self._word_rect()
        self._repaint_word()
        return place

    def spoken_range(self) -> tuple[int, int] | None:
        """Where in the document the spoken word stands; None where it isn't shown here."""
        return self._document_range(*self._spoken) if self._spoken is not None else None

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
        tail, tail_start = self._tail, self._tail_start
        self._tail, self._tail_marked = "", False
        self.document().clear()
        self.document().setIndentWidth(px(24))
        self._writer = BlockWriter(self.document(), colours)
        self._places.clear()
        for start, source in self._sources:
            self._write(start, source)
        self.show_tail(tail_start, tail)
        self._repaint_colours(colours)
        self._paint_marks()
        self.grew.emit()

    def height_for(self, width: int) -> int:
        """The height that the text takes at ``width``, in pixels."""
        if self.document().textWidth() != width:
            self.document().setTextWidth(width)
        return round(self.document().size().height())

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
            self.grew.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The spoken word's ground, the text, and a mark where the sound stopped."""
        word = self._word_rect()
        if word is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._writer.colours.spoken))
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
        painter.setBrush(QColor(self._writer.colours.warn))
        x = at.x() + 1 if self.document().characterAt(place).isspace() else at.x() - 1
        painter.drawRoundedRect(x, at.y() + 1, 2, at.height() - 1, 1, 1)
        painter.end()

    def _write(self, start: int, source: str) -> None:
        """Renders ``source`` and notes which of its characters stand where."""
        begin = self._end() if self._writer.fresh else self._end() + 1
        self._writer.write(source)
        rendered = self._text(begin, self._end()) if self._end() > begin else ""
        self._places.append((start, begin, utf16_places(rendered, align(source, rendered))))

    def _end(self) -> int:
        return self.document().characterCount() - 1

    def _text(self, start: int, end: int) -> str:
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(start, end))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText()

    def _drop_tail(self) -> None:
        if not self._tail:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._tail_at)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._writer.fresh, self._writer.after_list = True, self._after_list
        self._tail = ""
        if self._tail_marked:
            self._places.pop()
            self._tail_marked = False

    def _document_range(self, start: int, end: int) -> tuple[int, int] | None:
        if self._tail and not self._tail_marked and start >= self._tail_start:
            begin, end = start - self._tail_start, end - self._tail_start
            first = self._tail_at + utf16_length(self._tail[:begin])
            last = self._tail_at + utf16_length(self._tail[:end])
            return (first, last) if last > first else None
        index = bisect_right(self._places, start, key=lambda place: place[0]) - 1
        if index < 0:
            return None
        source_start, document_start, places = self._places[index]
        first, last = rendered_range(places, start - source_start, end - source_start)
        return (document_start + first, document_start + last) if last > first else None

    def _cut_position(self) -> int | None:
        """Where in the document the unheard part begins; None when all was heard."""
        if self._cut is None:
            return None
        for source_start, document_start, places in self._places:
            first, _ = rendered_range(places, self._cut - source_start, self._cut - source_start)
            if first < len(places):
                return self._after_marks(document_start + first)
        return None

    def _after_marks(self, position: int) -> int:
        """A comma or a quote after the last word has no sound of its own: it belongs to what was heard."""
        while position < self._end() and self.document().characterAt(position) in _CLOSING:
            position += 1
        return position

    def _paint_marks(self) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        cut = self._cut_position()
        if cut is not None:
            unheard = QTextCharFormat()
            unheard.setForeground(QColor(self._writer.colours.unheard))
            marks.append(self._mark(cut, self._end(), unheard))
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


def _one_block(text: str) -> str:
    """``text`` with its line ends as line separators, so that it stays one paragraph."""
    return text.replace("\n", "\u2028")
