"""Counts a download's bytes and tells how far it is and how fast."""

import time
from collections import deque
from collections.abc import Callable

from engine.models.states import Transfer

RATE_WINDOW_S = 3.0
"""Over how long the rate is taken: short enough to follow the network, long enough to be read."""

Report = Callable[[Transfer], None]
"""Told of every step of a download, on the thread that downloads."""


class Meter:
    """Counts the bytes of one download and tells of them, with the rate of the last seconds."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()
        self._here = 0  # bytes that were on disk before, or were checked
        self._fetched = 0
        self.total = 0
        self.file = ""

    def found(self, count: int) -> None:
        """``count`` bytes needn't be fetched (or, below 0, must be fetched again)."""
        self._here += count
        self.tell()

    def fetched(self, count: int) -> None:
        """``count`` bytes came from the network."""
        self._fetched += count
        now = self._clock()
        self._marks.append((now, self._fetched))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_WINDOW_S:
            self._marks.popleft()
        self.tell()

    def tell(self, *, checking: bool = False) -> None:
        """Reports where the download is."""
        self._report(Transfer(self._here + self._fetched, self.total, self._rate(), self.file, checking))

    def _rate(self) -> float:
        if len(self._marks) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._marks[0], self._marks[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0
