"""When the samples of a reply are heard, told before it happens: what the room plays by. Pure bookkeeping."""

from typing import Final

from engine.units import SPEECH_RATE_HZ, samples_to_s

FIRST_SILENCE_S: Final = 0.1
"""So much of a wanted silence is written at once: the device then tells when it began."""

LAST_MOMENT_S: Final = 0.05
"""So long before the sound must be written, a device that has told nothing is taken at its latency."""


class Timeline:
    """The play-out times of one reply's frames, each where the one before ends unless there was a gap.

    A reply that is to begin later than it could gets ``silence_samples`` in front, so that its
    beginning is exact to the sample by the device's own clock. Times are of ``time.monotonic``.
    """

    def __init__(self) -> None:
        self.silence_samples = 0
        self.settled = False
        """Whether the silence in front is complete, so that the sound may follow it."""
        self._next_at_s: float | None = None
        self._silence_at_s = 0.0
        self._gaps = 0

    def silence_due(
        self, now_s: float, latency_s: float, wanted_at_s: float, started_at_s: float | None
    ) -> int:
        """How many samples of silence are to be written now so that the sound begins at ``wanted_at_s``.

        ``latency_s``: how long after a write its sound is heard, about. ``started_at_s``: when the
        first silence was heard, None while the device has not told. Call it until ``settled``.
        """
        if self._next_at_s is None:
            self._silence_at_s = now_s + latency_s
            self._next_at_s = max(wanted_at_s, self._silence_at_s)
            self.settled = self._next_at_s == self._silence_at_s
            return _samples(min(self._next_at_s - self._silence_at_s, FIRST_SILENCE_S))
        if started_at_s is None and now_s + latency_s + LAST_MOMENT_S < self._next_at_s:
            return 0
        begun_at_s = self._silence_at_s if started_at_s is None else started_at_s
        more = max(0, _samples(self._next_at_s - begun_at_s) - self.silence_samples)
        self._next_at_s = begun_at_s + samples_to_s(self.silence_samples + more, SPEECH_RATE_HZ)
        self.settled = True
        return more

    def frame_at_s(self, samples: int, gaps: int, now_s: float, latency_s: float) -> float:
        """When a frame of ``samples``, written now, is heard; call it once a frame, in order.

        ``gaps``: how often the reply has run dry before this frame. A new gap moves what follows it.
        """
        assert self._next_at_s is not None, "silence_due comes first"
        at_s = self._next_at_s
        if gaps != self._gaps:
            self._gaps = gaps
            at_s = max(at_s, now_s + latency_s)
        self._next_at_s = at_s + samples_to_s(samples, SPEECH_RATE_HZ)
        return at_s


def _samples(seconds: float) -> int:
    return round(seconds * SPEECH_RATE_HZ)
