"""A room whose opening is called off while a thread opens it."""

import asyncio
import threading
from typing import Any

import pytest

from app.shared import OnListeners, OnUsed
from app.sharing import Room, RoomState
from engine.errors import AloudError
from engine.settings import Sharing
from tests.gui.conftest import Run
from tests.watchdog import WATCHDOG_S


class SlowShared:
    """A room that opens when it may, and remembers what became of it."""

    def __init__(self, fails: bool) -> None:
        self.opening, self.may_open = threading.Event(), threading.Event()
        self.is_open = self.closed = False
        self._fails = fails

    def make(self, choice: Sharing, on_listeners: OnListeners, on_used: OnUsed) -> Any:
        return self

    def open(self) -> None:
        self.opening.set()
        assert self.may_open.wait(WATCHDOG_S)
        if self._fails:
            raise AloudError("No.", "Try again.")
        self.is_open = True

    def close(self) -> None:
        self.is_open, self.closed = False, True


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("times", [1, 2])
def test_a_room_whose_opening_is_called_off_is_closed(times: int, fails: bool, run: Run) -> None:
    shared = SlowShared(fails)
    room = Room(shared.make)

    async def body() -> None:
        following = asyncio.ensure_future(room.follow(object(), Sharing(enabled=True)))
        await asyncio.to_thread(shared.opening.wait, WATCHDOG_S)
        for _ in range(times):
            following.cancel()
            await asyncio.sleep(0)
        shared.may_open.set()
        await asyncio.wait([following])
        assert following.cancelled()
        await room.close()
        assert shared.closed and not shared.is_open
        assert room.state is RoomState.CLOSED

    run(body())
