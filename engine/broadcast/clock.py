"""The server clock, and how an edge on another machine learns it."""

import time
from collections import deque
from typing import Final

PROBES: Final = 8


def now_us() -> int:
    """The server clock of this machine: ``time.monotonic`` in whole microseconds."""
    return time.monotonic_ns() // 1_000


def to_us(at_s: float) -> int:
    """A reading of ``time.monotonic`` on that clock."""
    return round(at_s * 1_000_000)


class ClockOffset:
    """How far the host's clock is ahead, from the quickest of the last eight answers."""

    def __init__(self) -> None:
        self._probes: deque[tuple[int, int]] = deque(maxlen=PROBES)  # round trip, offset

    def add(self, asked_us: int, host_us: int, answered_us: int) -> None:
        """Takes an answer in: asked and answered on the edge's clock, told on the host's between."""
        round_trip_us = answered_us - asked_us
        if round_trip_us >= 0:
            self._probes.append((round_trip_us, host_us - (asked_us + answered_us) // 2))

    @property
    def known(self) -> bool:
        """Whether there was an answer."""
        return bool(self._probes)

    @property
    def offset_us(self) -> int:
        """What to add to the edge's clock; 0 while nothing is known."""
        return min(self._probes)[1] if self._probes else 0
