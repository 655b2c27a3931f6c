"""A speaker and a microphone that are not there: for machines without sound, and for tests."""

import time
from collections.abc import Callable

import numpy as np

from engine.audio.paced import CAPACITY_SAMPLES, PacedSink
from engine.pcm import SILENCE, Pcm
from engine.units import HEARING_RATE_HZ


class NullSink(PacedSink):
    """The AudioSink port: plays to nobody, in real time.

    With ``keep``, ``played()`` has all that was heard so far; else nothing is kept.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        keep: bool = False,
        capacity_samples: int = CAPACITY_SAMPLES,
    ) -> None:
        super().__init__(clock=clock, capacity_samples=capacity_samples)
        self._keep = keep
        self._played: list[Pcm] = []

    def hear(self, samples: Pcm) -> None:
        """Keeps the samples, or not."""
        if self._keep:
            self._played.append(samples)

    def played(self) -> Pcm:
        """What was heard up to the last call of any other method: replies, their fades and their gaps."""
        return np.concatenate([SILENCE, *self._played])


class NullSource:
    """The AudioSource port: silence, in real time."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opened_at_s: float | None = None
        self._read_samples = 0

    @property
    def live(self) -> bool:
        """Whether it is open."""
        return self._opened_at_s is not None

    def open(self) -> None:
        """Begins the silence. Harmless when open."""
        if self._opened_at_s is None:
            self._opened_at_s = self._clock()
            self._read_samples = 0

    def read(self) -> Pcm:
        """The silence since the last call; nothing when closed."""
        if self._opened_at_s is None:
            return SILENCE
        due = int((self._clock() - self._opened_at_s) * HEARING_RATE_HZ + 1e-6)
        count, self._read_samples = due - self._read_samples, due
        return np.zeros(count, np.float32)

    def close(self) -> None:
        """Ends it. Harmless when closed."""
        self._opened_at_s = None
