"""An answer as it is being written: running text and code blocks, one under the other."""

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.theme import Colours
from app.transcript.blocks import Block, BlockReader
from app.transcript.code import CodeBlock
from app.transcript.prose import Prose

FLUSH_MS = 33
"""How long deltas are collected before they are shown: two pictures of a 60 Hz screen."""

_AFTER_CODE_PX = 14


class Answer(QWidget):
    """Shows a reply that grows by deltas, at a cost a delta that does not grow with it.

    ``grew`` is emitted when its height has changed, at most once a flush.
    """

    grew = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._colours = colours
        self._reader = BlockReader()
        self._pending: list[str] = []
        self._parts: list[Prose | CodeBlock] = []
        self._open: CodeBlock | None = None
        self._width_px = self._height_px = 0
        self._rows: list[tuple[int, int]] = []  # where each part begins and how high it is
        self._flushing = QTimer(self, singleShot=True, interval=FLUSH_MS)
        self._flushing.timeout.connect(self.flush)

    def add(self, delta: str) -> None:
        """Takes a fragment of the reply; it is shown within ``FLUSH_MS``."""
        if not self._pending:
            self._flushing.start()
        self._pending.append(delta)

    def flush(self) -> None:
        """Shows at once what ``add`` has collected."""
        self._flushing.stop()
        if not self._pending:
            return
        text, self._pending = "".join(self._pending), []
        try:
            for block in self._reader.feed(text):
                self._close(block)
            self._show_tail()
        finally:
            self._settle()

    def finish(self) -> None:
        """The reply is complete or cut off: closes what is open."""
        self.flush()
        try:
            for block in self._reader.finish():
                self._close(block)
        finally:
            self._settle()

    def _settle(self) -> None:
        """Lays out what was written, tells if the height is another, and then has it painted in its place."""
        for part in self._parts:
            part.settle()
        before_px = self._height_px
        if not self._width_px or self.measure(self._width_px) != before_px:
            self.grew.emit()
        for part in self._parts:
            part.paint_changes()

    def mark_spoken(self, start: int, end: int) -> QRect | None:
        """Highlights the word at ``reply[start:end]``; where it is in this widget, if it is shown."""
        self.flush()
        found: QRect | None = None
        for part in self._parts:
            if isinstance(part, Prose):
                place = part.mark_spoken(start, end)
                if place is not None:
                    found = place.translated(part.pos())
        return found

    def unmark(self) -> None:
        """Takes the highlight away."""
        for part in self._parts:
            if isinstance(part, Prose):
                part.unmark()

    def cut_at(self, position: int) -> None:
        """Greys what of the reply comes after ``position``."""
        for part in self._parts:
            if isinstance(part, Prose):
                part.cut_at(position)

    def restyle(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        for part in self._parts:
            part.restyle(colours)
        self.grew.emit()
        self.update()

    def measure(self, width: int) -> int:
        """The height that its parts take at ``width``."""
        self._width_px, y = width, 0
        self._rows.clear()
        for part in self._parts:
            height = part.height_for(width)
            self._rows.append((y, height))
            # Text ends with a paragraph's margin of its own, code does not.
            y += height + (_AFTER_CODE_PX if isinstance(part, CodeBlock) else 2)
        self._height_px = y
        return y

    def place(self) -> None:
        """Gives its parts the places that were measured last; whoever holds it calls both."""
        for part, (y, height) in zip(self._parts, self._rows, strict=False):
            part.setGeometry(0, y, self._width_px, height)

    @property
    def parts(self) -> tuple[Prose | CodeBlock, ...]:
        """What it consists of, from top to bottom."""
        return tuple(self._parts)

    def _close(self, block: Block) -> None:
        if block.code is None:
            if block.source.strip():
                self._prose().close_block(block.start, block.source)
            return
        self._code(block.language or "").close_block(block.code)
        self._open = None

    def _show_tail(self) -> None:
        code = self._reader.open_code
        if code is not None:
            self._code(code[0]).show_open(code[1])
            return
        text = self._reader.shown_tail
        if text.strip() or (self._parts and isinstance(self._parts[-1], Prose)):
            self._prose().show_tail(self._reader.tail_start, text.rstrip("\n"))

    def _prose(self) -> Prose:
        if not self._parts or not isinstance(self._parts[-1], Prose):
            made = Prose(self._colours, self)
            made.grew.connect(self.grew)
            self._add(made)
        part = self._parts[-1]
        assert isinstance(part, Prose)
        return part

    def _code(self, language: str) -> CodeBlock:
        if self._open is None:
            if self._parts and isinstance(self._parts[-1], Prose):
                self._parts[-1].show_tail(self._reader.tail_start, "")
            self._open = CodeBlock(language, self._colours, self)
            self._add(self._open)
        return self._open

    def _add(self, part: Prose | CodeBlock) -> None:
        self._parts.append(part)
        part.move(QPoint(0, 0))
        part.show()
