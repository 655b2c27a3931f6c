"""One utterance out of an open microphone: a little before the key goes down, a little after it comes up.

Synchronous and without timers: the conversation's loop calls ``pump`` about fifty times a second while
the microphone is open, and everything else when it happens.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from engine.audio.captured import Captured
from engine.errors import DeviceError
from engine.pcm import SILENCE, Pcm
from engine.ports import AudioSource
from engine.units import HEARING_RATE_HZ, s_to_samples, samples_to_s

LATE_S: Final = 0.15
"""How long after its tail's time an utterance still waits for a device that is late with its sound."""


class Detector(Protocol):
    """What ``engine.audio.speech_detector.SpeechDetector`` does for an utterance."""

    speaking: bool
    speech_samples: int
    last_speech_end_samples: int

    def reset(self) -> None:
        """Begins a new stream of sound."""
        ...

    def feed(self, samples: Pcm) -> None:
        """Hears the next samples."""
        ...


@dataclass(slots=True)
class _Utterance:
    """The present utterance. Sample counts include its pre-roll."""

    begun_at_s: float
    live_at_s: float | None = None
    released_at_s: float | None = None
    released_samples: int = 0
    samples: int = 0
    peak: float = 0.0
    fresh: list[Pcm] = field(default_factory=list)


class Capture:
    """Cuts utterances out of ``source``.

    ``keep_open_s``: how long ``close_if_idle`` leaves the microphone open after an utterance (0: not
    at all). ``preroll_s``: how much from before ``begin`` belongs to an utterance where the
    microphone was open then. ``tail_s``: the most that is added after ``release``, and only while
    speech goes on. ``accepts`` says whether what was understood may be asked.
    """

    def __init__(
        self,
        source: AudioSource,
        detector: Detector,
        *,
        keep_open_s: float = 0.0,
        preroll_s: float = 0.25,
        tail_s: float = 0.2,
        accepts: Callable[[str], bool] = lambda text: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.accepts = accepts
        self._source = source
        self._detector = detector
        self._keep_open_s = keep_open_s
        self._preroll_samples = s_to_samples(preroll_s, HEARING_RATE_HZ)
        self._tail_s = tail_s
        self._clock = clock
        self._open = False
        self._idle_since_s = 0.0
        self._before: Pcm = SILENCE
        self._utterance: _Utterance | None = None

    @property
    def open(self) -> bool:
        """Whether the microphone is open."""
        return self._open

    @property
    def in_use(self) -> bool:
        """Whether an utterance is being captured."""
        return self._utterance is not None

    @property
    def live(self) -> bool:
        """Whether what is said now is heard: not while the device opens or wakes up."""
        return self._open and self._source.live

    @property
    def speaking(self) -> bool:
        """Whether somebody is speaking."""
        return self._detector.speaking

    @property
    def speech_end_samples(self) -> int:
        """Where in the utterance the last speech so far ends; 0 where there was none."""
        return self._detector.last_speech_end_samples

    @property
    def whole(self) -> bool:
        """Whether the key is up and nothing more belongs to the utterance."""
        utterance = self._utterance
        if utterance is None or utterance.released_at_s is None:
            return False
        if not self._detector.speaking or self._tail_left(utterance) <= 0:
            return True
        return self._clock() >= utterance.released_at_s + self._tail_s + LATE_S

    def open_early(self) -> None:
        """Opens the microphone, so that the next utterance has a pre-roll. Harmless when open.

        Raises ``MicrophoneUnavailable``.
        """
        if not self._open:
            self._source.open()
            self._open = True
            self._before = SILENCE
        self._idle_since_s = self._clock()

    def begin(self) -> None:
        """Begins an utterance: the key is down. Raises ``MicrophoneUnavailable``."""
        self._read_idle()
        self.open_early()
        self._utterance = _Utterance(self._clock(), self._clock() if self.live else None)
        self._detector.reset()
        before, self._before = self._before, SILENCE
        self._add(self._utterance, before)

    def pump(self) -> Pcm:
        """Takes in what the microphone gave and returns what is new in the utterance since the last call.

        Between utterances it keeps the pre-roll fresh and returns nothing. Raises a ``DeviceError``
        (within an utterance only), after which the microphone is closed and the utterance gone.
        """
        utterance = self._utterance
        if utterance is None:
            self._read_idle()
            return SILENCE
        self._read(utterance)
        fresh, utterance.fresh = np.concatenate([SILENCE, *utterance.fresh]), []
        return fresh

    def release(self) -> None:
        """The key is up: the utterance ends here or, while speech goes on, up to ``tail_s`` later.

        Raises a ``DeviceError`` as ``pump`` does. Harmless without an utterance.
        """
        utterance = self._utterance
        if utterance is None or utterance.released_at_s is not None:
            return
        self._read(utterance)
        utterance.released_at_s = self._clock()
        utterance.released_samples = utterance.samples

    def end(self) -> Captured:
        """Ends the utterance and says what it was; its last samples have been pumped."""
        utterance = self._utterance
        assert utterance is not None
        released_at_s = self._clock() if utterance.released_at_s is None else utterance.released_at_s
        captured = Captured(
            held_s=released_at_s - utterance.begun_at_s,
            duration_s=samples_to_s(utterance.samples, HEARING_RATE_HZ),
            speech_s=samples_to_s(self._detector.speech_samples, HEARING_RATE_HZ),
            peak_dbfs=20.0 * float(np.log10(max(utterance.peak, 1e-6))),
            late_s=None if utterance.live_at_s is None else utterance.live_at_s - utterance.begun_at_s,
        )
        self.abandon()
        return captured

    def abandon(self) -> None:
        """Drops the utterance, if there is one, and closes the microphone unless it is to be kept open."""
        if self._utterance is not None:
            self._utterance = None
            self._idle_since_s = self._clock()
            self.close_if_idle(self._idle_since_s)

    def use(self, source: AudioSource, *, keep_open_s: float) -> None:
        """Listens to another microphone from now on; an utterance that is being captured is dropped."""
        self.close()
        self._source, self._keep_open_s = source, keep_open_s

    def close_if_idle(self, now_s: float) -> None:
        """Closes the microphone where no utterance was begun for ``keep_open_s``."""
        if self._open and self._utterance is None and now_s >= self._idle_since_s + self._keep_open_s:
            self.close()

    def close(self) -> None:
        """Closes the microphone, dropping any utterance. Harmless when closed."""
        self._open = False
        self._utterance = None
        self._before = SILENCE
        self._source.close()

    def _tail_left(self, utterance: _Utterance) -> int:
        tail_end = utterance.released_samples + s_to_samples(self._tail_s, HEARING_RATE_HZ)
        return max(0, tail_end - utterance.samples)

    def _read_idle(self) -> None:
        if not self._open:
            return
        try:
            heard = np.concatenate([self._before, self._source.read()])
        except DeviceError:  # nobody misses it now: the next utterance opens whatever there is then
            self.close()
            return
        self._before = heard[max(0, len(heard) - self._preroll_samples) :]

    def _read(self, utterance: _Utterance) -> None:
        try:
            samples = self._source.read()
        except DeviceError:
            self.close()
            raise
        if utterance.live_at_s is None and self.live:
            utterance.live_at_s = self._clock()
        if utterance.released_at_s is None:
            self._add(utterance, samples)
        elif self._detector.speaking:
            self._add(utterance, samples[: self._tail_left(utterance)])

    def _add(self, utterance: _Utterance, samples: Pcm) -> None:
        if len(samples):
            utterance.samples += len(samples)
            utterance.peak = max(utterance.peak, float(np.abs(samples).max()))
            utterance.fresh.append(samples)
            self._detector.feed(samples)
