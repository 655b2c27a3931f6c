"""One reply on one open output device: its ring, its resampler, and how far it was heard."""

import time
from typing import Any, Final

from engine.audio.device_stream import CRing, OutputStream, Playing
from engine.audio.ring import ReplyRing
from engine.pcm import SILENCE, Pcm, resample
from engine.units import SPEECH_RATE_HZ

QUEUE_S: Final = 10.0
"""The most sound that is queued on the device."""

RING_S: Final = 10.5
"""A little more than ``QUEUE_S``, so that rounding between rates never overfills the ring."""

STALLED_S: Final = 1.0
"""A device that takes nothing for so long while there is sound is gone, whatever PortAudio says."""


class DeviceReply:
    """Positions are in samples at ``SPEECH_RATE_HZ`` from the reply's start. Its owner locks."""

    def __init__(self, stream: OutputStream) -> None:
        self._stream = stream
        self._c_ring = CRing(stream, RING_S)
        self._ring = ReplyRing(self._c_ring.memory, self._c_ring, stream.rate_hz)
        self._ratio: float = stream.rate_hz / SPEECH_RATE_HZ
        self._resampler = _resampler(stream.rate_hz)
        self._playing: Playing | None = None
        self._finished = False
        self._from_position = 0  # where in the reply this device took over
        self._accepted = 0
        self._gaps_before = 0
        self._late_before = 0
        self._started_at_s: float | None = None
        self._moved_at_s = time.monotonic()
        self._moved_to = -1

    def write(self, samples: Pcm) -> int:
        """Queues samples and returns how many were taken: up to 10 s ahead of what is heard."""
        if self._ring.flushed:
            return 0
        waiting = round((self._ring.written - self._c_ring.taken()) / self._ratio)
        samples = samples[: max(0, round(QUEUE_S * SPEECH_RATE_HZ) - waiting)]
        if len(samples):
            self._accepted += len(samples)
            self._queue(samples, last=False)
        return len(samples)

    def finish(self) -> None:
        """Lets out what the resampler held back."""
        if not self._finished and not self._ring.flushed:
            self._queue(SILENCE, last=True)
        self._finished = True

    def flush(self) -> int:
        """Cuts the sound; returns where the fade ends."""
        return self._to_position(self._ring.flush())

    def position(self) -> int:
        """The sample that leaves the speaker now."""
        return self._to_position(self._heard_frames())

    def drained(self) -> bool:
        """Whether the reply is finished and all of it was heard."""
        return self._finished and self._heard_frames() >= self._ring.end()

    def over(self) -> bool:
        """Whether nothing of it is still to be heard."""
        return self._ring.dry() and self._heard_frames() >= self._ring.end()

    def underruns(self) -> int:
        """How many gaps were heard, changes of the device included."""
        return self._gaps_before + self._ring.gaps

    def late_blocks(self) -> int:
        """How often the device itself was served too late."""
        return self._late_before + (0 if self._playing is None else self._stream.underflows(self._playing))

    def started_at_s(self) -> float | None:
        """When the first sample left the speaker, once that is known."""
        if self._started_at_s is None and self._playing is not None:
            self._started_at_s = self._stream.heard_from_s(self._playing)
        return self._started_at_s

    def keeps_playing(self) -> bool:
        """Sees to it that the callback plays what there is; False where the device is gone."""
        taken, now_s = self._c_ring.taken(), time.monotonic()
        if self._ring.dry():
            self._moved_at_s = now_s
            return True
        if not self._stream.alive():
            return False
        if self._playing is None or not self._stream.plays(self._playing):
            self.started_at_s()  # the device forgets it with the run that began it
            self._late_before = self.late_blocks()
            self._playing = self._stream.play(self._c_ring)
            self._moved_at_s = now_s
        if taken != self._moved_to:
            self._moved_to, self._moved_at_s = taken, now_s
        return now_s - self._moved_at_s < STALLED_S

    def rest(self) -> Pcm:
        """What was not heard yet, at ``SPEECH_RATE_HZ``; nothing of a flushed reply."""
        if self._ring.flushed:
            return SILENCE
        if not self._finished:
            self._queue(SILENCE, last=True)
        unplayed = self._ring.unplayed(self._heard_frames())
        return resample(unplayed, self._stream.rate_hz, SPEECH_RATE_HZ)

    def go_on(self, before: "DeviceReply", rest: Pcm) -> None:
        """Takes over from the same reply on another device, ``rest`` of which was not heard."""
        self._from_position = self._accepted = before._accepted - len(rest)
        self._started_at_s = before._started_at_s
        self._gaps_before = before.underruns() + (len(rest) > 0)
        if before._ring.flushed:
            self._ring.flush()
        self.write(rest)
        if before._finished:
            self.finish()
        self.keeps_playing()

    def _queue(self, samples: Pcm, *, last: bool) -> None:
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        self._ring.write(samples)
        self.keeps_playing()

    def _heard_frames(self) -> int:
        if self._playing is None:
            return 0
        return min(self._stream.heard_frames(self._playing), self._ring.end())

    def _to_position(self, frames: int) -> int:
        return min(self._from_position + round(frames / self._ratio), self._accepted)


def _resampler(rate_hz: int) -> Any:
    if rate_hz == SPEECH_RATE_HZ:
        return None
    import soxr

    return soxr.ResampleStream(SPEECH_RATE_HZ, rate_hz, 1, dtype="float32")
