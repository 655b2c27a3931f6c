"""The clients of the broadcast benchmark: cheap ones, of which there can be thousands."""

import asyncio
import base64
import math
import random
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from engine.broadcast.messages import Hello, Probe, Report, encode

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
