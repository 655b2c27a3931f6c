"""How fast a voice is made, and how much of a reply is still to come: what a lead is planned from."""

from typing import Final

from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ, samples_to_s

WORD_S: Final = 0.36
"""Seconds a spoken word takes until the reply itself tells: about 165 words a minute."""

KNOWN_AFTER_S: Final = 0.4
"""Less sound than this says nothing about the pace of a reply."""


class Pace:
    """One voice's real-time factor (compute over duration of sound, below 1 is good), kept across replies.

    Written on the synthesizer's thread; ``rtf`` may be read anywhere. 0.0 until something was measured.
    """

    def __init__(self, rtf: float = 0.0) -> None:
        self.rtf = rtf


class ReplyPace:
    """Measures one reply; on the synthesizer's thread, but for ``words_written``.

    The first piece of sound is left out: what comes before it is a model's delay, not its pace.
    """

    def __init__(self, pace: Pace) -> None:
        self.words_written = 0
        self._pace = pace
        self._compute_s = 0.0
        self._sound_s = 0.0
        self._measured_s = 0.0
        self._words_spoken = 0

    def add(self, samples: Pcm, words: int, compute_s: float) -> None:
        """Takes a piece and what it cost, waiting for text not counted."""
        self._words_spoken += words
        if self._sound_s > 0:
            self._compute_s += compute_s
            self._measured_s += samples_to_s(len(samples), SPEECH_RATE_HZ)
        self._sound_s += samples_to_s(len(samples), SPEECH_RATE_HZ)
        if self._measured_s >= KNOWN_AFTER_S:
            self._pace.rtf = self._compute_s / self._measured_s

    def expected_s(self) -> float:
        """How long the reply will be, as far as its text is known: what was made, and the words left."""
        a_word_s = (
            self._sound_s / self._words_spoken
            if self._sound_s > KNOWN_AFTER_S and self._words_spoken
            else 0.0
        )
        return self._sound_s + max(0, self.words_written - self._words_spoken) * (a_word_s or WORD_S)
