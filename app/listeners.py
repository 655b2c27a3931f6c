"""The panel of the room: its address and picture to join by, and who is in it."""

from PySide6.QtCore import QByteArray, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import errors
from app.controls import IconButton, TextButton
from app.flow import Flow
from app.forms import Choice, Words
from app.sharing import Room, RoomState
from app.theme import Colours
from engine.broadcast.invitations import qr_svg
from engine.broadcast.messages import Listener

QR_PX = 148
SVG_PX_PER_MODULE = 8
"""The scale of ``qr_svg``."""

COPIED_FOR_MS = 1_500


class QrPicture(QWidget):
    """An invitation for a camera: always dark on light, whatever the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._renderer: QSvgRenderer | None = None
        self.setFixedSize(QR_PX, QR_PX)
        self.setAccessibleName(self.tr("Invitation as a QR code"))

    def show_url(self, url: str) -> None:
        """Shows ``url``; nothing for ""."""
        self._renderer = QSvgRenderer(QByteArray(qr_svg(url).encode())) if url else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The code on a white plate."""
        if self._renderer is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(QRectF(self.rect()), 10, 10)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        modules = self._renderer.defaultSize().width() // SVG_PX_PER_MODULE
        ratio = painter.deviceTransform().m11()
        side_px = int(QR_PX * ratio / modules) * modules  # whole pixels a module, else seams show
        begin_px = (round(QR_PX * ratio) - side_px) // 2
        square = QRectF(begin_px, begin_px, side_px, side_px)
        self._renderer.render(painter, QRectF(square.topLeft() / ratio, square.size() / ratio))
        painter.end()


class ListenerRow(QWidget):
    """One guest: name, what they may do, how well the sound arrives."""

    role_wanted = Signal(str, str)
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
        self.mute = IconButton("mic-off", "", self, colours)
        self.mute.clicked.connect(lambda: self.role_wanted.emit(self.listener.listener, "listener"))
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
        self.mute.set_name(self.tr("Let %s only listen") % name)
        self.mute.setEnabled(listener.role != "listener")
        self.remove.set_name(self.tr("Send %s away") % name)

    def _detail(self, listener: Listener) -> str:
        parts = [listener.address] if listener.name else []
        parts.append(self.tr("%s ms behind") % round(listener.buffer_ms + listener.delay_ms))
        lost = listener.dropped_packets + listener.late_packets
        parts.append(self.tr("%s packets lost") % lost if lost else self.tr("nothing lost"))
        minutes = listener.connected_s // 60
        parts.append(self.tr("%s min") % minutes if minutes else self.tr("just came"))
        return " · ".join(parts)


