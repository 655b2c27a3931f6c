"""The samples of one reply on their way to the speaker, which can be changed until they are taken.

A device's callback takes samples out of a ring of memory on a thread of its own, and takes nothing
else: it knows no fades and no flush. Both are therefore written into the ring's memory, ahead of
the point that the callback may be reading:

- The last 5 ms written are always kept faded out in the ring, so that a reply that runs dry ends
  without a click whenever that happens. When more comes in time, the original 5 ms are put back;
  when it comes too late, it is faded in.
- A flush fades 10 ms of what would be taken next and turns everything behind that into silence.

The same code serves the device (``CRing``) and the stand-ins (``PacedSink``). Not thread-safe: its
owner locks. Nothing here blocks.
"""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from engine.pcm import SILENCE, Pcm

FLUSH_FADE_S: Final = 0.010
GAP_FADE_S: Final = 0.005

NEAR_SAMPLES: Final = 4_096
"""What a flush silences together with its fade; what lies behind that can wait some microseconds."""

Frames = npt.NDArray[np.float32]
"""Ring memory, shape ``[capacity, channels]``, float32."""


class Reader(Protocol):
    """Whoever takes samples out of the ring, on whatever thread. Counts from the ring's making on."""

    def taken(self) -> int:
        """How many samples have been taken for certain."""
        ...

    def block(self) -> int:
        """The most samples beyond ``taken()`` that may be being read at this moment."""
        ...

    def publish(self, samples: int) -> None:
        """Makes that many more samples, already in memory, ready to be taken."""
        ...


def fade(samples: int) -> Pcm:
    """Half a cosine from just below 1 down to 0."""
    return (0.5 + 0.5 * np.cos(np.pi * np.arange(1, samples + 1) / samples)).astype(np.float32)


class ReplyRing:
    """One reply's samples, mono at ``rate_hz``, repeated on every channel of ``memory``."""

    def __init__(self, memory: Frames, reader: Reader, rate_hz: int) -> None:
        self.written = 0
        self.gaps = 0
        """How often the reply ran dry and went on later."""
        self._memory = memory
        self._capacity = len(memory)
        self._reader = reader
        self._gap_fade = fade(round(GAP_FADE_S * rate_hz))
        self._flush_fade = fade(round(FLUSH_FADE_S * rate_hz))
        self._tail: Pcm = SILENCE  # what was written last, as it was before it was faded out
        self._since_gap = len(self._gap_fade)
        self._cut: int | None = None

    def free(self) -> int:
        """How many samples can be written now; 0 after a flush."""
        return 0 if self._cut is not None else self._capacity - (self.written - self._reader.taken())

    @property
    def flushed(self) -> bool:
        """Whether the reply was cut."""
        return self._cut is not None

    def end(self) -> int:
        """Where the reply's sound ends as far as is known: what was written, or where it was cut."""
        return self.written if self._cut is None else self._cut

    def dry(self) -> bool:
        """Whether everything there is has been taken."""
        return self._reader.taken() >= self.end()

    def write(self, samples: Pcm) -> int:
        """Queues ``samples`` and returns how many were taken: as many as fit, none after a flush."""
        samples = samples[: self.free()]
        if not len(samples):
            return 0
        taken = self._reader.taken()
        if self.written and taken + self._reader.block() > self.written - len(self._tail):
            self.gaps += taken >= self.written
            self._tail = SILENCE
            self._since_gap = 0
        samples = self._faded_in(samples)
        unplayed = np.concatenate([self._tail, samples])
        fading = self._gap_fade[-len(unplayed) :]
        audible = unplayed.copy()
        audible[-len(fading) :] *= fading
        self._put(self.written - len(self._tail), audible)
        self._tail = unplayed[-len(fading) :]
        self.written += len(samples)
        self._reader.publish(len(samples))
        return len(samples)

    def flush(self) -> int:
        """Fades out what would be taken next and silences the rest; returns where the fade ends."""
        if self._cut is not None:
            return self._cut
        while True:
            taken = self._reader.taken()
            start = min(taken + self._reader.block(), self.written)
            cut = min(start + len(self._flush_fade), self.written)
            near = min(cut + NEAR_SAMPLES, self.written)
            quiet = np.zeros(near - start, np.float32)
            quiet[: cut - start] = self._get(start, cut) * self._flush_fade[: cut - start]
            if self._reader.taken() == taken:  # else a block went by meanwhile and the fade must come later
                break
        self._put(start, quiet)
        self._silence(near, self.written)
        self._cut = cut
        return cut

    def unplayed(self, position: int) -> Pcm:
        """What was written from ``position`` on, where the ring still has it (for another device)."""
        oldest = max(0, self.written - self._capacity)
        if self._cut is not None:
            return self._get(max(position, oldest), max(position, self._cut))
        body = self._get(oldest, self.written - len(self._tail))
        return np.concatenate([body, self._tail])[max(0, position - oldest) :]

    def _faded_in(self, samples: Pcm) -> Pcm:
        rising = self._gap_fade[::-1][self._since_gap : self._since_gap + len(samples)]
        self._since_gap = min(self._since_gap + len(samples), len(self._gap_fade))
        if not len(rising):
            return samples
        samples = samples.copy()
        samples[: len(rising)] *= rising
        return samples

    def _put(self, position: int, samples: Pcm) -> None:
        start = position % self._capacity
        first = min(len(samples), self._capacity - start)
        self._memory[start : start + first] = samples[:first, None]
        self._memory[: len(samples) - first] = samples[first:, None]

    def _silence(self, start: int, end: int) -> None:
        first = start % self._capacity
        self._memory[first : first + end - start] = 0.0
        self._memory[: max(0, first + end - start - self._capacity)] = 0.0

    def _get(self, start: int, end: int) -> Pcm:
        where = np.arange(start, end) % self._capacity
        samples: Pcm = self._memory[where, 0]
        return samples
