"""A room that is served for a test, and clients of it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine.broadcast import messages as m
from engine.broadcast.edge import EdgeServer
from engine.broadcast.microphone import RoomMicrophone
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, decode_sound
from engine.broadcast.server import RoomServer
from engine.pcm import SpeechFrame, SpokenWord
from engine.units import FRAME_SAMPLES, TurnId

Kind = TypeVar("Kind")

WAIT_S = 20.0
"""A watchdog: nothing here takes a second."""


@dataclass
class RecordedCommands:
    """Commands that remember what was asked of the conversation; ``wait`` blocks for the next."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    microphone: RoomMicrophone | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def _add(self, *call: Any) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    def ask(self, text: str) -> None:
        self._add("ask", text)

    def press(self, microphone: RoomMicrophone) -> None:
        self.microphone = microphone
        self._add("press")

    def release(self) -> None:
        self._add("release")

    def stop(self) -> None:
        self._add("stop")

    def mute(self, muted: bool) -> None:
        self._add("mute", muted)

    def wait(self, *call: Any) -> None:
        """Blocks until ``call`` was made."""
        with self._changed:
            assert self._changed.wait_for(lambda: call in self.calls, WAIT_S), f"{call} not in {self.calls}"

    async def made(self, *call: Any) -> None:
        """Waits until ``call`` was made."""
        await asyncio.to_thread(self.wait, *call)


@asynccontextmanager
async def served(options: RoomOptions | None = None, **arguments: Any) -> AsyncIterator[RoomServer]:
    """A started server on a free port of this machine."""
    server = RoomServer(options or RoomOptions(port=0), **arguments)
    server.start()
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)  # its clients live on this loop and have to say goodbye


@dataclass
class Listening:
    """A client that has joined: what it was welcomed with, and what came since."""

    socket: ClientConnection
    welcome: m.Welcome
    packets: list[SoundPacket] = field(default_factory=list)

    async def send(self, message: m.ClientMessage) -> None:
        await self.socket.send(m.encode(message), text=True)

    async def receive(self) -> m.ServerMessage | SoundPacket:
        """The next message or packet."""
        async with asyncio.timeout(WAIT_S):
            data = await self.socket.recv()
        return decode_sound(data) if isinstance(data, bytes) else m.decode_server(data)

    async def until(self, kind: type[Kind], accept: Callable[[Kind], bool] = lambda message: True) -> Kind:
        """The next message or packet of ``kind`` that is accepted; what comes before is dropped."""
        while True:
            received = await self.receive()
            if isinstance(received, kind) and accept(received):
                return received

    async def leave(self) -> None:
        """Closes, taking in what was still on its way: unread sound would hold the handshake up."""
        closing = asyncio.create_task(self.socket.close())
        await self.closed()
        await closing

    async def closed(self) -> int | None:
        """Drops what still comes, waits for the end and returns the close code."""
        async with asyncio.timeout(WAIT_S):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code


def origin(server: RoomServer | EdgeServer) -> str:
    """The page's own origin."""
    return f"{server.options.scheme}://127.0.0.1:{server.port}"


def knock(server: RoomServer | EdgeServer, **arguments: Any) -> connect:
    """A connection as the page makes it; ``arguments`` change it."""
    scheme = "wss" if server.options.certificate else "ws"
    settings: dict[str, Any] = {"origin": origin(server), "subprotocols": [m.SUBPROTOCOL]} | arguments
    return connect(f"{scheme}://127.0.0.1:{server.port}/socket", compression=None, **settings)


async def join(server: RoomServer, role: m.RoleName = "listener", **hello: Any) -> Listening:
    """A client that was let in, by a new invitation unless ``hello`` has a secret."""
    if "session" not in hello and "token" not in hello:
        hello["token"] = (await asyncio.to_thread(server.invite, role)).token
    socket = await knock(server)
    await socket.send(m.encode(m.Hello(**hello)), text=True)
    async with asyncio.timeout(WAIT_S):
        welcome = m.decode_server(await socket.recv(decode=True))
    assert isinstance(welcome, m.Welcome), welcome
    return Listening(socket, welcome)


async def present(server: RoomServer) -> frozenset[str]:
    """The ids of the clients that the host knows to be there."""
    return await asyncio.to_thread(server._ask, lambda host: host.presence.listeners)


def frame(
    turn: int, sequence: int, words: tuple[SpokenWord, ...] = (), samples: int = FRAME_SAMPLES
) -> SpeechFrame:
    """A frame of a quiet tone that is the same for the same turn and sequence."""
    at = np.arange(sequence * samples, (sequence + 1) * samples)
    return SpeechFrame(TurnId(turn), sequence, (0.1 * np.sin(at * 0.05 * turn)).astype(np.float32), words)


def in_us(seconds: float) -> int:
    """The server clock, so far from now."""
    return time.monotonic_ns() // 1_000 + round(seconds * 1e6)


async def http(
    server: RoomServer, request: str, *headers: str, host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body that a raw request gets."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    lines = [f"{request} HTTP/1.1", f"Host: {host or f'127.0.0.1:{server.port}'}", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(20.0):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), fields, body


async def refused_status(attempt: connect) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await attempt
    return refused.value.response.status_code
