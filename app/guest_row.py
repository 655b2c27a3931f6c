"""One guest of the room as the panel shows them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.controls import IconButton
from app.forms import Choice, Words
from app.theme import Colours
from engine.broadcast.clock import now_us
from engine.broadcast.messages import Listener
from engine.broadcast.roles import may_talk


class GuestRow(QWidget):
    """One guest: name, what they may do, how well the sound arrives."""

    role_wanted = Signal(str, str)
    hush_wanted = Signal(str, bool)
    removal_wanted = Signal(str)

    def __init__(self, listener: Listener, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.listener = listener
        self.name = Words("", colours, self)
        self.detail = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.role = Choice("", colours, self)
        self.role.offer(
            [
                ("listener", self.tr("listens")),
                ("typist", self.tr("types")),
                ("talker", self.tr("talks")),
                ("owner", self.tr("leads")),
            ],
            listener.role,
        )
        self.role.picked.connect(lambda role: self.role_wanted.emit(self.listener.listener, role))
        self.mute = IconButton("mic", "", self, colours)
        self.mute.clicked.connect(
            lambda: self.hush_wanted.emit(self.listener.listener, not self.listener.hushed)
        )
        self.remove = IconButton("close", "", self, colours)
        self.remove.clicked.connect(lambda: self.removal_wanted.emit(self.listener.listener))
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 10, 8)
        row.addLayout(words, 1)
        for control in (self.role, self.mute, self.remove):
            row.addWidget(control)
        self.show_listener(listener)

    def show_listener(self, listener: Listener) -> None:
        """Shows the guest as they are now."""
        self.listener = listener
        name = listener.name or self.tr("Guest at %s") % listener.address
        self.name.say(name)
        self.detail.say(self._detail(listener))
        self.role.take(listener.role)
        self.role.setAccessibleName(self.tr("What %s may do") % name)
        self.mute.set_icon("mic-off" if listener.hushed else "mic")
        hush, unhush = self.tr("Keep the microphone of %s out"), self.tr("Let the microphone of %s in")
        self.mute.set_name((unhush if listener.hushed else hush) % name)
        self.mute.setVisible(may_talk(listener.role) or listener.hushed)
        self.remove.set_name(self.tr("Send %s away") % name)

    def _detail(self, listener: Listener) -> str:
        parts = [listener.address] if listener.name else []
        parts.append(self.tr("%s ms off") % f"{listener.sync_error_ms:.1f}")
        if listener.delay_ms:
            parts.append(self.tr("%s ms delay set") % listener.delay_ms)
        lost = listener.dropped_packets + listener.late_packets
        parts.append(self.tr("%s packets lost") % lost if lost else self.tr("nothing lost"))
        minutes = (now_us() - listener.joined_us) // 60_000_000
        parts.append(self.tr("%s min") % minutes if minutes else self.tr("just came"))
        return " · ".join(parts)
