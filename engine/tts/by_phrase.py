"""Speaks a reply with a voice that makes one phrase at a time.

What such voices share: when to speak what, joints without clicks or long silences, an even level,
pieces of one frame, and words told with the piece in which their sound begins.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from engine.pcm import SILENCE, Pcm, SpokenWord
from engine.ports import SpeakableWord, Speech, WordSource
from engine.tts.phrases import Phrase, PhraseChunker
from engine.tts.stretch import TimeStretch
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ, s_to_samples

QUIET: Final = 0.01
"""Amplitude below which a phrase's edges count as silence; -40 dB, some 25 dB below its speech."""

EDGE_S: Final = 0.010
FADE_S: Final = 0.004
PAUSE_S: Final = {".": 0.34, "!": 0.34, "?": 0.34, ";": 0.24, ":": 0.24, ",": 0.16}
"""Silence at a joint by the punctuation before it, as read aloud at an ordinary pace."""

NO_PAUSE_S: Final = 0.02
LEVEL: Final = 0.1
"""Root mean square that a phrase's speech is brought to: -20 dBFS, which leaves 14 dB for its peaks."""

LOUDEST: Final = 0.95
MOST_GAIN: Final = 4.0
"""12 dB: a whisper stays one."""

_BLOCK: Final = 240


class Rendered(NamedTuple):
    """A phrase's sound as its voice made it, and the sample at which each of its words begins."""

    samples: Pcm
    starts: Sequence[int]


Render = Callable[[Phrase], Rendered]


def speak_by_phrase(
    words: WordSource,
    render: Render,
    *,
    speed: float = 1.0,
    own_speed: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Speech]:
    """Speaks ``words`` at ``speed``, each phrase made by ``render`` at ``own_speed`` and stretched.

    ``clock`` tells how much sound is still unheard.
    """
    joiner = Joiner(speed, speed / own_speed, clock)
    for phrase in _phrases(words, joiner):
        yield from joiner.pieces(phrase, render(phrase))
    yield from joiner.end()


def _phrases(words: WordSource, joiner: "Joiner") -> Iterator[Phrase]:
    chunker = PhraseChunker()
    while True:
        if words.waits() and (phrase := chunker.hurry(joiner.lead_s())):
            yield phrase
        word = next(words, None)
        if word is None:
            break
        if phrase := chunker.push(word, joiner.lead_s()):
            yield phrase
    if phrase := chunker.flush():
        yield phrase


class Joiner:
    """Puts one reply's phrases one after the other."""

    def __init__(self, speed: float, stretch: float, clock: Callable[[], float]) -> None:
        self._speed = speed
        self._stretch = stretch
        self._clock = clock
        self._made = 0  # samples
        self._began_at_s: float | None = None
        self._pause_s = 0.0  # owed before the next phrase
        self._silent: list[SpokenWord] = []  # words that made no sound, to be told with the next piece

    def lead_s(self) -> float:
        """How much sound was made and can't have been heard yet; below 0 since when it has run dry."""
        if self._began_at_s is None:
            return 0.0
        return self._made / SPEECH_RATE_HZ - (self._clock() - self._began_at_s)

    def pieces(self, phrase: Phrase, rendered: Rendered) -> Iterator[Speech]:
        """One phrase as pieces of at most a frame."""
        first, last = speech_edges(rendered.samples)
        if first == last:
            self._pause_s += pause_after(phrase) / self._speed
            self._silent += [_spoken(word, self._made) for word in phrase]
            return
        gap = self._gap_samples()
        sound = np.concatenate(
            (np.zeros(gap, np.float32), self._stretched(even(rendered.samples[first:last])))
        )
        told = [*self._silent, *self._told(phrase, rendered.starts, first, gap, len(sound))]
        self._silent = []
        if self._began_at_s is None:
            self._began_at_s = self._clock()
        self._pause_s = pause_after(phrase) / self._speed
        for start in range(0, len(sound), FRAME_SAMPLES):
            piece = sound[start : start + FRAME_SAMPLES]
            self._made += len(piece)
            yield Speech(piece, _take_before(told, self._made))

    def end(self) -> Iterator[Speech]:
        """Tells the last words if they made no sound."""
        if self._silent and self._made:
            yield Speech(SILENCE, tuple(self._silent))

    def _gap_samples(self) -> int:
        """The silence owed, less what was silent already because the text came late."""
        late_s = max(0.0, -self.lead_s())
        return s_to_samples(max(0.0, self._pause_s - late_s), SPEECH_RATE_HZ)

    def _stretched(self, sound: Pcm) -> Pcm:
        if self._stretch == 1.0:
            return sound
        stretch = TimeStretch(self._stretch)
        return np.concatenate((stretch.push(sound), stretch.flush()))

    def _told(
        self, phrase: Phrase, starts: Sequence[int], first: int, lowest: int, highest: int
    ) -> list[SpokenWord]:
        """Each word where its sound begins: in the phrase's sound, in order, the first with the phrase."""
        told: list[SpokenWord] = []
        gap = lowest
        for word, start in zip(phrase, (first, *starts[1:]), strict=True):
            lowest = min(max(lowest, gap + int((start - first) / self._stretch)), highest - 1)
            told.append(_spoken(word, self._made + lowest))
        return told


def pause_after(phrase: Phrase) -> float:
    """Seconds of silence that the end of ``phrase`` asks for, at natural speed."""
    return PAUSE_S.get(phrase[-1].text[-1:], NO_PAUSE_S) + phrase[-1].pause_s


def shared_starts(phrase: Phrase, samples: Pcm) -> list[int]:
    """Where each word begins, for a voice that does not tell: its letters' share of the speech."""
    first, last = speech_edges(samples)
    letters = [len(word.text) + 1 for word in phrase]
    before = itertools.accumulate(letters[:-1], initial=0)
    return [first + (last - first) * count // max(1, sum(letters)) for count in before][: len(phrase)]


def speech_edges(samples: Pcm) -> tuple[int, int]:
    """The first and the end sample of what is not silence, a little kept around it; (0, 0) for silence."""
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    if not len(loud):
        return 0, 0
    edge = s_to_samples(EDGE_S, SPEECH_RATE_HZ)
    return max(0, int(loud[0]) - edge), min(len(samples), int(loud[-1]) + 2 * edge)


def even(samples: Pcm) -> Pcm:
    """``samples`` at the common level, their ends faded so that they join without a click."""
    whole = samples[: len(samples) - len(samples) % _BLOCK].reshape(-1, _BLOCK)
    powers = np.mean(np.square(whole), axis=1) if len(whole) else np.mean(np.square(samples), keepdims=True)
    active = powers[powers > QUIET**2 / 2]
    rms = float(np.sqrt(np.mean(active))) if len(active) else LEVEL
    gain = min(LEVEL / rms, MOST_GAIN, LOUDEST / float(np.max(np.abs(samples))))
    out = samples * np.float32(gain)
    fade = min(s_to_samples(FADE_S, SPEECH_RATE_HZ), len(out) // 2)
    ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
    out[:fade] *= ramp
    out[len(out) - fade :] *= ramp[::-1]
    return out


def _spoken(word: SpeakableWord, offset: int) -> SpokenWord:
    return SpokenWord(word.text, offset, word.source_start, word.source_end)


def _take_before(told: list[SpokenWord], offset: int) -> tuple[SpokenWord, ...]:
    """Removes and returns the words that begin before ``offset``."""
    count = sum(word.offset_samples < offset for word in told)
    taken = tuple(told[:count])
    del told[:count]
    return taken
