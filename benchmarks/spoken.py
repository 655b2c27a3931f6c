"""Recorded utterances that end where their speech ends, so that a release can be placed after it."""

from dataclasses import dataclass

import numpy as np

from engine.audio.speech_detector import CHUNK_SAMPLES, PAUSE_CHUNKS, SpeechDetector
from engine.pcm import Pcm
from engine.units import HEARING_RATE_HZ
from tests.recorded_speech import RecordedUtterance, recorded_utterances


@dataclass(frozen=True, slots=True)
class Spoken:
    """``samples``: mono float32 at ``HEARING_RATE_HZ``, up to where the speech ends; ``quiet_s`` followed."""

    name: str
    samples: Pcm
    quiet_s: float

    @property
    def duration_s(self) -> float:
        """From the recording's beginning to the end of its speech."""
        return len(self.samples) / HEARING_RATE_HZ


def speech_end_samples(samples: Pcm) -> int:
    """Where the last speech in ``samples`` ends, by the detector that listens in the app.

    It hears the clean recording and looks at 32 ms at a time, so the voice itself may have ended up to
    that much earlier.
    """
    detector = SpeechDetector()
    detector.feed(np.concatenate([samples, np.zeros((PAUSE_CHUNKS + 1) * CHUNK_SAMPLES, np.float32)]))
    return min(detector.last_speech_end_samples, len(samples))


def spoken(utterance: RecordedUtterance) -> Spoken:
    """``utterance`` without the quiet after its speech."""
    end = speech_end_samples(utterance.samples)
    quiet_s = (len(utterance.samples) - end) / HEARING_RATE_HZ
    return Spoken(utterance.name, utterance.samples[:end], quiet_s)


def spoken_utterances() -> tuple[Spoken, ...]:
    """All recordings, each up to the end of its speech."""
    return tuple(map(spoken, recorded_utterances()))
