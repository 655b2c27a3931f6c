"""The room's panel over a real room on this machine, with real guests in it."""

import socket

from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.listeners import MOST_ROWS, OnNetwork, RoomPanel
from app.sharing import Room, RoomState
from app.theme import DARK, LIGHT
from engine.broadcast import messages as m
from engine.errors import PortInUse
from engine.settings import Sharing
from tests.fakes.ports import free_port
from tests.gui.conftest import Run, until
from tests.gui.room_world import Talk, come_in, panel, room
from tests.gui.settings_world import pick, press

__all__ = ["panel", "room"]


def test_a_guest_joins_is_shown_promoted_and_sent_away(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        assert not panel.joining.picture.isVisible()
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        assert room.state is RoomState.OPEN
        assert not room.on_network
        assert panel.joining.picture.isVisible()
        assert panel.state.text() == "Open on this machine"
        press(panel.joining.copy)
        url = QGuiApplication.clipboard().text()
        assert url == room.invitations[0]
        assert panel.joining.copy.text() == "Copied"

        guest = await come_in(room, "Jo")
        await until(lambda: panel.rows)
        (row,) = panel.rows.values()
        assert row.name.text() == "Jo"
        assert panel.who.text() == "One guest"
        assert not row.mute.isVisible()
        pick(row.role, "talker")
        changed = await guest.until(m.RoleChanged)
        assert changed.role == "talker"
        await until(row.mute.isVisible)
        press(row.mute)
        assert (await guest.until(m.Hushed)).hushed
        await until(lambda: row.listener.hushed)
        assert row.mute.accessibleName() == "Let the microphone of Jo in"
        assert row.listener.role == "talker"
        press(row.mute)
        assert not (await guest.until(m.Hushed)).hushed
        press(row.remove)
        await guest.closed()
        await until(lambda: not panel.rows)
        assert panel.who.text() == "Nobody is here yet."
        panel.joining.copy._copied.stop()

    run(body())


def test_a_taken_port_is_said_in_the_panel(room: Room, panel: RoomPanel, run: Run) -> None:
    told: list[object] = []
    room.failed.connect(told.append)

    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            await room.follow(Talk(), Sharing(enabled=True, port=taken.getsockname()[1]))
        assert room.state is RoomState.FAILED
        assert panel.fault.isVisible()
        assert isinstance(told[0], PortInUse)
        assert str(told[0]) in panel.fault.text()
        assert not panel.joining.picture.isVisible()

    run(body())


def test_the_room_closes_and_reopens_as_its_settings_change(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        talk, here, there = Talk(), free_port(), free_port()
        await room.follow(talk, Sharing(enabled=True, port=here))
        first = room.urls[0]
        await room.follow(talk, Sharing(enabled=True, port=here))
        assert room.urls[0] == first
        await room.follow(talk, Sharing(enabled=True, port=there))
        assert str(there) in room.urls[0]
        await room.follow(talk, Sharing(enabled=False, port=there))
        assert room.state is RoomState.CLOSED
        assert not room.urls
        assert panel.state.text() == "The room is closed."
        for port in (here, there):
            socket.create_server(("127.0.0.1", port)).close()

    run(body())


def test_of_very_many_guests_the_newest_are_shown(room: Room, panel: RoomPanel) -> None:
    everybody = tuple(
        m.Listener(f"{number:08x}", "", "listener", False, "10.0.0.1", "s16le", 1, 0, 0, 0, 1.0, 1.0, 1.0)
        for number in range(MOST_ROWS + 10)
    )
    room._hear(everybody)
    assert list(panel.rows) == [one.listener for one in everybody[10:]]
    assert panel.who.text() == f"{MOST_ROWS + 10} guests, of whom the newest are shown"


class NetworkRoom(Room):
    """A room as if it were on the network, which a test must not open to."""

    network = False

    @property
    def on_network(self) -> bool:
        return self.network


def test_the_sign_in_the_header_shows_only_while_others_can_come_in(qtbot: QtBot) -> None:
    room = NetworkRoom()
    sign = OnNetwork(room, LIGHT)
    qtbot.addWidget(sign)
    assert sign.isHidden()
    room.network = True
    room.changed.emit()
    assert not sign.isHidden()
    assert "shared with your network" in sign.accessibleName()
    room.network = False
    room.changed.emit()
    assert sign.isHidden()


def test_every_control_of_the_panel_has_a_name(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        guest = await come_in(room, "Jo")
        await until(lambda: panel.rows)
        panel.set_colours(DARK)
        assert [b for b in panel.findChildren(QAbstractButton) if not b.accessibleName()] == []
        await guest.leave()
        await until(lambda: not panel.rows)

    run(body())


def test_words_are_blocked_at_once_and_the_guests_stay(room: Room, run: Run) -> None:
    async def body() -> None:
        talk, choice = Talk(), Sharing(enabled=True, port=free_port(), blocked_words=("darn",))
        await room.follow(talk, choice)
        await room.invite("typist")
        guest = await come_in(room)
        await guest.send(m.Ask("Say DARN, please."))
        assert (await guest.until(m.Error)).code == "refused_text"
        server = room._shared
        await room.follow(talk, replace(choice, blocked_words=("heck",)))
        assert room._shared is server, "the room stays open"
        await guest.send(m.Ask("What the heck?"))
        assert (await guest.until(m.Error)).code == "refused_text"
        await guest.send(m.Ask("Say darn."))
        await until(lambda: talk.turn is not None)
        assert talk.turn is not None and talk.turn.question == "Say darn."
        await guest.socket.close()

    run(body())
