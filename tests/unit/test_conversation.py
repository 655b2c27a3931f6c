"""A turn on scripted backends: what is published in which order, and that every way out is clean."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSink, NullSource
from engine.audio.playout import Playout
from engine.context import INTERRUPTED
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
    Failed,
    LevelMeasured,
    ListeningStarted,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.ports import Message
from engine.units import FRAME_SAMPLES
from tests.fakes.clock import StillClock
from tests.fakes.stage import WATCHDOG_S, HummingSource, QuietDetector, Stage


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
    assert stage.brain.prompts[1][2:] == [
        Message("assistant", first.heard_text),
        Message("user", f"{INTERRUPTED} Stop. How are you?"),
    ]
    assert stage.voice.ended == 2


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


async def test_a_forgotten_turn_is_not_told_to_the_model_until_it_is_recalled(stage: Stage) -> None:
    stage.talk.start()
    for number, question in enumerate(("One?", "Two?"), 1):
        stage.talk.ask(question)
        await stage.until(TurnEnded, number)
    first, second = stage.talk.records
    stage.talk.forget([first.turn_id])
    stage.talk.ask("Three?")
    await stage.until(TurnEnded, 3)
    asked = [message.text for message in stage.brain.prompts[2]]
    assert ("One?" in asked, "Two?" in asked) == (False, True)
    third = stage.talk.records[-1]
    stage.talk.recall([first])
    assert stage.talk.records == (first, second, third)


async def test_forgetting_an_earlier_turn_lets_the_answer_go_on(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("One?")
    first = (await stage.until(TurnEnded)).turn_id
    stage.talk.ask("Two?")
    stage.talk.forget([first])
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED
    assert [turn.question for turn in stage.talk.records] == ["Two?"]


async def test_forgetting_the_turn_in_flight_ends_it(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("One?")
    stage.talk.forget([(await stage.until(TranscriptReady)).turn_id])
    assert stage.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED
    assert stage.talk.records == ()


async def test_closing_in_mid_reply_is_clean(stage: Stage) -> None:
    stage.brain.script = ["word "] * 500
    stage.talk.start()
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    await asyncio.wait_for(stage.talk.close(), WATCHDOG_S)
    assert stage.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED


async def test_a_held_key_becomes_a_question(stage: Stage) -> None:
    stage.talk.start()
    await stage.talk.ears.worker()
    stage.talk.capture = Capture(HummingSource(), QuietDetector())
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
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.DISCARDED
    assert isinstance(stage.all(Failed)[0].error, UtteranceTooShort)
    assert stage.talk.records == ()
    assert not stage.talk.capture.open


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


async def test_a_microphone_pulled_out_in_mid_sentence_loses_nothing_that_was_said(stage: Stage) -> None:
    stage.talk.start()
    await stage.talk.ears.worker()
    source = HummingSource()
    stage.talk.capture = Capture(source, QuietDetector())
    stage.talk.press()
    await stage.until(LevelMeasured, 3)
    source.lost = DeviceLost("The microphone is gone.", "Connect it again.")
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.question) == (Outcome.COMPLETED, stage.ears.heard)
    assert isinstance(stage.all(Failed)[0].error, DeviceLost)


class WatchedSink(NullSink):
    """Remembers on which threads it was opened and closed; opens while ``let`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []
        self.let = threading.Event()
        self.let.set()

    def open(self) -> None:
        assert self.let.wait(WATCHDOG_S)
        self.threads.append(threading.current_thread().name)

    def close(self) -> None:
        self.threads.append(threading.current_thread().name)
        super().close()


async def test_a_speaker_is_never_opened_or_closed_where_the_conversation_runs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.tending.SPEAKER_KEPT_OPEN_S", 0.0)
    monkeypatch.setattr("engine.tending.EVERY_S", 0.0)
    sink = WatchedSink()
    stage.talk.playout = Playout(sink)
    stage.talk.start()
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED
    async with asyncio.timeout(WATCHDOG_S):
        while stage.talk.playout.is_open:  # noqa: ASYNC110 - it closes by the clock and tells nobody
            await asyncio.sleep(0)
    stage.talk.ask("And?")
    await stage.until(SpeechStarted, 2)
    await stage.talk.close()
    assert len(sink.threads) >= 4
    assert threading.current_thread().name not in sink.threads


async def test_a_speaker_pulled_out_in_mid_word_leaves_the_reply_to_be_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> int:
        raise DeviceLost("The speaker is gone.", "Connect one.")

    more = asyncio.Event()
    stage.brain.script = ["Because ", "of ", more, "scattering."]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    monkeypatch.setattr(stage.sink, "position_samples", lost)
    error = (await stage.until(Failed)).error
    assert isinstance(error, DeviceLost)
    more.set()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.reply) == (Outcome.COMPLETED, "Because of scattering.")


async def test_stopping_before_the_speaker_has_opened_has_let_nothing_be_heard(stage: Stage) -> None:
    sink = WatchedSink()
    stage.talk.playout = Playout(sink)
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(TurnEnded)
    sink.let.clear()
    stage.brain.script = ["Words that nobody hears. ", asyncio.Event()]
    stage.talk.ask("And?")
    await stage.until(ReplyDelta, 4)
    stage.talk.stop()
    sink.let.set()
    ended = await stage.until(TurnEnded, 2)
    assert (ended.outcome, ended.heard_text) == (Outcome.INTERRUPTED, "")
    assert ended.reply == "Words that nobody hears. "


async def test_listening_is_not_claimed_before_the_microphone_hears(stage: Stage) -> None:
    source, clock = HummingSource(), StillClock()
    source.opening = True
    stage.talk.capture = Capture(source, QuietDetector(), clock=clock)
    stage.talk.start()
    await stage.talk.ears.worker()
    stage.talk.press()
    async with asyncio.timeout(WATCHDOG_S):
        while source.reads < 3:  # noqa: ASYNC110 - what is read and gives nothing is told to nobody
            await asyncio.sleep(0)
    assert not stage.all(ListeningStarted)
    source.opening = False
    await stage.until(ListeningStarted)
    clock.go(0.5)
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.question) == (Outcome.COMPLETED, stage.ears.heard)
    assert len(stage.all(ListeningStarted)) == 1


async def test_a_key_that_comes_up_before_the_microphone_is_open_says_so(stage: Stage) -> None:
    source, clock = HummingSource(), StillClock()
    source.opening = True
    stage.talk.capture = Capture(source, QuietDetector(), clock=clock)
    stage.talk.start()
    stage.talk.press()
    clock.go(0.6)
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.DISCARDED
    assert "still opening" in str(stage.all(Failed)[0].error)
    assert not stage.all(ListeningStarted)
    assert not stage.all(UtteranceCaptured)
    assert not stage.talk.capture.open


@pytest.mark.parametrize("spoken", [True, False], ids=["after speech", "before speech"])
async def test_a_microphone_pulled_out_right_at_the_release_ends_the_turn(stage: Stage, spoken: bool) -> None:
    source, clock = HummingSource(), StillClock()
    stage.talk.capture = Capture(source, QuietDetector(), clock=clock)
    stage.talk.start()
    await stage.talk.ears.worker()
    stage.talk.press()
    clock.go(0.5)
    if spoken:
        await stage.until(LevelMeasured, 3)
    source.lost = DeviceLost("The microphone is gone.", "Connect it again.")
    stage.talk.release()
    ended = await stage.until(TurnEnded)
    assert ended.outcome is (Outcome.COMPLETED if spoken else Outcome.FAILED)
    assert isinstance(stage.all(Failed)[0].error, DeviceLost)
    assert not stage.talk.capture.open


async def test_a_typed_question_is_told_even_where_it_is_called_off_in_the_same_tick(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    stage.talk.ask("Why not?")
    await stage.until(TurnEnded, 2)
    told = [(event.turn_id, event.text) for event in stage.all(TranscriptReady)]
    assert told == [(1, "Why?"), (2, "Why not?")]
    first = stage.all(TurnEnded)[0]
    assert stage.events.index(stage.all(TranscriptReady)[0]) < stage.events.index(first)
    assert (first.question, first.outcome) == ("Why?", Outcome.INTERRUPTED)


async def test_a_voice_switched_on_while_the_key_is_held_speaks_the_answer(stage: Stage) -> None:
    clock = StillClock()
    stage.talk.capture = Capture(HummingSource(clock=clock), QuietDetector(), clock=clock)
    stage.talk.mute(True)
    stage.talk.start()
    stage.talk.press()
    stage.talk.mute(False)
    await stage.until(ListeningStarted)
    clock.go(0.5)
    stage.talk.release()
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED
    assert stage.all(WordSpoken)


async def test_a_voice_switched_on_in_mid_reply_leaves_that_reply_to_be_read(stage: Stage) -> None:
    more = asyncio.Event()
    stage.brain.script = ["Because ", "of ", more, "scattering."]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    stage.talk.mute(True)
    stage.talk.mute(False)
    more.set()
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.heard_text) == (Outcome.COMPLETED, "Because of scattering.")
    words = len(stage.all(WordSpoken))
    stage.talk.ask("And?")
    await stage.until(TurnEnded, 2)
    assert len(stage.all(WordSpoken)) > words


async def test_nothing_is_tended_once_the_conversation_is_closed(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    await stage.talk.close()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []
