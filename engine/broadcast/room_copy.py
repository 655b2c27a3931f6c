"""An edge's copy of the room: follows the host's numbered texts, and a snapshot where one was missed."""

import asyncio
import logging
import struct
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from engine.broadcast.clock import ClockOffset
from engine.broadcast.link import Manner, Outlet
from engine.broadcast.messages import Failed, Resync, RoomMessage, decode_server
from engine.broadcast.packets import MalformedPacket, decode_sound
from engine.broadcast.room import Room
from engine.broadcast.sound import SoundFrames
from engine.broadcast.trunk import (
    HOST_AWAY_S,
    ClockTold,
    Snapshotted,
    decode_beat,
    decode_text,
    kind_of,
)

log = logging.getLogger(__name__)

MAX_BUFFERED: Final = 4_096
AWAY: Final = "away"


class RoomCopy:
    """Belongs to the net loop. ``outlets`` are told what comes in.

    ``ask_snapshot`` asks the host for one. ``on_other_host`` is called before the copy follows a host that
    is another one, or was away. ``synced`` is set while the copy is true and the host's clock is known.
    """

    def __init__(
        self,
        outlets: Sequence[Outlet],
        local_us: Callable[[], int],
        ask_snapshot: Callable[[], None],
        on_other_host: Callable[[], None],
    ) -> None:
        self.room = Room("")
        self.manner = Manner("personal", 0)
        self.host_id = ""
        self.synced = asyncio.Event()
        self._outlets = outlets
        self._local_us = local_us
        self._ask_snapshot = ask_snapshot
        self._on_other_host = on_other_host
        self._clock = ClockOffset()
        self._count = 0
        self._buffered: dict[int, bytes] | None = {}  # while a snapshot is on its way
        self._heard_at_us = 0

    @property
    def needs_snapshot(self) -> bool:
        """Whether the host is still to be asked for one."""
        return not self.synced.is_set() or self._buffered is not None

    @property
    def host_lost(self) -> bool:
        """Whether the host that was followed has fallen silent."""
        return self.synced.is_set() and self._local_us() - self._heard_at_us > HOST_AWAY_S * 1e6

    def now_us(self) -> int:
        """The host's clock."""
        return self._local_us() + self._clock.offset_us

    def let_go(self) -> None:
        """Tells everybody that the host is away, and follows nobody until it is back."""
        log.warning("the host can't be reached")
        self.synced.clear()
        self.host_id = AWAY
        self._ask_again()
        self._tell(Failed(0, "The host can't be reached just now.", "It goes on by itself when it can."))

    def receive(self, data: bytes) -> None:
        """What the host tells all edges."""
        self._heard_at_us = self._local_us()
        try:
            match kind_of(data):
                case "sound":
                    self._take_sound(SoundFrames(decode_sound(data)))
                case "text":
                    self._take_text(*decode_text(data))
                case "beat":
                    beat = decode_beat(data)
                    if self._buffered is None and (beat.host, beat.count) != (self.host_id, self._count):
                        self._ask_again()
                case _:
                    log.warning("something that is no host writes on the bus")
        except (MalformedPacket, msgspec.MsgspecError, struct.error, UnicodeError):
            log.warning("something that is no host writes on the bus")

    def load(self, message: Snapshotted) -> None:
        """Goes on from a snapshot; ignored where none is needed."""
        if self._buffered is None:
            return  # asked for twice
        self._heard_at_us = self._local_us()
        if self.host_id not in ("", message.host):
            self._on_other_host()
        self.manner, self.host_id, self._count = message.manner, message.host, message.count
        buffered, self._buffered = self._buffered, None
        self._tell(Resync(message.snapshot))
        for count in sorted(number for number in buffered if number > message.count):
            self._take_text(count, buffered[count])
        self._note_sync()

    def set_clock(self, message: ClockTold) -> None:
        """The host's clock, as it answered."""
        self._clock.add(message.edge_us, message.host_us, self._local_us())
        self._note_sync()

    def _take_sound(self, sound: SoundFrames) -> None:
        if self.room.takes(sound):
            self.room.keep(sound, self.now_us())
            for outlet in self._outlets:
                outlet.sound(sound)

    def _take_text(self, count: int, text: bytes) -> None:
        if self._buffered is not None:
            if len(self._buffered) < MAX_BUFFERED:
                self._buffered[count] = text
        elif count == self._count + 1:
            self._count = count
            message = decode_server(text)
            if isinstance(message, RoomMessage):
                self._tell(message)
        else:
            self._ask_again()

    def _ask_again(self) -> None:
        """Something was missed: from here on a snapshot is needed."""
        self._buffered = {}
        self._ask_snapshot()

    def _note_sync(self) -> None:
        if self._clock.known and self._buffered is None:
            self.synced.set()

    def _tell(self, message: RoomMessage) -> None:
        self.room.apply(message)
        for outlet in self._outlets:
            outlet.text(message)
