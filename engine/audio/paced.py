"""What a speaker does, without one: the clock takes samples out of the ring, ten milliseconds at a time."""

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from engine.audio.ring import ReplyRing
from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ

BLOCK_SAMPLES: Final = 240
CAPACITY_SAMPLES: Final = 1 << 18
"""10.9 s at ``SPEECH_RATE_HZ``."""


class ClockedReader:
    """Takes a reply's samples as the clock goes: whole blocks, from the first write on."""

    def __init__(self, capacity_samples: int) -> None:
        self.memory = np.zeros((capacity_samples, 1), np.float32)
        self._published = 0
        self._taken = 0

    def taken(self) -> int:
        """How many samples have been taken."""
        return self._taken

    def block(self) -> int:
        """The block that is on its way to the speaker can't be changed."""
        return BLOCK_SAMPLES

    def publish(self, samples: int) -> None:
        """Makes more samples ready to be taken."""
        self._published += samples

    def take(self, samples: int) -> Pcm:
        """The next samples, as many as there are."""
        count = min(samples, self._published - self._taken)
        where = np.arange(self._taken, self._taken + count) % len(self.memory)
        self._taken += count
        block: Pcm = self.memory[where, 0]
        return block


class PacedSink:
    """The AudioSink port over a clock: keeps a speaker's time and hands on what one would hear.

    ``hear`` is given everything in order: a reply's sound, fades, and the silence of gaps within it
    (between replies nothing is given). It is called on whichever thread calls a method. With
    ``real_time`` off, everything counts as played as soon as it is written, so nothing ever gaps.
    ``clock`` is read at every call; no method waits for it.
    """

    _started_at_s: float | None

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        real_time: bool = True,
        capacity_samples: int = CAPACITY_SAMPLES,
    ) -> None:
        self._clock = clock
        self._real_time = real_time
        self._capacity_samples = capacity_samples
        self._lock = threading.Lock()
        self._reset()

    def hear(self, samples: Pcm) -> None:
        """Hears the next samples; what a kind of sink does with them."""
        raise NotImplementedError

    def open(self) -> None:
        """Makes the sink ready."""

    def start(self) -> None:
        """Begins a reply at position 0."""
        with self._lock:
            self._advance()
            if not self._ring.dry():
                self._ring.flush()
                self._hear_rest()
            self._reset()

    def write(self, samples: Pcm) -> int:
        """Queues samples and returns how many were taken."""
        with self._lock:
            self._advance()
            count = self._ring.write(samples)
            if count and self._started_at_s is None:
                self._started_at_s = self._clock()
            self._advance()
            return count

    def finish(self) -> None:
        """Says that the reply has no more samples."""
        with self._lock:
            self._finished = True
            self._advance()

    def flush(self) -> int:
        """Fades out and drops what was not played; returns where the sound ends."""
        with self._lock:
            self._advance()
            return self._ring.flush()

    def position_samples(self) -> int:
        """How many samples have been played."""
        with self._lock:
            self._advance()
            return self._position()

    def started_at_s(self) -> float | None:
        """When the first sample was played."""
        return self._started_at_s

    def latency_s(self) -> float:
        """None: what is written is heard."""
        return 0.0

    def drained(self) -> bool:
        """Whether ``finish`` was called and everything has been played."""
        with self._lock:
            self._advance()
            return self._finished and self._position() >= self._ring.end()

    def underruns(self) -> int:
        """How often the reply went on after a gap."""
        return self._ring.gaps

    def close(self) -> None:
        """Stops at once."""
        with self._lock:
            self._reset()

    def _reset(self) -> None:
        self._reader = ClockedReader(self._capacity_samples)
        self._ring = ReplyRing(self._reader.memory, self._reader, SPEECH_RATE_HZ)
        self._started_at_s = None
        self._finished = False
        self._blocks = 0
        self._owed_silence = 0  # heard only if sound follows: the end of a reply is not a gap
        # Where the sound since the last gap began: in the time since the start, and in the reply.
        self._since_elapsed = 0
        self._since_position = 0

    def _elapsed(self) -> int:
        assert self._started_at_s is not None
        return max(0, int((self._clock() - self._started_at_s) * SPEECH_RATE_HZ + 1e-6))

    def _position(self) -> int:
        if not self._real_time or self._started_at_s is None:
            return min(self._reader.taken(), self._ring.end())
        position = self._since_position + max(0, self._elapsed() - self._since_elapsed)
        return min(position, self._reader.taken(), self._ring.end())

    def _advance(self) -> None:
        if self._started_at_s is None:
            return
        if not self._real_time:
            # What is faded for the case that nothing follows stays until it is known.
            keep = 0 if self._finished or self._ring.flushed else 2 * BLOCK_SAMPLES
            self._take(self._ring.end() - self._reader.taken() - keep)
            return
        due = self._elapsed() // BLOCK_SAMPLES + 1
        while self._blocks < due and not self._ring.dry():
            self._blocks += 1
            self._take_block()
        if self._blocks < due:  # dry from here on
            self._owed_silence += (due - self._blocks) * BLOCK_SAMPLES
            self._blocks = due

    def _take_block(self) -> None:
        if self._owed_silence:
            self._since_elapsed = (self._blocks - 1) * BLOCK_SAMPLES
            self._since_position = self._reader.taken()
        count = self._take(min(BLOCK_SAMPLES, self._ring.end() - self._reader.taken()))
        self._owed_silence += BLOCK_SAMPLES - count

    def _take(self, samples: int) -> int:
        taken = self._reader.take(max(0, samples))
        if len(taken):
            if self._owed_silence:
                self.hear(np.zeros(self._owed_silence, np.float32))
                self._owed_silence = 0
            self.hear(taken)
        return len(taken)

    def _hear_rest(self) -> None:
        self._take(self._ring.end() - self._reader.taken())
