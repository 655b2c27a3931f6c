"""Kyutai and Parakeet take the place of their stand-ins in a running conversation, without a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace as with_changes

from benchmarks.timed_backends import SpeechSource
from engine.audio.null import NullSink
from engine.build import apply, build
from engine.conversation import Conversation
from engine.errors import BrainError
from engine.events import BackendState, Event, Failed, Outcome, TurnEnded, WordSpoken
from engine.ports import Message
from engine.settings import Brain, Listening, Settings, Voice
from engine.units import HEARING_RATE_HZ
from tests.fakes.mlx_thread import hub_in
from tests.fakes.tiny_tdt import write_tiny_tdt
from tests.recorded_speech import RecordedUtterance

WATCHDOG_S = 60.0
BRAIN = Brain(temperature=0.0, longest_reply_tokens=20)


class Listener:
    """Everything that a conversation told, and the wait for more."""

    def __init__(self, talk: Conversation) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        talk.bus.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, kind: type[Event], count: int = 1) -> Event:
        async with asyncio.timeout(WATCHDOG_S):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]


@pytest.fixture(scope="module")
def kyutai_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub")


@pytest.fixture
async def talk() -> AsyncIterator[Conversation]:
    talk = build(Settings(brain=BRAIN), source=SpeechSource(), sink=NullSink())
    talk.start()
    yield talk
    await talk.close()


async def test_kyutai_replaces_hibari_speaks_word_by_word_and_can_be_interrupted(
    talk: Conversation, kyutai_folder: Path
) -> None:
    old = Settings(brain=BRAIN)
    new = with_changes(old, voice=Voice(kyutai_folder=str(kyutai_folder), kyutai_bits=8))
    listener = Listener(talk)
    await apply(talk, old, new)
    assert (talk.voice.name, talk.voice.state) == ("Kyutai TTS 1.6B", BackendState.READY)
    talk.ask("What is the capital of France?")
    await listener.until(WordSpoken, 3)
    talk.stop()
    first = talk.records[0]
    assert first.outcome is Outcome.INTERRUPTED
    assert first.reply.startswith(first.heard_text)
    assert first.heard_text
    talk.ask("And of Italy?")
    ended = await listener.until(TurnEnded, 2)
    assert isinstance(ended, TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    words = [
        event.word
        for event in listener.events
        if isinstance(event, WordSpoken) and event.turn_id == ended.turn_id
    ]
    offsets = [word.offset_samples for word in words]
    assert offsets == sorted(offsets)
    assert "".join(word.text for word in words).replace(" ", "")[:5] == ended.reply.replace(" ", "")[:5]


async def test_parakeet_replaces_moonshine(
    talk: Conversation, tmp_path: Path, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    folder = write_tiny_tdt(tmp_path / "parakeet")
    old = Settings(brain=BRAIN)
    new = with_changes(old, listening=Listening(parakeet_folder=str(folder)))
    await apply(talk, old, new)
    assert talk.ears.name == "Parakeet"
    listener = Listener(talk)
    source = talk.capture._source
    assert isinstance(source, SpeechSource)
    source.say(recorded_speech[1].samples)
    talk.press()
    await asyncio.sleep(len(recorded_speech[1].samples) / HEARING_RATE_HZ)
    talk.release()
    ended = await listener.until(TurnEnded)
    assert isinstance(ended, TurnEnded)
    assert ended.question.lower().startswith("hello")


async def test_a_model_that_cannot_be_loaded_is_told_and_the_present_one_stays(
    talk: Conversation, tmp_path: Path
) -> None:
    old = Settings(brain=BRAIN)
    await talk.voice.worker()
    new = with_changes(old, voice=Voice(engine="kyutai", kyutai_folder=str(tmp_path)))
    listener = Listener(talk)
    await apply(talk, old, new)
    failed = await listener.until(Failed)
    assert isinstance(failed, Failed)
    assert failed.error.remedy
    assert (talk.voice.name, talk.voice.state) == ("hibari", BackendState.READY)


async def test_another_brain_answers_the_next_question_and_the_former_one_is_closed(
    talk: Conversation,
) -> None:
    former = await talk.brain.call(lambda brain: brain)
    old = Settings(brain=BRAIN)
    new = with_changes(old, brain=with_changes(BRAIN, longest_reply_tokens=16))
    await apply(talk, old, new)
    listener = Listener(talk)
    talk.ask("What is the capital of France?")
    ended = await listener.until(TurnEnded)
    assert isinstance(ended, TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    with pytest.raises(BrainError):
        _ = [delta async for delta in former.reply([Message("user", "Are you there?")])]
