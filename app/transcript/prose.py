"""The running text of an answer: closed blocks as Markdown, the open tail plain, the spoken word marked."""

from dataclasses import dataclass
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
from app.transcript.align import utf16_length
from app.transcript.markdown import BlockWriter
from app.transcript.places import Places
from app.transcript.tail import Look, closed, grown, look_of, settled, written

_OPENED = frozenset({"http", "https", "mailto"})
_CLOSING = frozenset(".,;:!?…)]}\"'”’»")


@dataclass(slots=True)
class _Tail:
    """The open end of the text: what of it is shown, from ``begin`` of the document on, and how."""

    start: int = 0  # in the reply
    text: str = ""
    begin: int = 0
    look: Look = Look.PLAIN
    after_list: bool = False  # whether a list stands before it
    rendered: int = 0  # so much of it was rendered as Markdown; the rest are words added behind
    closing: str | None = ""  # what was put behind it to close its marks; None where some was left out

    @property
    def shown(self) -> bool:
        return bool(self.text)

    def grown(self, text: str, look: Look) -> str | None:
        """What is to be written behind it so that it shows ``text``; None where that is not enough."""
        if look is not self.look:
            return None
        if look is Look.MARKED:
            return grown(self.text, text)
        return written(text[len(self.text) :], look) if text.startswith(self.text) else None

    def looks_like(self, source: str) -> bool:
        """Whether it shows ``source`` as it looks once it is closed."""
        return settled(self.text, source, self.look, self.rendered)


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
        self.document().setIndentWidth(px(24))
        self.document().setUndoRedoEnabled(False)
        self._writer = BlockWriter(self.document(), colours)
        self._sources: list[tuple[int, str]] = []
        self._places = Places(self.document())
        self._tail = _Tail()
        self._sized: tuple[int, int] | None = None  # the height at a width, as long as the text stays
        self._edit: QTextCursor | None = None  # holds what is written until it is laid out
        self._changed_from: int | None = None  # what is below has been written and not been painted yet
        self._spoken: tuple[int, int] | None = None
        self._cut: int | None = None
        self._repaint_colours(colours)

    def close_block(self, start: int, source: str) -> None:
        """Renders a closed block that begins at ``start``, unless the open tail already shows it so."""
        self._sources.append((start, source))
        self.show_tail(start, source.rstrip("\n"))
        if self._tail.shown and self._tail.looks_like(source):
            if self._tail.look is not Look.MARKED:
                self._places.add(start, source, self._tail.begin, self._end())
                self._writer.after_list = False
            self._tail = _Tail()
            return
        self._change_from(self._tail.begin if self._tail.shown else self._end())
        self._drop_tail()
        self._write(start, source)

    def show_tail(self, start: int, text: str) -> None:
        """Shows what is not closed yet; where mere words came behind it, only these are laid out.

        An open block with marks in it is shown as if it ended here, so that no ``**`` is seen and
        nothing moves when it closes; a very long one stays as it was written, for its cost's sake.
        """
        tail = self._tail
        if text == tail.text and start == tail.start:
            return
        look = look_of(text)
        added = tail.grown(text, look) if tail.shown and start == tail.start else None
        if added is not None and self._goes_on():
            self._grow(text, added)
        else:
            self._replace_tail(start, text, look)

    def _goes_on(self) -> bool:
        """Whether words behind the tail look like the last of those that are there."""
        if self._tail.look is not Look.MARKED:
            return True
        writer = self._writer
        if self._tail.closing is None:
            return False
        shows_end = writer.last_text[-1:] == self._tail.text.rstrip()[-1:]
        return shows_end and not writer.fresh and not writer.last_format.isAnchor()

    def _grow(self, text: str, added: str) -> None:
        """Writes ``added`` behind the tail, which is ``text`` then."""
        tail = self._tail
        tail.text = text
        if not added:
            return
        self._change_from(self._end())
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if tail.look is Look.MARKED:
            cursor.insertText(added, self._writer.last_format)
            self._writer.last_text += added
            self._places.replace_last(text.rstrip() + (tail.closing or ""), self._end())
        else:
            cursor.insertText(added)

    def _replace_tail(self, start: int, text: str, look: Look) -> None:
        """Shows another tail in place of the one before."""
        before, bare = self._tail, text.rstrip()
        whole = closed(text) if look is Look.MARKED else bare
        closing = whole[len(bare) :] if whole.startswith(bare) else None
        self._change_from(before.begin if before.shown else self._end())
        self._drop_tail()
        begin = self._end() if self._writer.fresh else self._end() + 1
        was_fresh, was_end, after_list = self._writer.fresh, self._end(), self._writer.after_list
        if look is Look.MARKED:
            self._write(start, whole)
        elif text.strip():
            self._writer.begin_paragraph().insertText(written(text, look))
        shown = self._end() > was_end or self._writer.fresh != was_fresh
        if look is Look.MARKED and not shown:
            self._places.pop()
        self._tail = _Tail(start)
        if shown:
            self._tail = _Tail(start, text, begin, look, after_list, len(bare), closing)

    def _change_from(self, position: int) -> None:
        """What follows changes the document from ``position`` on: it is laid out once, by ``settle``.

        The layout would have all of the text painted anew, so it is not heard; what is painted anew
        begins with the line of the first change.
        """
        if self._edit is not None:
            return
        document = self.document()
        layout, block = document.documentLayout(), document.findBlock(min(position, self._end()))
        line = block.layout().lineForTextPosition(position - block.position())
        self._changed_from = int(layout.blockBoundingRect(block).top() + (line.y() if line.isValid() else 0))
        self._sized = None
        self._edit = QTextCursor(document)
        layout.blockSignals(True)
        self._edit.beginEditBlock()

    def settle(self) -> None:
        """Lays out what was written; to be called after it and before anything is asked."""
        if self._edit is not None:
            self._edit.endEditBlock()
            self._edit = None
            self.document().documentLayout().blockSignals(False)

    def paint_changes(self) -> None:
        """Has what was written painted, once everything is in its new place."""
        top, self._changed_from = self._changed_from, None
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
        tail, self._tail = self._tail, _Tail()
        self.document().clear()
        self.document().setIndentWidth(px(24))
        self._sized = None
        self._writer = BlockWriter(self.document(), colours)
        self._places.clear()
        for start, source in self._sources:
            self._write(start, source)
        self.show_tail(tail.start, tail.text)
        self.settle()
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
        self._places.add(start, source, begin, self._end())

    def _end(self) -> int:
        return self.document().characterCount() - 1

    def _drop_tail(self) -> None:
        tail = self._tail
        if not tail.shown:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(tail.begin)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._writer.fresh, self._writer.after_list = True, tail.after_list
        if tail.look is Look.MARKED:
            self._places.pop()
        self._tail = _Tail()

    def _document_range(self, start: int, end: int) -> tuple[int, int] | None:
        tail = self._tail
        if tail.shown and tail.look is not Look.MARKED and start >= tail.start:
            first = tail.begin + utf16_length(tail.text[: start - tail.start])
            last = tail.begin + utf16_length(tail.text[: end - tail.start])
            return (first, last) if last > first else None
        return self._places.range_of(start, end)

    def _cut_position(self) -> int | None:
        """Where in the document the unheard part begins; None when all was heard."""
        place = None if self._cut is None else self._places.first_from(self._cut)
        return None if place is None else self._after_marks(place)

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
