"""A turn on scripted backends: what is published in which order, and that every way out is clean."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSink, NullSource
from engine.audio.playout import Playout
from engine.bus import Bus
from engine.choices import Choices
from engine.context import INTERRUPTED
from engine.conversation import Conversation
from engine.errors import (
    BackendCrashed,
    BrainUnreachable,
    DeviceLost,
    MicrophoneUnavailable,
    ModelMissing,
    SpeakerUnavailable,
    UtteranceSilent,
    UtteranceTooShort,
)
from engine.events import (
    BackendState,
    Event,
    Failed,
    LevelMeasured,
    Outcome,
    Port,
    ReplyCompleted,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    WordSpoken,
)
from engine.pcm import Pcm, SpokenWord
from engine.ports import Message, Progress, Speech, WordSource
from engine.supervise import Supervisor
from engine.units import FRAME_SAMPLES
from engine.workers import Worker, host_on_thread

WATCHDOG_S = 10.0

Made = TypeVar("Made")
Told = TypeVar("Told", bound=Event)


class ScriptedEars:
    """A Transcriber that hears the same words in everything."""

    heard = "why is the sky blue"

    def warm(self) -> None: ...

    def transcribe(self, samples: Pcm) -> str:
        return self.heard

    def close(self) -> None: ...


class ScriptedBrain:
    """A LanguageModel that writes what the test lets it write."""

    def __init__(self) -> None:
        self.prompts: list[list[Message]] = []
        self.prepared: list[list[Message]] = []
        self.cancelled = 0
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

    async def close(self) -> None: ...


class ScriptedVoice:
    """A Synthesizer that hums one frame a word; ``at_word`` may raise on the way."""

    def __init__(self) -> None:
        self.at_word: Callable[[str], None] = lambda word: None
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
            self.closed += 1

    def close(self) -> None: ...


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
            self._supervised(Port.TRANSCRIBER, lambda: self.ears),
            self._supervised(Port.LANGUAGE_MODEL, lambda: self.brain),
            self._supervised(Port.SYNTHESIZER, self._make_voice),
            Playout(self.sink),
            self.bus,
            Choices(system_prompt="Be brief."),
        )

    def _make_voice(self) -> ScriptedVoice:
        if self.voice_fails is not None:
            raise self.voice_fails
        return self.voice

    def _supervised(self, port: Port, make: Callable[[], Made]) -> Supervisor[Made]:
        def make_worker(progress: Progress) -> Worker[Made]:
            return Worker(port.value, lambda report: make())

        async def at_once(delay_s: float) -> None:
            await asyncio.sleep(0)

        return Supervisor(port, port.value, make_worker, host_on_thread, self.bus.publish, sleep=at_once)

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


class QuietDetector:
    """Hears speech in everything, so that captured silence counts as an utterance."""

    speaking = False
    speech_samples = 16_000
    last_speech_end_samples = 0

    def reset(self) -> None: ...

    def feed(self, samples: Pcm) -> None:
        self.last_speech_end_samples += len(samples)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.talk.close()


async def test_a_typed_turn_from_question_to_last_sample(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("  Why is the sky blue? ")
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    assert (ended.question, ended.reply) == ("Why is the sky blue?", "Because of scattering.")
    assert [event.word.text for event in stage.all(WordSpoken)] == ["Because", "of", "scattering."]
    assert stage.brain.prompts[0][0] == Message("system", "Be brief.")
    assert len(stage.sink.played()) >= 3 * FRAME_SAMPLES


async def test_words_are_spoken_while_the_reply_is_still_written(stage: Stage) -> None:
    more = asyncio.Event()
    stage.brain.script = ["Because ", "of ", more, "scattering."]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    assert not stage.all(ReplyCompleted)
    more.set()
    await stage.until(TurnEnded)


async def test_the_model_is_told_what_was_said_before(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(TurnEnded)
    stage.talk.ask("And at night?")
    await stage.until(TurnEnded, 2)
    assert [message.text for message in stage.brain.prompts[1][1:]] == [
        "Why?",
        "Because of scattering.",
        "And at night?",
    ]


async def test_a_question_interrupts_the_reply_before_it(stage: Stage) -> None:
    never = asyncio.Event()
    stage.brain.script = ["Because ", "of ", "the ", never]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(WordSpoken, 2)
    stage.brain.script = ["Fine."]
    stage.talk.ask("Stop. How are you?")
    first = stage.all(TurnEnded)[0]
    assert first.outcome is Outcome.INTERRUPTED
    assert first.heard_text in ("Because", "Because of")
    await stage.until(TurnEnded, 2)
    assert stage.brain.cancelled == 1
    assert stage.brain.prompts[1][2] == Message("assistant", f"{first.heard_text} {INTERRUPTED}")
    assert stage.voice.closed == 2


async def test_nothing_of_an_ended_turn_is_published_after_its_end(stage: Stage) -> None:
    stage.talk.start()
    stage.brain.script = ["word "] * 200
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    stage.talk.stop()
    stage.talk.stop()
    stage.brain.script = ["Done."]
    stage.talk.ask("And?")
    await stage.until(TurnEnded, 2)
    of_first = [event for event in stage.events if event.turn_id == 1]
    assert isinstance(of_first[-1], TurnEnded)
    assert len([event for event in of_first if isinstance(event, TurnEnded)]) == 1


async def test_muting_lets_the_text_go_on(stage: Stage) -> None:
    more = asyncio.Event()
    stage.brain.script = ["Because ", "of ", more, "scattering."]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    stage.talk.mute(True)
    more.set()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.heard_text) == (Outcome.COMPLETED, "Because of scattering.")


async def test_a_broken_stream_keeps_and_speaks_what_arrived(stage: Stage) -> None:
    stage.brain.script = ["Because ", "of ", BrainUnreachable("The network is gone.", "Ask again.")]
    stage.talk.start()
    stage.talk.ask("Why?")
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.reply) == (Outcome.FAILED, "Because of ")
    assert [event.word.text.rstrip(".") for event in stage.all(WordSpoken)] == ["Because", "of"]
    assert stage.all(Failed)[0].error.remedy == "Ask again."


async def test_a_brain_that_never_answers_fails_the_turn_and_the_next_one_works(stage: Stage) -> None:
    stage.brain.script = [BrainUnreachable("No network.")]
    stage.talk.start()
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.FAILED
    stage.brain.script = ["Because."]
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED
    assert len(stage.brain.prompts[1]) == 2


async def test_a_voice_that_crashes_fails_the_turn_keeps_its_text_and_comes_back(stage: Stage) -> None:
    def crash(word: str) -> None:
        if word == "of":
            raise RuntimeError("out of memory")

    never = asyncio.Event()
    stage.brain.script = ["Because ", "of ", "the ", never]
    stage.voice.at_word = crash
    stage.talk.start()
    stage.talk.ask("Why?")
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.FAILED
    assert ended.reply.startswith("Because of")
    assert isinstance(stage.all(Failed)[0].error, BackendCrashed)
    stage.voice.at_word = lambda word: None
    stage.brain.script = ["Fine."]
    stage.talk.ask("Again?")
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED


async def test_without_a_voice_the_reply_is_written(stage: Stage) -> None:
    stage.voice_fails = ModelMissing("No voice on disk.", "Download it.")
    stage.talk.start()
    stage.talk.ask("Why?")
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.reply) == (Outcome.COMPLETED, "Because of scattering.")
    assert stage.talk.voice.state is BackendState.FAILED


async def test_without_a_speaker_the_reply_is_written_and_said_why(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise SpeakerUnavailable("There is no speaker.", "Connect one.")

    monkeypatch.setattr(stage.sink, "open", refuse)
    stage.talk.start()
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED
    assert isinstance(stage.all(Failed)[0].error, SpeakerUnavailable)


async def test_a_reply_of_code_alone_ends(stage: Stage) -> None:
    stage.brain.script = ["```\n", "x = 1\n", "```\n"]
    stage.talk.start()
    stage.talk.ask("Code?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED


async def test_questions_wait_for_models_that_still_load(stage: Stage) -> None:
    stage.talk.ask("Why?")
    stage.talk.start()
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED


async def test_a_blank_question_is_none(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("  \n")
    assert stage.talk.turn is None


async def test_asking_again_after_a_rewind_forgets_the_turn(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    ended = await stage.until(TurnEnded)
    stage.talk.rewind(ended.turn_id)
    stage.talk.ask("Why not?")
    await stage.until(TurnEnded, 2)
    assert [message.text for message in stage.brain.prompts[1]] == ["Be brief.", "Why not?"]


async def test_closing_in_mid_reply_is_clean(stage: Stage) -> None:
    stage.brain.script = ["word "] * 500
    stage.talk.start()
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    await asyncio.wait_for(stage.talk.close(), WATCHDOG_S)
    assert stage.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED


async def test_a_held_key_becomes_a_question(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.talk.start()
    await stage.talk.ears.worker()
    held(stage, monkeypatch)
    stage.talk.press()
    await asyncio.sleep(0.3)
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.question) == (Outcome.COMPLETED, stage.ears.heard)
    assert not stage.all(TranscriptReady)[0].typed
    assert stage.brain.prepared[0] == [Message("system", "Be brief.")]


async def test_a_key_let_go_at_once_is_no_question(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.press()
    await asyncio.sleep(0)
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.DISCARDED
    assert isinstance(stage.all(Failed)[0].error, UtteranceTooShort)
    assert stage.talk.records == ()


async def test_a_silent_microphone_is_told_apart(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.press()
    await asyncio.sleep(0.3)
    stage.talk.release()
    await stage.until(TurnEnded)
    error = stage.all(Failed)[0].error
    assert isinstance(error, UtteranceSilent)
    assert "No sound arrives" in str(error)


async def test_an_open_microphone_keeps_its_pre_roll_fresh_and_closes_in_time(stage: Stage) -> None:
    source = NullSource()
    stage.talk.capture = Capture(source, QuietDetector(), keep_open_s=0.3)
    stage.talk.start()
    stage.talk.press()
    await asyncio.sleep(0.05)
    stage.talk.stop()
    await stage.until(TurnEnded)
    assert stage.talk.capture.open
    async with asyncio.timeout(WATCHDOG_S):
        while stage.talk.capture.open:  # noqa: ASYNC110 - it closes by the clock and tells nobody
            await asyncio.sleep(0.01)


async def test_without_a_microphone_the_turn_says_what_to_do_and_typing_works(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = NullSource()

    def refuse() -> None:
        raise MicrophoneUnavailable("There is no microphone.", "Connect one, or type.")

    monkeypatch.setattr(source, "open", refuse)
    stage.talk.capture = Capture(source, QuietDetector())
    stage.talk.start()
    stage.talk.press()
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.FAILED
    assert stage.all(Failed)[0].error.remedy == "Connect one, or type."
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED


async def test_a_microphone_pulled_out_in_mid_sentence_loses_nothing_that_was_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.talk.start()
    await stage.talk.ears.worker()
    source, pulled = held(stage, monkeypatch), asyncio.Event()
    read = source.read

    def read_until_pulled() -> Pcm:
        if pulled.is_set():
            raise DeviceLost("The microphone is gone.", "Connect it again.")
        return read()

    monkeypatch.setattr(source, "read", read_until_pulled)
    stage.talk.press()
    await stage.until(LevelMeasured, 3)
    pulled.set()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.question) == (Outcome.COMPLETED, stage.ears.heard)
    assert isinstance(stage.all(Failed)[0].error, DeviceLost)


def held(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> NullSource:
    """Lets the microphone of ``stage`` hear a hum; returns it."""
    source = NullSource()
    read = source.read

    def hum() -> Pcm:
        return np.full(len(read()), 0.1, np.float32)

    monkeypatch.setattr(source, "read", hum)
    stage.talk.capture = Capture(source, QuietDetector())
    return source
