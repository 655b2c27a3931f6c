"""Faster or slower speech at the same pitch, for voices that have no speed of their own.

WSOLA: overlapping windows of the input are laid at another distance, each moved by up to
``SEARCH_SAMPLES`` to where it continues the one before it best. Verhelst and Roelands, "An overlap-add
technique based on waveform similarity (WSOLA)", ICASSP 1993. One voice alone, as here, is what it is
good at, and it needs 45 ms of input to begin.
"""

from collections import deque
from collections.abc import Generator, Iterator
from typing import Final

import numpy as np

from engine.pcm import SILENCE, Pcm, SpokenWord
from engine.ports import Speech

HOP_SAMPLES: Final = 360
"""15 ms at 24 kHz; windows are twice that, three periods of a low voice."""

WINDOW_SAMPLES: Final = 2 * HOP_SAMPLES
SEARCH_SAMPLES: Final = 300
"""12.5 ms, a period of 80 Hz: whatever the pitch there is a fitting place in reach."""

SLOWEST: Final = 0.5
FASTEST: Final = 2.0
_RISING: Final = (0.5 - 0.5 * np.cos(np.pi * (np.arange(HOP_SAMPLES) + 0.5) / HOP_SAMPLES)).astype(np.float32)


class TimeStretch:
    """Stretches one reply, pushed in pieces of any length. Output does not depend on the pieces.

    ``speed`` above 1.0 is faster; range [``SLOWEST``, ``FASTEST``], beyond which it is held to them.
    At 1.0 the output is the input. n samples in give ``round(n / speed)`` out, by the end.
    """

    def __init__(self, speed: float) -> None:
        self.speed = min(max(speed, SLOWEST), FASTEST)
        self._input = SILENCE
        self._dropped = 0  # samples of input before self._input
        self._windows = 0
        self._last = 0  # where in the input the last window was taken
        self._tail = SILENCE  # its second half, not yet faded out
        self._in = self._out = 0

    def push(self, samples: Pcm) -> Pcm:
        """The sound that ``samples`` complete; perhaps none."""
        self._in += len(samples)
        self._input = np.concatenate((self._input, samples))
        return self._emit()

    def flush(self) -> Pcm:
        """The rest, once no more comes."""
        missing = max(0, round(self._in / self.speed) - self._out)
        silence = np.zeros(2 * (WINDOW_SAMPLES + SEARCH_SAMPLES) + missing, np.float32)
        self._input = np.concatenate((self._input, silence))
        return np.concatenate((self._emit(), self._tail))[:missing]

    def _emit(self) -> Pcm:
        out: list[Pcm] = []
        while True:
            wanted = round(self._windows * HOP_SAMPLES * self.speed)
            needed = max(wanted + SEARCH_SAMPLES, self._last + HOP_SAMPLES) + WINDOW_SAMPLES
            if needed > self._dropped + len(self._input):
                break
            out.append(self._next(wanted))
            self._forget(round(self._windows * HOP_SAMPLES * self.speed))
        sound = np.concatenate(out) if out else SILENCE
        self._out += len(sound)
        return sound

    def _next(self, wanted: int) -> Pcm:
        """Takes the next window and returns the hop that it completes."""
        start = self._best(wanted) if self._windows else 0
        window = self._taken(start, WINDOW_SAMPLES)
        head = window[:HOP_SAMPLES]
        if self._windows:
            head = head * _RISING + self._tail * _RISING[::-1]
        self._tail = window[HOP_SAMPLES:]
        self._last = start
        self._windows += 1
        return head

    def _best(self, wanted: int) -> int:
        """Where near ``wanted`` the input continues the last window best."""
        natural = self._last + HOP_SAMPLES
        target = self._taken(natural, WINDOW_SAMPLES)
        lowest = max(self._dropped, wanted - SEARCH_SAMPLES)
        region = self._taken(lowest, wanted + SEARCH_SAMPLES + WINDOW_SAMPLES - lowest)
        likeness = np.correlate(region, target, "valid")
        energy = np.cumsum(np.square(np.concatenate((np.zeros(1, np.float32), region)), dtype=np.float64))
        norms = np.sqrt(np.maximum(energy[WINDOW_SAMPLES:] - energy[:-WINDOW_SAMPLES], 1e-9))
        scores = likeness / norms
        if lowest <= natural < lowest + len(scores) and scores[natural - lowest] >= scores.max() * 0.999_999:
            return natural  # of equally good places the one that changes nothing
        return lowest + int(np.argmax(scores))

    def _taken(self, start: int, count: int) -> Pcm:
        first = start - self._dropped
        return self._input[first : first + count]

    def _forget(self, wanted: int) -> None:
        keep = min(self._last + HOP_SAMPLES, wanted - SEARCH_SAMPLES) - self._dropped
        if keep > 0:
            self._input = self._input[keep:]
            self._dropped += keep


def stretched(speech: Generator[Speech, None, None] | Iterator[Speech], speed: float) -> Iterator[Speech]:
    """A reply's speech at another ``speed``, its words moved with it.

    Closing it closes ``speech``. Pieces without sound pass through, so that a worker still sees steps.
    """
    stretch = TimeStretch(speed)
    words: deque[SpokenWord] = deque()
    made = 0
    try:
        for piece in speech:
            words += (_moved(word, stretch.speed) for word in piece.words)
            sound = stretch.push(piece.samples)
            made += len(sound)
            yield Speech(sound, _before(words, made))
        sound = stretch.flush()
        if len(sound) or words:
            yield Speech(sound, tuple(words))
    finally:
        if isinstance(speech, Generator):
            speech.close()


def _moved(word: SpokenWord, speed: float) -> SpokenWord:
    return SpokenWord(word.text, int(word.offset_samples / speed), word.source_start, word.source_end)


def _before(words: deque[SpokenWord], offset: int) -> tuple[SpokenWord, ...]:
    told: list[SpokenWord] = []
    while words and words[0].offset_samples < offset:
        told.append(words.popleft())
    return tuple(told)
