"""The room's panel over a real room on this machine, and real guests for it."""

import asyncio
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.listeners import RoomPanel
from app.sharing import Room
from app.theme import LIGHT
from engine.audio.reply import FrameTap
from engine.choices import Choices
from tests.fakes.conversation import FakeConversation
from tests.fakes.room import Listening, join
from tests.gui.conftest import Run


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
