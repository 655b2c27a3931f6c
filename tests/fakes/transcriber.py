"""A recogniser that understands only how long something loud lasts, and insists on being used correctly."""

import threading
from typing import Any

import numpy as np

from engine.pcm import Pcm
from engine.stt.utterance import checked, is_silent
from engine.units import HEARING_RATE_HZ


class FakeTranscriber:
    """The ``Transcriber`` port. ``answers`` are given one after the other, then the number of seconds heard.

    Keeps ``calls`` and raises ``AssertionError`` when called from another thread than it was made on,
    or after ``close``.
    """

    def __init__(self, *answers: str) -> None:
        self.calls: list[str] = []
        self._answers = list(answers)
        self._thread = threading.get_ident()

    def warm(self) -> None:
        self._called("warm")

    def transcribe(self, samples: np.ndarray[Any, Any] | Pcm) -> str:
        self._called("transcribe")
        samples = checked(samples)
        if is_silent(samples):
            return ""
        return self._answers.pop(0) if self._answers else f"{len(samples) / HEARING_RATE_HZ:.1f} seconds"

    def close(self) -> None:
        self._called("close")

    def _called(self, name: str) -> None:
        assert "close" not in self.calls, f"{name} after close"
        assert threading.get_ident() == self._thread, f"{name} on another thread than the constructor"
        self.calls.append(name)
