"""The two ends of the broadcast benchmark: servers that tell sound at 12.5 Hz, and cheap clients.

``python -m benchmarks.broadcast_sides KIND`` serves; it is told what to do in lines on its standard
input and answers each with a line.
"""

import asyncio
import base64
import math
import random
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from engine.broadcast.messages import Hello, Listener, Probe, Report, encode
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SOUND_HEADER
from engine.broadcast.server import RoomServer
from engine.pcm import SpeechFrame
from engine.units import FRAME_S, FRAME_SAMPLES, TurnId

PROBES: Final = 8
PROBE_EVERY_S: Final = 10.0
REPORT_EVERY_S: Final = 10.0
REMEMBERED_BURSTS: Final = 6
ABOUT: Final = 1.25
ABOUT_S: Final = 0.0006
"""As the page does, once it has been there for half a minute (resources/listener/src)."""

PROBE: Final = encode(Probe(123_456, 123_456_789_012))
ANSWER: Final = b'{"type":"probe"'

ORIGIN: Final = "http://127.0.0.1:{port}"
ROOM_OPTIONS: Final = RoomOptions(port=0, mode="room", max_clients=4_000, per_address=4_000)


def keep_busy() -> None:
    """Computes in Python for ever, as a careless thread of the same program would."""
    number = 0
    while True:
        number = (number * 31 + 7) % 1_000_003


