"""A synthesizer that keeps the port's contract with tones: every word a beep, as fast as asked."""

from collections.abc import Iterator, Sequence

import numpy as np

from engine.pcm import SpokenWord
from engine.ports import SpeakableWord, Speech, WordSource
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ

WORD_S = 0.24
"""Length of one word's tone at natural speed: three frames."""


class FakeSynthesizer:
    """Speaks each word as a tone whose pitch follows its letters, in pieces of a frame.

    ``spoken`` keeps the words of every reply, so that a test can see what was asked of it. It says
    nothing until a word comes and never pads. ``loaded`` turns False on ``close``.
    """

    def __init__(self) -> None:
        self.loaded = True
        self.warmed = False
        self.spoken: list[list[str]] = []

    @property
    def real_time_factor(self) -> float:
        return 0.0

    def warm(self) -> None:
        assert self.loaded, "warm after close"
        self.warmed = True

    def voices(self) -> Sequence[str]:
        return ("tone", "low tone")

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        assert self.loaded, "speak after close"
        assert voice in ("", *self.voices()), f"no voice {voice}"
        assert 0.5 <= speed <= 2.0, f"speed {speed}"
        reply: list[str] = []
        self.spoken.append(reply)
        made = 0
        for word in words:
            reply.append(word.text)
            sound = _tone(word, 0.5 if voice == "low tone" else 1.0, speed)
            told: tuple[SpokenWord, ...] = (SpokenWord(word.text, made, word.source_start, word.source_end),)
            for start in range(0, len(sound), FRAME_SAMPLES):
                piece = sound[start : start + FRAME_SAMPLES]
                made += len(piece)
                yield Speech(piece, told)
                told = ()

    def close(self) -> None:
        self.loaded = False


def _tone(word: SpeakableWord, octave: float, speed: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    pitch_hz = octave * (300.0 + sum(map(ord, word.text)) % 300)
    at_s = np.arange(round(WORD_S / speed * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    sound = 0.3 * np.sin(2 * np.pi * pitch_hz * at_s) * np.sin(np.pi * np.arange(len(at_s)) / len(at_s))
    return np.concatenate((sound, np.zeros(round(word.pause_s / speed * SPEECH_RATE_HZ)))).astype(np.float32)
