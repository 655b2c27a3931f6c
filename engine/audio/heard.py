"""Which words of a reply have been heard at a position of its sound. Pure bookkeeping."""

from collections.abc import Iterable
from typing import Final

from engine.pcm import SpokenWord
from engine.units import SPEECH_RATE_HZ

LONGEST_WORD_SAMPLES: Final = round(0.8 * SPEECH_RATE_HZ)
"""Where the next word begins later than this, the rest is taken for a pause."""


class WordClock:
    """The words of one reply in order, and how far they have been told."""

    def __init__(self) -> None:
        self._words: list[SpokenWord] = []
        self._told = 0

    def add(self, words: Iterable[SpokenWord]) -> None:
        """Adds words; their offsets never go backwards."""
        self._words += words

    def begun(self, position: int) -> list[SpokenWord]:
        """The words whose sound has begun at ``position`` and that no call returned before."""
        first = self._told
        while self._told < len(self._words) and self._words[self._told].offset_samples <= position:
            self._told += 1
        return self._words[first : self._told]

    def last_heard(self, position: int, end: int) -> SpokenWord | None:
        """The last word of which at least half was played at ``position``.

        A word lasts to the beginning of the next one or, for the last, to ``end``, the end of the
        sound that is known; at most 0.8 s.
        """
        heard = None
        ends = [word.offset_samples for word in self._words[1:]] + [end]
        for word, word_end in zip(self._words, ends, strict=True) if self._words else ():
            length = min(max(0, word_end - word.offset_samples), LONGEST_WORD_SAMPLES)
            if position < word.offset_samples + max(1, length / 2):
                break
            heard = word
        return heard
