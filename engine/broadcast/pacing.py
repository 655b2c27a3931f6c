"""Speech on its way to the room: cut into packets, and held back until shortly before it is due."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.broadcast.messages import Word, Words
from engine.broadcast.packets import SoundPacket
from engine.pcm import SpeechFrame
from engine.units import SPEECH_RATE_HZ

HORIZON_US: Final = 1_000_000
"""Sound is sent at most this long before it is due, so that a barge-in finds little of it under way."""


@dataclass(frozen=True, slots=True)
class DueSound:
    """A packet and the words whose sound begins in it or shortly before."""

    packet: SoundPacket
    words: Words | None


class Pacer:
    """Turns speech frames into packets and lets each go ``HORIZON_US`` before it is due.

    ``lead_us`` is added to the host's play-out times. Frames come in order, one turn after another.
    """

    def __init__(self, lead_us: int) -> None:
        self._lead_us = lead_us
        self._waiting: deque[DueSound] = deque()
        self.epoch = 0  # the turn that is spoken now, or was last
        self._offset_samples = 0

    def put(self, frame: SpeechFrame, play_at_us: int) -> None:
        """Takes a frame whose first sample the host plays at ``play_at_us`` (server clock)."""
        if frame.turn_id < self.epoch:
            return
        if frame.turn_id > self.epoch:
            self.epoch, self._offset_samples = frame.turn_id, 0
        play_at_us += self._lead_us
        packet = SoundPacket(
            "f32le", self.epoch, frame.sequence, self._offset_samples, play_at_us, frame.samples
        )
        words = tuple(
            Word(
                word.text,
                word.source_start,
                word.source_end,
                play_at_us + (word.offset_samples - self._offset_samples) * 1_000_000 // SPEECH_RATE_HZ,
            )
            for word in frame.words
        )
        self._waiting.append(DueSound(packet, Words(self.epoch, words) if words else None))
        self._offset_samples += len(frame.samples)

    def cut(self, turn: int) -> None:
        """Drops what waits of ``turn`` and of those before it."""
        self._waiting = deque(due for due in self._waiting if due.packet.epoch > turn)

    def due(self, now_us: int) -> list[DueSound]:
        """What is to be sent now."""
        ready = []
        while self._waiting and self._waiting[0].packet.play_at_us - HORIZON_US <= now_us:
            ready.append(self._waiting.popleft())
        return ready

    def next_at_us(self) -> int | None:
        """When there will be something to send, or None while nothing waits."""
        return self._waiting[0].packet.play_at_us - HORIZON_US if self._waiting else None


class Pacing:
    """A ``Pacer`` on a loop, by the clock ``now_us``: ``send`` is called with what is nearly due."""

    def __init__(self, lead_us: int, now_us: Callable[[], int], send: Callable[[DueSound], None]) -> None:
        self._pacer = Pacer(lead_us)
        self._now_us = now_us
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def epoch(self) -> int:
        """The turn that is spoken now, or was last; 0 before the first."""
        return self._pacer.epoch

    def put(self, frame: SpeechFrame, play_at_us: int) -> None:
        """As ``Pacer.put``."""
        self._pacer.put(frame, play_at_us)
        self._send_due()

    def cut(self, turn: int) -> None:
        """As ``Pacer.cut``."""
        self._pacer.cut(turn)

    def _send_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now_us = self._now_us()
        for due in self._pacer.due(now_us):
            self._send(due)
        next_at_us = self._pacer.next_at_us()
        if next_at_us is not None:
            self._timer = self._loop.call_later((next_at_us - now_us) / 1e6, self._send_due)
