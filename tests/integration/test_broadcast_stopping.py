"""Stopping the room while a bus does not let go of it, or another thread asks it something."""

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.broadcast import shell as shell_module
from engine.broadcast.host import Host
from engine.broadcast.options import RoomOptions
from engine.broadcast.server import RoomServer
from engine.errors import AloudError
from tests.watchdog import WATCHDOG_S


class ForgetfulBus:
    """Stands for ``serve_edges``: its wait forgets the cancel, and it goes on as if nothing had happened."""

    def __init__(self) -> None:
        self.waiting = threading.Event()
        self.ended = threading.Event()

    async def __call__(self, host: Host, url: str, room: str) -> None:
        self.arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self.waiting.set)
        try:
            await asyncio.wait_for(self.arrival, WATCHDOG_S)
            await asyncio.Event().wait()
        finally:
            self.ended.set()


def test_a_bus_that_forgets_to_stop_does_not_keep_the_room_open(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bus = ForgetfulBus()
    monkeypatch.setattr("engine.broadcast.server.serve_edges", bus)
    monkeypatch.setattr(shell_module, "BACKGROUND_S", 0.05)
    server = RoomServer(RoomOptions(port=0, bus_url="nats://127.0.0.1"))
    server.start()
    assert bus.waiting.wait(WATCHDOG_S)
    shell = server._shell
    thread = shell._thread
    assert thread is not None

    def stop_as_it_arrives() -> None:
        bus.arrival.set_result(None)
        assert shell._stopping is not None
        shell._stopping.set()

    with caplog.at_level(logging.WARNING):
        shell.call(stop_as_it_arrives)
        thread.join(WATCHDOG_S)
    assert not thread.is_alive() and bus.ended.is_set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 1.0)
    assert "was destroyed" not in caplog.text
    server.stop()


class LoopThatIsAskedAsItCloses(asyncio.SelectorEventLoop):
    """Closes only when one more call has come, which nothing runs any more."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = threading.Event()
        self.asked = threading.Event()

    def call_soon_threadsafe(self, *arguments: Any, **options: Any) -> Any:  # type: ignore[override]  # as its
        handle = super().call_soon_threadsafe(*arguments, **options)
        if self.closing.is_set():
            self.asked.set()
        return handle

    def close(self) -> None:
        self.closing.set()
        assert self.asked.wait(WATCHDOG_S)
        super().close()


def test_a_question_that_the_closing_loop_drops_ends_as_one_to_a_closed_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = LoopThatIsAskedAsItCloses()
    monkeypatch.setattr(shell_module, "new_loop", lambda: loop)
    server = RoomServer(RoomOptions(port=0))
    server.start()
    with ThreadPoolExecutor(2) as pool:
        stopping = pool.submit(server.stop)
        assert loop.closing.wait(WATCHDOG_S)
        asking = pool.submit(server.invite, "listener")
        with pytest.raises(AloudError, match="not open"):
            asking.result(WATCHDOG_S)
        stopping.result(WATCHDOG_S)
    with pytest.raises(AloudError, match="not open"):
        server.invite("listener")
