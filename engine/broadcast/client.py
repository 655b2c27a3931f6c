"""What is sent to one client: text always, sound while there is room, and an end if nothing moves."""

import asyncio
import logging
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from engine.broadcast.legacy import LegacyError, LegacyMessage, encode_legacy
from engine.broadcast.limits import Clock
from engine.broadcast.messages import Error, Format, Listener, PrivateMessage, Report, encode
from engine.broadcast.session import ClientSession
from engine.broadcast.sound import SoundFrames, text_frame

log = logging.getLogger(__name__)

MAX_WAITING_BYTES: Final = 131_072
"""Sound is dropped while more than this waits to be sent: 2.7 s of s16le beyond the kernel's buffers."""

GRACE_S: Final = 2.0
"""For how long that much may wait before the client is cut off."""

MAX_TEXT_BYTES: Final = 1_048_576
"""A client is cut off at once when more than this waits: only text can pile up so far."""

CLOSE_TIMEOUT_S: Final = 2.0


class Client:
    """A connection, the machine that judges it, and what is known of how well it plays."""

    def __init__(
        self, connection: ServerConnection, session: ClientSession, address: str, clock: Clock
    ) -> None:
        self.session = session
        self.address = address
        self.listener = ""
        self.name = ""
        self.hushed = False
        self.joined_us = 0
        self.format: Format = "f32le" if session.legacy else "s16le"
        self.delay_ms = 0
        self.report: Report | None = None
        self.dropped_packets = 0
        self._connection = connection
        self._transport: asyncio.Transport = connection.transport
        self._protocol = connection.protocol
        self._clock = clock
        self._behind_since_s: float | None = None

    def write_text(self, frame: bytes) -> None:
        """Sends a whole text frame, whatever waits before it."""
        if self._protocol.state is State.OPEN:
            self._transport.write(frame)
            self._has_room()

    def write_sound(self, sound: SoundFrames) -> bool:
        """Sends sound in the client's format; False where it is dropped, because too much waits already."""
        if self.format == "none" or self._protocol.state is not State.OPEN:
            return True
        if self._has_room():
            self._transport.write(sound.frame(self.format, legacy=self.session.legacy))
            return True
        self.dropped_packets += 1
        return False

    def send(self, message: PrivateMessage | LegacyMessage) -> None:
        """Sends a message to this client alone; of ours the original protocol knows only errors."""
        if self.session.legacy and isinstance(message, Error):
            message = LegacyError(message.message)
        if not isinstance(message, PrivateMessage):
            self.write_text(text_frame(encode_legacy(message)))
        elif not self.session.legacy:
            self.write_text(text_frame(encode(message)))

    async def close(self, code: int, reason: str) -> None:
        """Closes the connection: nothing more is sent or taken in; waits for it to be gone."""
        self.session.end()
        await self._connection.close(code, reason)

    def as_listener(self) -> Listener:
        """The client as owners see it."""
        report = self.report or Report(self.delay_ms, 0.0, 0.0, 0.0, 0)
        return Listener(
            listener=self.listener,
            name=self.name,
            role=self.session.role,
            hushed=self.hushed,
            address=self.address,
            format=self.format,
            joined_us=self.joined_us,
            dropped_packets=self.dropped_packets,
            late_packets=report.late_packets,
            delay_ms=report.delay_ms,
            round_trip_ms=report.round_trip_ms,
            buffer_ms=report.buffer_ms,
            sync_error_ms=report.sync_error_ms,
        )

    def _has_room(self) -> bool:
        waiting = self._transport.get_write_buffer_size()
        if waiting <= MAX_WAITING_BYTES:
            self._behind_since_s = None
            return True
        now_s = self._clock()
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        if now_s - self._behind_since_s >= GRACE_S or waiting > MAX_TEXT_BYTES:
            log.info("listener %s reads too slowly and is cut off", self.listener)
            self._transport.abort()
        return False
