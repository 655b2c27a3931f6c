"""The panel of the room: how to join it, and who is in it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import errors
from app.controls import TextButton
from app.forms import Words
from app.guest_row import GuestRow
from app.joining import Joining
from app.sharing import Room, RoomState
from app.theme import Colours

MOST_ROWS = 50
"""More rows help nobody to find a guest, and take the window's time."""


class RoomPanel(QWidget):
    """The room as it is now, how to join it, and who has joined it.

    Signals carry what the person wants; ``role_wanted`` a listener and a role, ``hush_wanted`` a listener and
    whether their microphone is to be kept out.
    """

    invitation_wanted = Signal(str)
    role_wanted = Signal(str, str)
    hush_wanted = Signal(str, bool)
    removal_wanted = Signal(str)

    def __init__(self, room: Room, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room, self._colours = room, colours
        self.rows: dict[str, GuestRow] = {}
        self.state = Words("", colours, self)
        self.fault = Words("", colours, self, tone="bad", scale=12 / 13)
        self.joining = Joining(room, colours, self)
        self.joining.invitation_wanted.connect(self.invitation_wanted)
        self.who = Words("", colours, self)
        self._guests = QVBoxLayout()
        self._lay_out()
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
        for part in (self.joining, self.who):
            part.setVisible(bool(room.urls))
        self.joining.refresh()
        self._show_listeners()

    def _show_listeners(self) -> None:
        listeners = {listener.listener: listener for listener in self._room.listeners[-MOST_ROWS:]}
        for name in [name for name in self.rows if name not in listeners]:
            row = self.rows.pop(name)
            self._guests.removeWidget(row)
            row.hide()
            row.deleteLater()
        for name, listener in listeners.items():
            if name in self.rows:
                self.rows[name].show_listener(listener)
                continue
            row = self.rows[name] = GuestRow(listener, self._colours, self)
            row.role_wanted.connect(self.role_wanted)
            row.hush_wanted.connect(self.hush_wanted)
            row.removal_wanted.connect(self.removal_wanted)
            self._guests.addWidget(row)
        self._say_who(len(self._room.listeners))

    def _say_who(self, count: int) -> None:
        words = self.tr("One guest") if count == 1 else self.tr("%s guests") % count
        if count > MOST_ROWS:
            words = self.tr("%s guests, of whom the newest are shown") % count
        self.who.say(words if count else self.tr("Nobody is here yet."), "text" if count else "quiet")

    def _lay_out(self) -> None:
        top = QVBoxLayout()
        top.setContentsMargins(16, 12, 16, 0)
        top.setSpacing(8)
        top.addWidget(self.state)
        top.addWidget(self.fault)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.joining)
        self.who.setContentsMargins(16, 6, 16, 6)
        column.addWidget(self.who)
        column.addLayout(self._guests)


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