class AloudSide:
    """This project's server, fed as a conversation feeds it: from another thread."""

    def __init__(self) -> None:
        self._invited = self._present = 0
        self._server = RoomServer(ROOM_OPTIONS, on_listeners=self._note)
        self._server.start()
        self.port = self._server.port
        self._sequence = 0

    def invite(self) -> str:
        """A token for one client. The first is an owner, who is told of the others."""
        self._invited += 1
        return self._server.invite("owner" if self._invited == 1 else "listener").token

    def present(self) -> int:
        """How many clients there are."""
        return self._present

    def _note(self, listeners: tuple[Listener, ...]) -> None:
        self._present = len(listeners)

    def send(self) -> None:
        """One frame, due now, so that its header holds the moment it was sent."""
        samples = np.zeros(FRAME_SAMPLES, np.float32)
        self._server.audio(SpeechFrame(TurnId(1), self._sequence, samples), time.monotonic_ns() // 1_000)
        self._sequence += 1


class PlainSide:
    """What the library's own ``broadcast`` does, with compression off and nothing else changed."""

    def __init__(self) -> None:
        self._connections: set[ServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        async def handle(connection: ServerConnection) -> None:
            self._connections.add(connection)
            try:
                async for message in connection:
                    await connection.send(message)
            except ConnectionClosed:
                pass
            finally:
                self._connections.discard(connection)

        async with serve(handle, "127.0.0.1", 0, compression=None, backlog=1_024) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await asyncio.get_running_loop().create_future()

    def present(self) -> int:
        """How many clients there are."""
        return len(self._connections)

    def invite(self) -> str:
        """Nobody is asked for one here."""
        return ""

    def send(self) -> None:
        """One message of the same size as the other side's."""
        header = SOUND_HEADER.pack(1, 2, 0, 1, 0, 0, time.monotonic_ns() // 1_000)
        self._loop.call_soon_threadsafe(broadcast, self._connections, header + bytes(4 * FRAME_SAMPLES))


def main(kind: str) -> None:
    """Serves until the end of standard input."""
    side = AloudSide() if kind == "aloud" else PlainSide()
    stop = threading.Event()
    feeder: threading.Thread | None = None

    def feed() -> None:
        while not stop.wait(FRAME_S):
            side.send()

    print(side.port, flush=True)
    for line in sys.stdin:
        match line.strip():
            case "invite":
                print(side.invite(), flush=True)
            case "present":
                print(side.present(), flush=True)
            case "busy":
                threading.Thread(target=keep_busy, daemon=True).start()
                print("busy", flush=True)
            case "start":
                stop.clear()
                feeder = threading.Thread(target=feed, daemon=True)
                feeder.start()
                print("started", flush=True)
            case "stop":
                stop.set()
                if feeder is not None:
                    feeder.join()
                print("stopped", flush=True)


class RawClient(asyncio.Protocol):
    """A WebSocket client that does as little as it can: it notes how old each packet is, in ms.

    While it behaves as the page does, it sends probes one after the other's answer, in bursts, and reports.
    """

    def __init__(self, port: int, token: str) -> None:
        self.ages_ms: list[float] = []
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.lost = False
        self._port = port
        self._token = token
        self._data = bytearray()
        self._open = False
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._probes_left = 0
        self._probed_at_s = 0.0
        self._quickest_s = math.inf  # of this burst
        self._bursts_s: deque[float] = deque(maxlen=REMEMBERED_BURSTS)

    def behave_as_page(self, begins: bool) -> None:
        """Begins to send what the page sends, at a moment of its own, or ends."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if begins:
            self._soon(random.uniform(0.0, PROBE_EVERY_S), self._begin_burst)
            self._soon(random.uniform(0.0, REPORT_EVERY_S), self._report)

    def burst_within(self, longest_s: float) -> None:
        """Sends one burst of probes, at some moment until then."""
        self._soon(random.uniform(0.0, longest_s), self._begin_burst)

    def read(self, reads: bool) -> None:
        """Takes in what comes, or leaves it with the kernel and says nothing either."""
        assert self.transport is not None
        if reads:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def abort(self) -> None:
        """Ends it."""
        self.behave_as_page(False)
        if self.transport is not None:
            self.transport.abort()

    def _soon(self, after_s: float, call: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(after_s, call))

    def _begin_burst(self) -> None:
        self._probes_left, self._quickest_s = PROBES, math.inf
        self._probe()

    def _probe(self) -> None:
        self._probes_left -= 1
        self._probed_at_s = time.monotonic()
        self._send(0x81, PROBE)

    def _answered(self) -> None:
        """The next probe, unless this answer came about as quickly as the quickest of late."""
        self._quickest_s = min(self._quickest_s, time.monotonic() - self._probed_at_s)
        quick_s = ABOUT * min(self._bursts_s, default=0.0) + ABOUT_S
        if self._probes_left and self._quickest_s > quick_s:
            self._probe()
        else:
            self._bursts_s.append(self._quickest_s)
            self._quickest_s, self._probes_left = math.inf, 0

    def _report(self) -> None:
        self._send(0x81, encode(Report(0, random.uniform(1.0, 9.0), 600.0, 0.3, 0)))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        protocol = "Sec-WebSocket-Protocol: aloud.2\r\n" if self._token else ""
        key = base64.b64encode(bytes(16)).decode()
        transport.write(
            f"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Origin: {ORIGIN.format(port=self._port)}\r\n{protocol}\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Notes that the server is gone."""
        self.lost = True
        if not self.joined.done():
            self.joined.set_exception(exc or ConnectionError("closed while joining"))

    def data_received(self, data: bytes) -> None:
        """Takes in whole frames."""
        self._data += data
        if not self._open and not self._upgraded():
            return
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _upgraded(self) -> bool:
        head, found, rest = bytes(self._data).partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            self.joined.set_exception(ConnectionError(head.decode()))
            return False
        self._open = True
        self._data = bytearray(rest)
        if self._token:
            self._send(0x81, encode(Hello(token=self._token, format="f32le")))
        else:
            self.joined.set_result(None)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """The first whole frame's opcode and payload, taken out of the buffer."""
        data = self._data
        if len(data) < 2:
            return None
        length, start = data[1], 2
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(data) < start:
                return None
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            return None
        payload = bytes(data[start : start + length])
        opcode = data[0] & 0x0F
        del data[: start + length]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 2:
            sent_us = int.from_bytes(payload[16:24], "little")
            self.ages_ms.append((time.monotonic_ns() // 1_000 - sent_us) / 1_000)
        elif opcode == 9:
            self._send(0x8A, payload)
        elif opcode == 1 and not self.joined.done():
            self.joined.set_result(None)
        elif opcode == 1 and payload.startswith(ANSWER):
            self._answered()

    def _send(self, head: int, payload: bytes) -> None:
        """A frame masked with zeros, which leaves it as it is."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        assert self.transport is not None
        self.transport.write(bytes([head]) + length + bytes(4) + payload)


if __name__ == "__main__":
    main(sys.argv[1])
