"""What the room's panel gives to somebody who is to come in: a fresh invitation, its address and picture."""

import asyncio
from pathlib import Path

import pytest
import segno
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.listeners import RoomPanel
from app.qr import QrPicture
from app.screenshots import picture
from app.sharing import Renewed, Room, RoomState
from app.theme import LIGHT
from engine.broadcast.options import RoomOptions
from engine.broadcast.tailscale import Tailscale
from engine.broadcast.trust_steps import TRUST_STEPS
from engine.settings import Sharing
from tests.fakes.ports import free_port
from tests.fakes.tailscale import NAME, FakeTailscale
from tests.gui.conftest import Run, until
from tests.gui.room_world import Talk, come_in, panel, room
from tests.gui.settings_world import pick, press

__all__ = ["panel", "room"]


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
