"""Backends that keep the time of their own work, so that what is left of a turn is the pipeline's."""

import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from engine.pcm import SILENCE, Pcm
from engine.ports import LanguageModel, Message, SpeakableWord, Speech, Synthesizer, Transcriber, WordSource
from engine.units import HEARING_RATE_HZ


@dataclass(slots=True)
class TurnClock:
    """When the models worked in one turn (``time.monotonic``)."""

    hearing: list[tuple[float, float]] = field(default_factory=list)
    asked_at_s: float = 0.0
    deltas_at_s: list[float] = field(default_factory=list)
    first_words_at_s: float = 0.0
    first_piece_at_s: float = 0.0
    spoken_samples: int = 0
    synthesis_s: float = 0.0

    def clear(self) -> None:
        """Begins the next turn."""
        fresh = TurnClock()
        for field_ in fields(self):
            setattr(self, field_.name, getattr(fresh, field_.name))

    def hearing_after_s(self, released_at_s: float) -> float:
        """The recogniser's compute after the key's release."""
        return sum(max(0.0, end - max(start, released_at_s)) for start, end in self.hearing)

    def writing_after_s(self, released_at_s: float) -> float:
        """From the request, or the release if later, to what completed the first words."""
        before = [at_s for at_s in self.deltas_at_s if at_s <= self.first_words_at_s]
        return max(0.0, before[-1] - max(self.asked_at_s, released_at_s)) if before else 0.0

    def first_delta_s(self) -> float:
        """From the request to the first delta."""
        return self.deltas_at_s[0] - self.asked_at_s if self.deltas_at_s else 0.0

    def first_frame_s(self) -> float:
        """From the first words to the first piece of sound."""
        return self.first_piece_at_s - self.first_words_at_s


class TimedEars:
    """A Transcriber that notes when it works."""

    def __init__(self, ears: Transcriber, clock: TurnClock) -> None:
        self._ears = ears
        self._clock = clock
        self.warm = ears.warm
        self.close = ears.close

    def transcribe(self, samples: Pcm) -> str:
        """As the port says."""
        started_at_s = time.monotonic()
        try:
            return self._ears.transcribe(samples)
        finally:
            self._clock.hearing.append((started_at_s, time.monotonic()))


class TimedBrain:
    """A LanguageModel that notes when it was asked, when its deltas came, and when its reply ended."""

    def __init__(self, brain: LanguageModel, clock: TurnClock) -> None:
        self._brain = brain
        self._clock = clock
        self.reads_ahead = brain.reads_ahead
        self.prepare = brain.prepare
        self.forget = brain.forget
        self.close = brain.close

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """As the port says."""
        self._clock.asked_at_s = time.monotonic()
        self._clock.deltas_at_s.clear()
        async for delta in self._brain.reply(messages):
            self._clock.deltas_at_s.append(time.monotonic())
            yield delta
        self._clock.deltas_at_s.append(time.monotonic())  # that it ends tells that the last word is whole


class _TimedWords:
    """A WordSource that notes when words were got and how long they were waited for."""

    def __init__(self, words: WordSource) -> None:
        self._words = words
        self.waits = words.waits
        self.waited_s = 0.0
        self.got_at_s = 0.0

    def __iter__(self) -> Iterator[SpeakableWord]:
        return self

    def __next__(self) -> SpeakableWord:
        began_at_s = time.monotonic()
        try:
            return next(self._words)
        finally:
            self.got_at_s = time.monotonic()
            self.waited_s += self.got_at_s - began_at_s


class TimedVoice:
    """A Synthesizer that notes its first words, its first piece, and its compute."""

    def __init__(self, voice: Synthesizer, clock: TurnClock) -> None:
        self._voice = voice
        self._clock = clock
        self.warm = voice.warm
        self.voices = voice.voices
        self.close = voice.close

    @property
    def real_time_factor(self) -> float:
        """As the port says."""
        return self._voice.real_time_factor

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        """As the port says."""
        timed, clock = _TimedWords(words), self._clock
        pieces = self._voice.speak(timed, voice=voice, speed=speed)
        while True:
            began_at_s, waited_s = time.monotonic(), timed.waited_s
            piece = next(pieces, None)
            ended_at_s = time.monotonic()
            clock.synthesis_s += ended_at_s - began_at_s - (timed.waited_s - waited_s)
            if piece is None:
                return
            clock.spoken_samples += len(piece.samples)
            if not clock.first_piece_at_s and len(piece.samples):
                clock.first_words_at_s, clock.first_piece_at_s = timed.got_at_s, ended_at_s
            yield piece


class SpeechSource:
    """An AudioSource into which recorded speech is said, in real time, with silence around it."""

    def __init__(self) -> None:
        self._opened_at_s: float | None = None
        self._read_samples = 0
        self._left: Pcm = SILENCE

    def say(self, samples: Pcm) -> float:
        """Begins to say ``samples``, mono float32 at ``HEARING_RATE_HZ``; when (``time.monotonic``)."""
        self.read()
        self._left = samples
        if self._opened_at_s is None:
            return time.monotonic()
        return self._opened_at_s + self._read_samples / HEARING_RATE_HZ

    @staticmethod
    def noise(samples: int, seed: int = 0) -> Pcm:
        """What a live microphone hears while nobody speaks: it is never digitally silent."""
        sound = np.random.default_rng(seed).standard_normal(samples)
        return sound.astype(np.float32) * np.float32(1e-4)

    @property
    def live(self) -> bool:
        """As the port says."""
        return self._opened_at_s is not None

    def open(self) -> None:
        """As the port says."""
        if self._opened_at_s is None:
            self._opened_at_s, self._read_samples = time.monotonic(), 0

    def read(self) -> Pcm:
        """As the port says."""
        if self._opened_at_s is None:
            return SILENCE
        due = int((time.monotonic() - self._opened_at_s) * HEARING_RATE_HZ)
        heard = self.noise(due - self._read_samples, seed=due)
        self._read_samples = due
        spoken, self._left = self._left[: len(heard)], self._left[len(heard) :]
        heard[: len(spoken)] += spoken
        return heard

    def close(self) -> None:
        """As the port says."""
        self._opened_at_s = None
