"""What to transcribe while the key is still held, so that little or nothing is left at its release.

Sans I/O: no thread and no clock. The owner feeds samples, asks for the next job whenever the
recogniser is idle, runs it wherever the recogniser lives, and gives back what it said.

Three things are transcribed ahead. A *partial* is everything not yet settled, again and again while
somebody speaks, to be shown. At each pause it is done once more, at once: if the key comes up now,
that text is the whole utterance. And what lies before a longer pause is *settled*: never looked at
again, so that a long utterance costs no more at its end than a short one.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.pcm import Pcm
from engine.stt.utterance import quietest
from engine.units import HEARING_RATE_HZ, s_to_samples


def _samples(duration_s: float) -> int:
    return s_to_samples(duration_s, HEARING_RATE_HZ)


PARTIAL_EVERY_S: Final = 0.4
"""A reader notices no more, and every partial delays what comes at the pause behind it."""

PARTIAL_COSTS: Final = 3.0
"""A recogniser that needs long for a partial rests for this many times as long."""

_NEW_SAMPLES: Final = _samples(0.25)
"""Less than this, and a partial would say what the last one said."""

_SETTLING_PAUSE_SAMPLES: Final = _samples(0.35)
"""Longer than the pauses within words and phrases: what lies before it is heard as well alone."""

_SHORTEST_SETTLED_SAMPLES: Final = _samples(8.0)
"""Recognisers mishear short pieces, which have no context: on 54 s of recorded speech, Moonshine's WER
is 2 % in pieces of 8 to 20 s, and 10 % in pieces of 3 to 6 s."""

_LONGEST_OPEN_SAMPLES: Final = _samples(20.0)
"""Somebody who never pauses is cut between two words after this long."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A piece of the utterance to be transcribed: ``samples`` are those from ``begin_samples`` on.

    ``settles``: no sample of it will be part of another job. Nobody changes ``samples``.
    """

    samples: Pcm
    begin_samples: int
    end_samples: int
    settles: bool
    asked_at_s: float | None


class LiveTranscript:
    """One utterance, from its first sample to its text. Used on one thread; never blocks.

    One job is out at a time: ``next_job`` gives none until ``done`` or ``failed`` took back the last.
    """

    def __init__(self) -> None:
        self._buffer: Pcm = np.zeros(_samples(8.0), dtype=np.float32)
        self._total = 0
        self._speaking = False
        self._speech_end = 0
        self._pauses: list[int] = []  # the middles of pauses, rising
        self._settled: list[str] = []
        self._settled_end = 0
        self._open_text = ""  # of everything from _settled_end to _open_end
        self._open_end = 0
        self._shown = ""
        self._out: Job | None = None
        self._cost_s = 0.0
        self._rested_at_s = 0.0
        self._released = False

    def add(self, samples: Pcm, speaking: bool, speech_end_samples: int) -> None:
        """Takes the next samples (none is fine), and what a voice detector says as of their end.

        ``speech_end_samples``: where in the utterance the last speech so far ends, 0 for none yet.
        """
        assert not self._released, "add after release"
        self._store(samples)
        if speech_end_samples > self._speech_end:
            gap_begin, self._speech_end = self._speech_end, min(speech_end_samples, self._total)
            resumed = self._total - len(samples)
            if speaking and not self._speaking and gap_begin and resumed > gap_begin:
                self._pauses.append((gap_begin + resumed) // 2)
        self._speaking = speaking
        self._settle_at_pause()

    def next_job(self, now_s: float) -> Job | None:
        """What to transcribe now while the key is held; None when nothing is worth it yet."""
        if self._out is not None or self._released or not self._heard_something_new():
            return None
        if self._total - self._settled_end > _LONGEST_OPEN_SAMPLES:
            return self._job(self._cut(), True, now_s)
        wait_s = self._cost_s if not self._speaking else max(PARTIAL_EVERY_S, self._cost_s * PARTIAL_COSTS)
        if now_s - self._rested_at_s < wait_s:
            return None
        if self._speaking and self._total - self._open_end < _NEW_SAMPLES:
            return None
        return self._job(self._total, False, now_s)

    def done(self, job: Job, text: str, now_s: float) -> None:
        """Takes what the recogniser said of ``job``. A job that is no longer out is ignored."""
        if job is not self._out:
            return
        self._out = None
        if job.asked_at_s is not None:
            self._cost_s, self._rested_at_s = max(0.0, now_s - job.asked_at_s), now_s
        if job.settles:
            self._settle(text, job.end_samples)
            return
        self._open_text, self._open_end = text.strip(), job.end_samples
        self._shown = self.final_text
        self._settle_at_pause()

    def failed(self, job: Job) -> None:
        """Says that ``job`` came to nothing; its samples will be part of another."""
        if job is self._out:
            self._out = None
            self._cost_s = max(PARTIAL_EVERY_S, 2.0 * self._cost_s)

    def release(self) -> None:
        """Says that the utterance is whole. A job that is out may still come back before ``final_job``."""
        self._released = True

    def final_job(self) -> Job | None:
        """What is left to transcribe after ``release``, piece by piece; None when ``final_text`` is whole.

        None at once when the last text covers all speech. A job that is out is forgotten. Where no
        speech was detected at all, the sound is left to the recogniser's own judgement.
        """
        assert self._released, "final_job before release"
        self._out = None
        if not self._heard_something_new() or self._total == self._settled_end:
            return None
        if self._total - self._settled_end > _LONGEST_OPEN_SAMPLES:
            return self._job(self._cut(), True, None)
        return self._job(self._total, False, None)

    @property
    def covers_all(self) -> bool:
        """Whether speech has paused and every word of it is in ``final_text``."""
        return self._speech_end > 0 and not self._speaking and not self._heard_something_new()

    @property
    def partial_text(self) -> str:
        """What was understood so far, to be shown."""
        return self._shown

    @property
    def final_text(self) -> str:
        """What was understood of everything transcribed so far; the whole once ``final_job`` gives None."""
        return " ".join(filter(None, [*self._settled, self._open_text]))

    def _heard_something_new(self) -> bool:
        """Whether there may be speech that no text covers."""
        if not self._speech_end:
            return self._released and self._open_end < self._total
        return self._open_end < self._speech_end or (self._speaking and self._open_end < self._total)

    def _settle_at_pause(self) -> None:
        """Settles the open text where a long enough pause follows the speech it covers."""
        if (
            self._out is None
            and not self._speaking
            and self._total - self._speech_end >= _SETTLING_PAUSE_SAMPLES
            and self._open_end >= self._speech_end
            and self._open_end - self._settled_end >= _SHORTEST_SETTLED_SAMPLES
        ):
            self._settle(self._open_text, self._open_end)

    def _settle(self, text: str, end_samples: int) -> None:
        self._settled.append(text.strip())
        self._settled_end = self._open_end = end_samples
        self._open_text = ""

    def _cut(self) -> int:
        """Where to cut what has become too long: in its last pause, else at its quietest place."""
        latest = self._settled_end + _LONGEST_OPEN_SAMPLES
        first = bisect_left(self._pauses, self._settled_end + _SHORTEST_SETTLED_SAMPLES)
        behind = bisect_right(self._pauses, latest)
        if behind > first:
            return self._pauses[behind - 1]
        return quietest(self._buffer, (self._settled_end + latest) // 2, latest)

    def _job(self, end: int, settles: bool, now_s: float | None) -> Job:
        begin = self._settled_end
        self._out = Job(self._buffer[begin:end], begin, end, settles, now_s)
        return self._out

    def _store(self, samples: Pcm) -> None:
        wanted = self._total + len(samples)
        if wanted > len(self._buffer):  # jobs that are out keep the old one
            grown = np.zeros(max(wanted, 2 * len(self._buffer)), dtype=np.float32)
            grown[: self._total] = self._buffer[: self._total]
            self._buffer = grown
        self._buffer[self._total : wanted] = samples
        self._total = wanted
