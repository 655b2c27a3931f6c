"""A conversation over scripted backends, a null speaker and a microphone of a test's own."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSink, NullSource
from engine.audio.playout import Playout
from engine.bus import Bus
from engine.choices import Choices
from engine.conversation import Conversation
from engine.errors import DeviceError
from engine.events import Event, Port
from engine.pcm import SILENCE, Pcm, SpokenWord
from engine.ports import Message, Progress, Speech, Synthesizer, Transcriber, WordSource
from engine.supervise import Supervisor
from engine.units import FRAME_SAMPLES
from engine.workers import Worker, host_on_thread

WATCHDOG_S = 10.0

Made = TypeVar("Made")
Told = TypeVar("Told", bound=Event)


class ScriptedEars:
    """A Transcriber that hears the same words in everything; ``let`` may hold it up."""

    def __init__(self, heard: str = "why is the sky blue") -> None:
        self.heard = heard
        self.let = threading.Event()
        self.let.set()
        self.working = threading.Event()
        self.closed = 0

    def warm(self) -> None: ...

    def transcribe(self, samples: Pcm) -> str:
        self.working.set()
        assert self.let.wait(WATCHDOG_S)
        return self.heard

    def close(self) -> None:
        self.closed += 1


class ScriptedBrain:
    """A LanguageModel that writes what the test lets it write."""

    reads_ahead = True

    def __init__(self) -> None:
        self.prompts: list[list[Message]] = []
        self.prepared: list[list[Message]] = []
        self.cancelled = 0
        self.closed = 0
        self.script: list[str | Exception | asyncio.Event] = ["Because ", "of ", "scattering."]

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        self.prompts.append(list(messages))
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        self.prepared.append(list(messages))

    async def forget(self) -> None: ...

    async def close(self) -> None:
        self.closed += 1


class ScriptedVoice:
    """A Synthesizer that hums one frame a word; ``at_word`` may raise on the way.

    ``ended`` counts the replies that it was done with.
    """

    def __init__(self) -> None:
        self.at_word: Callable[[str], None] = lambda word: None
        self.ended = 0
        self.closed = 0

    real_time_factor = 0.0

    def warm(self) -> None: ...

    def voices(self) -> Sequence[str]:
        return ("hum",)

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        try:
            for number, word in enumerate(words):
                self.at_word(word.text)
                hum = np.full(FRAME_SAMPLES, 0.1, np.float32)
                spoken = SpokenWord(word.text, number * FRAME_SAMPLES, word.source_start, word.source_end)
                yield Speech(hum, (spoken,))
        finally:
            self.ended += 1

    def close(self) -> None:
        self.closed += 1


class Stage:
    """A conversation over scripted backends and a null speaker that keeps real time."""

    def __init__(self) -> None:
        self.ears, self.brain, self.voice = ScriptedEars(), ScriptedBrain(), ScriptedVoice()
        self.voice_fails: Exception | None = None
        self.sink = NullSink(keep=True)
        self.bus = Bus()
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.bus.subscribe(self._hear)
        self.talk = Conversation(
            Capture(NullSource(), QuietDetector()),
            self.supervised(Port.TRANSCRIBER, lambda: self.ears, close),
            self.supervised(Port.LANGUAGE_MODEL, lambda: self.brain, release=lambda brain: brain.close()),
            self.supervised(Port.SYNTHESIZER, self._make_voice, close),
            Playout(self.sink),
            self.bus,
            Choices(system_prompt="Be brief."),
        )

    def _make_voice(self) -> ScriptedVoice:
        if self.voice_fails is not None:
            raise self.voice_fails
        return self.voice

    def supervised(
        self,
        port: Port,
        make: Callable[[], Made],
        close: Callable[[Made], None] = lambda made: None,
        release: Callable[[Made], Awaitable[None]] | None = None,
    ) -> Supervisor[Made]:
        """A backend of the test's own; ``make`` runs on its worker's thread."""

        def make_worker(progress: Progress) -> Worker[Made]:
            return Worker(port.value, lambda report: make(), close=close)

        async def at_once(delay_s: float) -> None:
            await asyncio.sleep(0)

        name = f"scripted {port.value}"
        return Supervisor(
            port, name, make_worker, host_on_thread, self.bus.publish, release=release, sleep=at_once
        )

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def all(self, kind: type[Told]) -> list[Told]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[Told], count: int = 1) -> Told:
        async with asyncio.timeout(WATCHDOG_S):
            while len(found := self.all(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]


def close(backend: Transcriber | Synthesizer) -> None:
    backend.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.talk.close()


class HummingSource(NullSource):
    """A microphone that hears a hum, until ``lost`` is set; nothing while ``opening``."""

    lost: DeviceError | None = None
    opening = False
    reads = 0

    @property
    def live(self) -> bool:
        return super().live and not self.opening

    def read(self) -> Pcm:
        self.reads += 1
        if self.lost is not None:
            raise self.lost
        heard = np.full(len(super().read()), 0.1, np.float32)
        return SILENCE if self.opening else heard


class QuietDetector:
    """Hears speech in everything, so that captured silence counts as an utterance."""

    speaking = False
    speech_samples = 16_000
    last_speech_end_samples = 0

    def reset(self) -> None: ...

    def feed(self, samples: Pcm) -> None:
        self.last_speech_end_samples += len(samples)
