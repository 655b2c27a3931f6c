"""A microphone whose sound comes from a client of the room."""

import threading
from collections import deque
from typing import Final

import numpy as np

from engine.pcm import SILENCE, Pcm
from engine.units import HEARING_RATE_HZ

MAX_SAMPLES: Final = 65 * HEARING_RATE_HZ
"""A little more than the longest talk; more than that is not kept while nobody reads."""


class RoomMicrophone:
    """The ``AudioSource`` port over talk packets. ``put`` is called on the net loop, the rest elsewhere."""

    def __init__(self) -> None:
        self._blocks: deque[Pcm] = deque()
        self._samples = 0
        self._lock = threading.Lock()
        self._closed = False

    @property
    def live(self) -> bool:
        """Whether what is sent now is kept."""
        return not self._closed

    def open(self) -> None:
        """Nothing to do: sound that came before is kept."""

    def put(self, samples: Pcm) -> None:
        """Adds sound, mono at ``HEARING_RATE_HZ``; dropped when closed or full."""
        with self._lock:
            if not self._closed and self._samples + len(samples) <= MAX_SAMPLES:
                self._blocks.append(samples)
                self._samples += len(samples)

    def read(self) -> Pcm:
        """All sound that came since the last call, perhaps none. Never blocks."""
        with self._lock:
            blocks = tuple(self._blocks)
            self._blocks.clear()
            self._samples = 0
        return np.concatenate(blocks) if blocks else SILENCE

    def close(self) -> None:
        """Drops what was not read and what still comes."""
        with self._lock:
            self._closed = True
            self._blocks.clear()
            self._samples = 0
