"""One model on the models' page: what it is, how far it has come, and what can be done with it."""

from PySide6.QtCore import QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app import errors
from app.amounts import size
from app.controls import TextButton
from app.forms import Words
from app.settings.cards import SIDE_PX, beside
from app.text_size import px
from app.theme import Colours
from engine.events import Port
from engine.models.states import ModelState, ModelStatus

NARROW_PX = 420


class Bar(QWidget):
    """How far something is, in [0, 1]; less than 0 where it can't be told."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self.share = 0.0
        self.setFixedHeight(5)

    def tell(self, share: float) -> None:
        """Shows another share."""
        self.share = share
        self.update()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line, filled so far."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.line))
        painter.drawRoundedRect(QRectF(self.rect()), 2.5, 2.5)
        painter.setBrush(QColor(self._colours.accent))
        painter.drawRoundedRect(QRectF(0, 0, max(5.0, self.width() * max(0.0, self.share)), 5), 2.5, 2.5)
        painter.end()


class ModelRow(QWidget):
    """Shows a ``ModelState``; each signal carries the model's id."""

    download_wanted = Signal(str)
    cancel_wanted = Signal(str)
    verify_wanted = Signal(str)
    remove_wanted = Signal(str)
    folder_wanted = Signal(str)
    use_wanted = Signal(str)

    def __init__(self, state: ModelState, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self._in_use = False
        self._note = ""
        self.title = Words(errors.words(state.spec.title), colours, self, weight=QFont.Weight.Medium)
        self.detail = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.bar = Bar(colours, self)
        self.fault = Words("", colours, self, tone="bad", scale=12 / 13)
        self.buttons = {
            name: self._button(name, text, icon, signal, colours)
            for name, text, icon, signal in (
                ("use", self.tr("Use"), "check", self.use_wanted),
                ("download", self.tr("Download"), "download", self.download_wanted),
                ("cancel", self.tr("Cancel"), "close", self.cancel_wanted),
                ("verify", self.tr("Verify"), "retry", self.verify_wanted),
                ("folder", self.tr("Use a folder…"), "folder", self.folder_wanted),
                ("remove", self.tr("Remove"), "trash", self.remove_wanted),
            )
        }
        self._lay_out()
        self.show_state(state)

    def show_state(self, state: ModelState, *, fault: str = "", in_use: bool | None = None) -> None:
        """Shows the model as it is now; ``fault`` is what went wrong with it, if anything did."""
        self.state = state
        self._note = ""
        self._in_use = self._in_use if in_use is None else in_use
        shown = {
            ModelStatus.MISSING: {"download", "folder"},
            ModelStatus.PARTIAL: {"download", "remove"},
            ModelStatus.DOWNLOADING: {"cancel"},
            ModelStatus.READY: {"verify", "remove"},
            ModelStatus.DAMAGED: {"download", "remove"},
        }[state.status]
        if state.ready and state.spec.port is Port.LANGUAGE_MODEL and not self._in_use:
            shown = shown | {"use"}
        for name, button in self.buttons.items():
            button.setVisible(name in shown)
        verbs = {ModelStatus.PARTIAL: self.tr("Go on"), ModelStatus.DAMAGED: self.tr("Mend")}
        download = self.buttons["download"]
        download.set_content(verbs.get(state.status, self.tr("Download")), "download")
        download.setAccessibleName(f"{download.text()}: {self.title.text()}")
        self.bar.setVisible(state.status is ModelStatus.DOWNLOADING)
        share = state.transfer.fraction if state.transfer else None
        self.bar.tell(0.0 if share is None else share)
        self.detail.say(self._words())
        self.fault.say(fault)
        self.fault.setVisible(bool(fault))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the buttons below the words where both have no room beside each other."""
        super().resizeEvent(event)
        side, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(below if self.width() < px(NARROW_PX) else side)

    def note(self, text: str) -> None:
        """Says something of what was just done, until the state changes."""
        self._note = text
        self.detail.say(self._words())

    def _words(self) -> str:
        state, spec = self.state, self.state.spec
        parts = [*self._needs(), spec.licence]
        transfer = state.transfer
        if state.status is ModelStatus.DOWNLOADING and transfer is not None:
            parts = [self._progress()]
        elif state.status is ModelStatus.PARTIAL:
            whole = size(spec.download_bytes)
            parts = [self.tr("%s of %s are here") % (size(state.bytes_on_disk), whole), spec.licence]
        elif state.ready:
            place = self.tr("in a folder of yours") if state.is_local_folder else self.tr("on this machine")
            parts = [self.tr("%s %s") % (size(state.bytes_on_disk), place), spec.licence]
            if self._in_use:
                parts.insert(0, self.tr("In use"))
        return " · ".join(part for part in [*parts, self._note] if part)

    def _needs(self) -> list[str]:
        """What there is to be fetched, and what the model takes of this machine in the end."""
        spec = self.state.spec
        fetched, memory = size(spec.download_bytes), size(spec.memory_bytes)
        needs = [self.tr("%s to download") % fetched] if spec.download_bytes > 1e6 else []
        if spec.extra_disk_bytes:
            needs.append(self.tr("%s on the disk with what is made of it") % size(spec.disk_bytes))
        if spec.memory_bytes > 1e8:
            needs.append(self.tr("%s of memory when in use") % memory)
        return needs

    def _progress(self) -> str:
        transfer = self.state.transfer
        assert transfer is not None
        if transfer.checking:
            return self.tr("Checking %s") % transfer.file
        words = self.tr("%s of %s") % (size(transfer.bytes_done), size(transfer.bytes_total))
        left_s = transfer.seconds_left
        if left_s is None:
            return words
        rate = self.tr("%s/s") % size(transfer.rate_bytes_per_s)
        minutes = round(left_s / 60)
        left = self.tr("%s min left") % minutes if minutes else self.tr("less than a minute left")
        return f"{words} · {rate} · {left}"

    def _button(
        self, name: str, text: str, icon: str, signal: SignalInstance, colours: Colours
    ) -> TextButton:
        button = TextButton(text, icon, self, colours)
        button.set_tinted(name in ("use", "download"))
        button.clicked.connect(lambda: signal.emit(self.state.spec.model_id))
        button.setAccessibleName(f"{text}: {self.title.text()}")
        return button

    def _lay_out(self) -> None:
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(2)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        row.addLayout(words, 1)
        row.addWidget(beside(*self.buttons.values(), spacing=2))
        column = QVBoxLayout(self)
        overhang_px = self.buttons["remove"].overhang_px  # the last button's words end where the bar does
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX - overhang_px, 10)
        column.setSpacing(6)
        column.addLayout(row)
        below = QVBoxLayout()
        below.setContentsMargins(0, 0, overhang_px, 0)
        below.setSpacing(6)
        below.addWidget(self.bar)
        below.addWidget(self.fault)
        column.addLayout(below)
