"""The whole loop on the embedded trio, without a screen or a sound card: real speech in, real speech out."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from benchmarks.timed_backends import SpeechSource
from engine.audio.null import NullSink
from engine.build import build
from engine.conversation import Conversation
from engine.events import (
    Event,
    Outcome,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.settings import Brain, Settings
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import transcribe, word_error_rate

WATCHDOG_S = 60.0
SETTINGS = Settings(brain=Brain(temperature=0.0, longest_reply_tokens=20))


class Rig:
    """A conversation with everything that it told."""

    def __init__(self) -> None:
        self.source = SpeechSource()
        self.sink = NullSink(keep=True)
        self.talk: Conversation = build(SETTINGS, source=self.source, sink=self.sink)
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.talk.bus.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, kind: type[Event], count: int = 1) -> Event:
        """The ``count``-th event of a kind."""
        async with asyncio.timeout(WATCHDOG_S):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]

    async def ask_aloud(self, utterance: RecordedUtterance) -> None:
        """Holds the key while a recording is said."""
        self.source.say(utterance.samples)
        self.talk.press()
        await asyncio.sleep(len(utterance.samples) / HEARING_RATE_HZ)
        self.talk.release()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.talk.start()
    yield rig
    await rig.talk.close()


async def test_a_spoken_question_is_answered_aloud(
    rig: Rig, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    await rig.ask_aloud(recorded_speech[0])
    ended = await rig.until(TurnEnded)
    assert isinstance(ended, TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    assert word_error_rate(recorded_speech[0].text, ended.question) <= 0.2
    assert ended.reply == "".join(event.text for event in rig.events if isinstance(event, ReplyDelta))
    heard = transcribe(rig.sink.played(), SPEECH_RATE_HZ)
    assert word_error_rate(ended.reply, heard) <= 0.2
    order = [type(event) for event in rig.events]
    marks = [
        UtteranceCaptured,
        TranscriptReady,
        ReplyDelta,
        SpeechStarted,
        WordSpoken,
        SpeechFinished,
        TurnEnded,
    ]
    assert sorted(marks, key=order.index) == marks


async def test_a_typed_question_takes_the_same_way_and_the_next_one_knows_it(rig: Rig) -> None:
    rig.talk.ask("My name is Ada. Say hello.")
    await rig.until(TurnEnded)
    rig.talk.ask("And now?")
    await rig.until(TurnEnded, 2)
    first, second = rig.talk.records
    assert (first.question, second.question) == ("My name is Ada. Say hello.", "And now?")
    assert first.outcome is second.outcome is Outcome.COMPLETED


async def test_asking_again_interrupts_and_keeps_what_was_heard(rig: Rig) -> None:
    rig.talk.ask("Tell me a long story about the sea.")
    await rig.until(WordSpoken, 4)
    rig.talk.ask("What is the capital of France?")
    await rig.until(TurnEnded, 2)
    first, second = rig.talk.records
    assert first.outcome is Outcome.INTERRUPTED
    words = [
        event.word for event in rig.events if isinstance(event, WordSpoken) and event.turn_id == first.turn_id
    ]
    assert first.heard_text == first.reply[: len(first.heard_text)]
    assert 0 < len(first.heard_text) <= words[-1].source_end
    assert second.outcome is Outcome.COMPLETED
    late = [event for event in rig.events if event.turn_id == first.turn_id]
    assert isinstance(late[-1], TurnEnded)


async def test_stop_silences_and_a_muted_turn_only_writes(rig: Rig) -> None:
    rig.talk.ask("Tell me a long story about the sea.")
    await rig.until(SpeechStarted)
    rig.talk.stop()
    assert isinstance(rig.events[-1], TurnEnded)
    rig.talk.mute(True)
    rig.talk.ask("What is the capital of France?")
    ended = await rig.until(TurnEnded, 2)
    assert isinstance(ended, TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    assert ended.heard_text == ended.reply
    assert len([event for event in rig.events if isinstance(event, SpeechStarted)]) == 1
