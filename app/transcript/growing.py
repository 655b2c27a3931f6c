"""The text of an answer in a document: closed blocks as Markdown, the open tail behind them."""

from dataclasses import dataclass

from PySide6.QtGui import QTextCursor, QTextDocument

from app.text_size import px
from app.theme import Colours
from app.transcript.align import utf16_length
from app.transcript.markdown import BlockWriter
from app.transcript.places import Places
from app.transcript.tail import Look, closed, grown, look_of, settled, written

_INDENT_PX = 24


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


class GrowingText:
    """Writes an answer into ``document`` as it comes, each piece of it once where that is enough.

    What is written is laid out by ``settle``, which is to be called before anything is asked. Source
    positions are characters of the reply as it was written.
    """

    def __init__(self, document: QTextDocument, colours: Colours) -> None:
        self._document = document
        document.setIndentWidth(px(_INDENT_PX))
        self._writer = BlockWriter(document, colours)
        self._sources: list[tuple[int, str]] = []
        self._places = Places(document)
        self._tail = _Tail()
        self._edit: QTextCursor | None = None  # holds what is written until it is laid out
        self._changed_from: int | None = None  # what is below has been written and not been painted yet

    @property
    def colours(self) -> Colours:
        """Those that it is written in."""
        return self._writer.colours

    @property
    def end(self) -> int:
        """Where in the document the text ends."""
        return self._document.characterCount() - 1

    def close_block(self, start: int, source: str) -> None:
        """Renders a closed block that begins at ``start``, unless the open tail already shows it so."""
        self._sources.append((start, source))
        self.show_tail(start, source.rstrip("\n"))
        if self._tail.shown and self._tail.looks_like(source):
            if self._tail.look is not Look.MARKED:
                self._places.add(start, source, self._tail.begin, self.end)
                self._writer.after_list = False
            self._tail = _Tail()
            return
        self._change_from(self._tail.begin if self._tail.shown else self.end)
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

    def settle(self) -> bool:
        """Lays out what was written since the last time; False where that is nothing."""
        if self._edit is None:
            return False
        self._edit.endEditBlock()
        self._edit = None
        self._document.documentLayout().blockSignals(False)
        return True

    def take_changed(self) -> int | None:
        """From which height in pixels on it was written since the last call; None for nothing."""
        top, self._changed_from = self._changed_from, None
        return top

    def write_again(self, colours: Colours) -> None:
        """Writes everything again in other colours, or another size of text."""
        tail, self._tail = self._tail, _Tail()
        self._document.clear()
        self._document.setIndentWidth(px(_INDENT_PX))
        self._writer = BlockWriter(self._document, colours)
        self._places.clear()
        for start, source in self._sources:
            self._write(start, source)
        self.show_tail(tail.start, tail.text)
        self.settle()

    def range_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Where in the document ``reply[start:end]`` stands; None where it isn't shown here."""
        tail = self._tail
        if tail.shown and tail.look is not Look.MARKED and start >= tail.start:
            first = tail.begin + utf16_length(tail.text[: start - tail.start])
            last = tail.begin + utf16_length(tail.text[: end - tail.start])
            return (first, last) if last > first else None
        return self._places.range_of(start, end)

    def first_from(self, position: int) -> int | None:
        """Where the first character at or after ``position`` of the reply stands; None behind the last."""
        return self._places.first_from(position)

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
        self._change_from(self.end)
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if tail.look is Look.MARKED:
            cursor.insertText(added, self._writer.last_format)
            self._writer.last_text += added
            self._places.replace_last(text.rstrip() + (tail.closing or ""), self.end)
        else:
            cursor.insertText(added)

    def _replace_tail(self, start: int, text: str, look: Look) -> None:
        """Shows another tail in place of the one before."""
        before, bare = self._tail, text.rstrip()
        whole = closed(text) if look is Look.MARKED else bare
        closing = whole[len(bare) :] if whole.startswith(bare) else None
        self._change_from(before.begin if before.shown else self.end)
        self._drop_tail()
        begin = self.end if self._writer.fresh else self.end + 1
        was_fresh, was_end, after_list = self._writer.fresh, self.end, self._writer.after_list
        if look is Look.MARKED:
            self._write(start, whole)
        elif text.strip():
            self._writer.begin_paragraph().insertText(written(text, look))
        shown = self.end > was_end or self._writer.fresh != was_fresh
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
        document = self._document
        layout, block = document.documentLayout(), document.findBlock(min(position, self.end))
        line = block.layout().lineForTextPosition(position - block.position())
        self._changed_from = int(layout.blockBoundingRect(block).top() + (line.y() if line.isValid() else 0))
        self._edit = QTextCursor(document)
        layout.blockSignals(True)
        self._edit.beginEditBlock()

    def _write(self, start: int, source: str) -> None:
        """Renders ``source`` and notes which of its characters stand where."""
        begin = self.end if self._writer.fresh else self.end + 1
        self._writer.write(source)
        self._places.add(start, source, begin, self.end)

    def _drop_tail(self) -> None:
        tail = self._tail
        if not tail.shown:
            return
        cursor = QTextCursor(self._document)
        cursor.setPosition(tail.begin)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._writer.fresh, self._writer.after_list = True, tail.after_list
        if tail.look is Look.MARKED:
            self._places.pop()
        self._tail = _Tail()
