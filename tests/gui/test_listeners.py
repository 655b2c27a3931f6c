"""The room's panel over a real room on this machine, with real guests in it."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.listeners import MOST_ROWS, OnNetwork, RoomPanel
from app.qr import QrPicture
from app.screenshots import picture
from app.sharing import Renewed, Room, RoomState
from app.theme import DARK, LIGHT
from engine.audio.reply import FrameTap
from engine.broadcast import messages as m
from engine.broadcast.options import RoomOptions
from engine.broadcast.tailscale import Tailscale
from engine.broadcast.trust_steps import TRUST_STEPS
from engine.choices import Choices
from engine.errors import PortInUse
from engine.settings import Sharing
from tests.fakes.conversation import FakeConversation
from tests.fakes.ports import free_port
from tests.fakes.room import Listening, join
from tests.fakes.tailscale import NAME, FakeTailscale
from tests.gui.conftest import Run, until
from tests.gui.settings_world import pick, press


class Talk(FakeConversation):
    """What a room needs beyond what the screen needs."""

    def __init__(self) -> None:
        super().__init__()
        self.choices = Choices()
        self.frame_taps: list[FrameTap] = []


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
    panel.hush_wanted.connect(lambda who, hushed: asyncio.ensure_future(room.hush(who, hushed)))
    panel.removal_wanted.connect(lambda who: asyncio.ensure_future(room.remove(who)))
    return panel


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


def test_an_invitation_for_another_role(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        (first,) = room.invitations
        pick(panel.joining.role, "typist")
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


def test_another_invitation_follows_one_that_was_used(room: Room, panel: RoomPanel, run: Run) -> None:
    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        (first,) = room.invitations
        assert panel.joining.note.text().startswith("For one guest, until ")
        pick(panel.joining.role, "typist")
        await until(lambda: room.invitations not in ((), (first,)))
        (second,) = room.invitations
        guest = await come_in(room)
        await until(lambda: room.invitations not in ((), (second,)))
        assert panel.joining.note.text().startswith("The last invitation was used. For one guest")
        other = await come_in(room)
        assert other.welcome.role == "typist"  # as the one before
        await guest.leave()
        await other.leave()

    run(body())


@pytest.mark.parametrize("ticks", range(5))
def test_a_guest_that_comes_while_the_room_closes_does_not_keep_it_open(
    ticks: int, room: Room, run: Run
) -> None:
    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        room._used.emit(room.invitations[0].partition("#join=")[2])
        for _ in range(ticks):
            await asyncio.sleep(0)
        await room.close()
        assert room.state is RoomState.CLOSED

    run(body())


def test_another_invitation_follows_one_that_is_too_old(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sharing.RENEWED_S_BEFORE", 599.9)
    room = Room(look_every_s=0.05)

    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        (first,) = room.invitations
        await until(lambda: room.invitations not in ((), (first,)))
        assert room.renewed is Renewed.EXPIRED
        await room.close()
        assert room.invitations == ()

    run(body())


class Roaming:
    """Stands for ``Reach``: a machine that is carried about."""

    there: tuple[str, ...] = ()

    def __init__(self, options: RoomOptions, port: int, *, on_network: bool) -> None:
        self.tailscale: Tailscale | None = None
        self.urls: tuple[str, ...] = ()

    def look(self) -> bool:
        before, self.urls = self.urls, self.there
        return before != self.urls

    def close(self) -> None: ...


def test_each_address_has_its_picture_and_another_network_other_addresses(
    qtbot: QtBot, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.sharing.Reach", Roaming)
    monkeypatch.setattr(Roaming, "there", ("http://aloud-mac.local:3000/", "http://192.168.1.20:3000/"))
    room = Room(look_every_s=0.05)
    panel = RoomPanel(room, LIGHT)
    qtbot.addWidget(panel)
    panel.show()
    shown = panel.joining

    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=free_port()))
        token = room.invitations[0].partition("#")[2]
        assert shown.copy.content == f"http://aloud-mac.local:3000/#{token}"
        pick(shown.where, "http://192.168.1.20:3000/")
        assert shown.copy.content == f"http://192.168.1.20:3000/#{token}"
        monkeypatch.setattr(Roaming, "there", ("http://10.0.0.5:3000/",))
        # the same invitation, elsewhere; the addresses change on a thread, a moment before the panel does
        await until(lambda: shown.copy.content == f"http://10.0.0.5:3000/#{token}")
        assert shown.address.isVisible() and not shown.where.isVisible()
        await room.close()

    run(body())


def test_the_steps_to_trust_the_room_are_those_of_the_guest_s_system(
    room: Room, panel: RoomPanel, run: Run
) -> None:
    async def body() -> None:
        port = free_port()
        await room.follow(Talk(), Sharing(enabled=True, port=port, encrypted=True))
        trust = panel.joining.trust
        assert trust.isVisible()
        assert f"https://localhost:{port}/authority.crt" in trust.steps.text()
        assert "Certificate Trust Settings" in trust.steps.text()
        for system in TRUST_STEPS:
            pick(trust.system, system)
            assert all(step in trust.steps.text() for step in TRUST_STEPS[system])
        await room.follow(Talk(), Sharing(enabled=True, port=port))
        assert not trust.isVisible()

    run(body())


def test_tailscale_is_offered_until_it_serves_the_room(
    qtbot: QtBot, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    own, port = FakeTailscale(tmp_path), free_port()
    room = Room(look_every_s=0.05)
    panel = RoomPanel(room, LIGHT)
    qtbot.addWidget(panel)
    panel.show()
    shown = panel.joining

    async def body() -> None:
        await room.follow(Talk(), Sharing(enabled=True, port=port, encrypted=True))
        assert shown.tailscale.isVisible()
        press(shown.command)
        assert QGuiApplication.clipboard().text().endswith(f"serve --bg https+insecure://localhost:{port}")
        shown.command._copied.stop()
        own.serves(port)
        await until(lambda: not shown.tailscale.isVisible())
        assert room.urls == (f"https://{NAME}/",)
        assert not shown.trust.isVisible()
        await room.close()

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