class RoomPanel(QWidget):
    """How to join the room and who has joined it. Empty while the room is closed.

    Signals carry what the person wants; ``role_wanted`` a listener and a role.
    """

    invitation_wanted = Signal(str)
    role_wanted = Signal(str, str)
    removal_wanted = Signal(str)

    def __init__(self, room: Room, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room, self._colours = room, colours
        self.rows: dict[str, ListenerRow] = {}
        self.state = Words("", colours, self)
        self.fault = Words("", colours, self, tone="bad", scale=12 / 13)
        self.picture = QrPicture(self)
        self.address = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.certificate = Words(
            self.tr(
                "To talk, a guest opens /authority.crt of this address once and installs it. iPhone: "
                "Settings, General, VPN & Device Management; then About, Certificate Trust. Android: "
                "Settings, Security, Install a certificate."
            ),
            colours, self, tone="quiet", scale=12 / 13,
        )  # fmt: skip
        self.copy = TextButton(self.tr("Copy the invitation"), "copy", self, colours, filled=True)
        self.copy.clicked.connect(self._copy)
        self.role = Choice(self.tr("What the next guest may do"), colours, self)
        self.role.offer(
            [
                ("listener", self.tr("May listen")),
                ("typist", self.tr("May type questions")),
                ("talker", self.tr("May talk")),
                ("owner", self.tr("May lead")),
            ],
            "listener",
        )
        self.role.picked.connect(self.invitation_wanted.emit)
        self.fresh = TextButton(self.tr("New invitation"), "retry", self, colours)
        self.fresh.clicked.connect(lambda: self.invitation_wanted.emit(self.role.value))
        self.who = Words("", colours, self)
        self._guests = QVBoxLayout()
        self._lay_out()
        self._copied = QTimer(self, singleShot=True, interval=COPIED_FOR_MS)
        self._copied.timeout.connect(self._uncopied)
        room.changed.connect(self.refresh)
        room.listeners_changed.connect(self._show_listeners)
        self.refresh()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def refresh(self) -> None:
        """Shows the room as it is now."""
        room = self._room
        self.state.say(
            {
                RoomState.CLOSED: self.tr("The room is closed."),
                RoomState.OPENING: self.tr("Opening…"),
                RoomState.OPEN: self.tr("Open on your network")
                if room.on_network
                else self.tr("Open on this machine"),
                RoomState.FAILED: self.tr("The room could not be opened."),
            }[room.state],
            "warn" if room.on_network else "text",
        )
        error = room.error
        self.fault.say(errors.told(error) if error else "")
        self.fault.setVisible(error is not None)
        url = room.invitations[0] if room.invitations else ""
        for part in (self.picture, self.address, self.copy, self.role, self.fresh, self.who):
            part.setVisible(bool(url))
        self.picture.show_url(url)
        self.address.say("\n".join(room.urls))
        self.certificate.setVisible(bool(url) and url.startswith("https://"))
        self._show_listeners()

    def _show_listeners(self) -> None:
        listeners = {listener.listener: listener for listener in self._room.listeners}
        for name in [name for name in self.rows if name not in listeners]:
            row = self.rows.pop(name)
            self._guests.removeWidget(row)
            row.hide()
            row.deleteLater()
        for name, listener in listeners.items():
            if name in self.rows:
                self.rows[name].show_listener(listener)
                continue
            row = self.rows[name] = ListenerRow(listener, self._colours, self)
            row.role_wanted.connect(self.role_wanted)
            row.removal_wanted.connect(self.removal_wanted)
            self._guests.addWidget(row)
        count = len(listeners)
        one = self.tr("One guest") if count == 1 else self.tr("%s guests") % count
        self.who.say(one if count else self.tr("Nobody is here yet."), "text" if count else "quiet")

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.state)
        words.addWidget(self.fault)
        words.addWidget(self.address)
        actions = Flow(spacing=4)
        actions.addWidget(self.copy)
        actions.addWidget(self.fresh)
        words.addWidget(self.certificate)
        words.addStretch(1)
        words.addWidget(self.role, 0, Qt.AlignmentFlag.AlignLeft)
        words.addLayout(actions)
        top = QHBoxLayout()
        top.setContentsMargins(16, 12, 16, 10)
        top.setSpacing(18)
        top.addLayout(words, 1)
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        column.addLayout(top)
        self.who.setContentsMargins(16, 6, 16, 6)
        column.addWidget(self.who)
        column.addLayout(self._guests)

    def _copy(self) -> None:
        if self._room.invitations:
            QGuiApplication.clipboard().setText(self._room.invitations[0])
            self.copy.set_content(self.tr("Copied"), "check")
            self._copied.start()

    def _uncopied(self) -> None:
        self.copy.set_content(self.tr("Copy the invitation"), "copy")


class OnNetwork(TextButton):
    """The sign in a window's header that the room is open to the network; gone while it is not."""

    def __init__(self, room: Room, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("On your network"), "people", parent, colours)
        self._room = room
        self.set_tinted(True)
        room.changed.connect(self.refresh)
        room.listeners_changed.connect(self.refresh)
        self.refresh()

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.refresh()

    def refresh(self) -> None:
        """Shows whether, and with how many guests."""
        count = len(self._room.listeners)
        self.set_content(
            self.tr("On your network · %s") % count if count else self.tr("On your network"), "people"
        )
        self.setAccessibleName(self.tr("The conversation is shared with your network. Guests: %s.") % count)
        self.setToolTip(self.accessibleName())
        self.setVisible(self._room.on_network)
        self.updateGeometry()
