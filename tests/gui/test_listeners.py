"""The room's panel over a real room on this machine, with real guests in it."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
import segno
from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.listeners import OnNetwork, QrPicture, RoomPanel
from app.screenshots import picture
from app.sharing import Room, RoomState
from app.theme import DARK, LIGHT
from engine.broadcast import messages as m
from engine.choices import Choices
from engine.errors import PortInUse
from engine.settings import Sharing
from engine.speaking import FrameTap
from tests.fakes.conversation import FakeConversation
from tests.fakes.room import Listening, join
from tests.gui.conftest import Run, until
from tests.gui.settings_world import pick, press


class Talk(FakeConversation):
    """What a room needs beyond what the screen needs."""

    def __init__(self) -> None:
        super().__init__()
        self.choices = Choices()
        self.frame_taps: list[FrameTap] = []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


async def come_in(room: Room, name: str = "") -> Listening:
    """A real client that opens the invitation."""
    assert room._shared is not None
    return await join(room._shared.server, token=room.invitations[0].partition("#join=")[2], name=name)


@pytest.fixture
def room(run: Run) -> Iterator[Room]:
    room = Room()
    yield room
    run(room.close())


@pytest.fixture
def panel(room: Room, qtbot: QtBot) -> RoomPanel:
    panel = RoomPanel(room, LIGHT)
    qtbot.addWidget(panel)
    panel.resize(600, 400)
    panel.show()
    panel.invitation_wanted.connect(lambda role: asyncio.ensure_future(room.invite(role)))
    panel.role_wanted.connect(lambda who, role: asyncio.ensure_future(room.promote(who, role)))
    panel.removal_wanted.connect(lambda who: asyncio.ensure_future(room.remove(who)))
    return panel


def test_a_guest_joins_is_shown_promoted_and_sent_away(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        assert not panel.picture.isVisible()
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        assert room.state is RoomState.OPEN
        assert not room.on_network
        assert panel.picture.isVisible()
        assert panel.state.text() == "Open on this machine"
        press(panel.copy)
        url = QGuiApplication.clipboard().text()
        assert url == room.invitations[0]
        assert panel.copy.text() == "Copied"

        guest = await come_in(room, "Jo")
        await until(lambda: panel.rows)
        (row,) = panel.rows.values()
        assert row.name.text() == "Jo"
        assert panel.who.text() == "One guest"
        assert not row.mute.isEnabled()
        pick(row.role, "talker")
        changed = await guest.until(m.RoleChanged)
        assert changed.role == "talker"
        await until(row.mute.isEnabled)
        press(row.mute)
        assert (await guest.until(m.RoleChanged)).role == "listener"
        press(row.remove)
        await guest.closed()
        await until(lambda: not panel.rows)
        assert panel.who.text() == "Nobody is here yet."
        panel._copied.stop()

    run(body())


def test_an_invitation_for_another_role(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        (first,) = room.invitations
        pick(panel.role, "typist")
        await until(lambda: room.invitations != (first,))
        guest = await come_in(room)
        assert guest.welcome.role == "typist"
        await guest.leave()

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
        assert not panel.picture.isVisible()

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


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_camera_can_read_every_module_of_the_picture(qtbot: QtBot, ratio: int) -> None:
    url = "http://aloud.local:3000/#join=p7Vd0QfQb1S0nYy3cV5q5w"
    shown = QrPicture()
    qtbot.addWidget(shown)
    shown.show_url(url)
    image = picture(shown, ratio).toImage()
    rows = list(segno.make(url, error="m", micro=False).matrix_iter(border=4))
    module_px = image.width() // len(rows)
    begin_px = (image.width() - module_px * len(rows)) // 2
    wrong = [
        (row, column, x, y)
        for row, modules in enumerate(rows)
        for column, dark in enumerate(modules)
        for x in range(module_px)
        for y in range(module_px)
        if (image.pixelColor(begin_px + column * module_px + x, begin_px + row * module_px + y).value() < 128)
        != bool(dark)
    ]
    assert wrong == []


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
