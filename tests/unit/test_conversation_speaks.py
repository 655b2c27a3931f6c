"""A turn's voice: switched off and on, crashed, without a speaker, or with one that goes away."""

import asyncio
import threading

import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.errors import BackendCrashed, DeviceLost, ModelMissing, SpeakerUnavailable
from engine.events import (
    BackendState,
    Failed,
    ListeningStarted,
    Outcome,
    ReplyDelta,
    SpeechStarted,
    TurnEnded,
    WordSpoken,
)
from tests.fakes.clock import StillClock
from tests.fakes.stage import WATCHDOG_S, HummingSource, QuietDetector, Stage, stage

__all__ = ["stage"]


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
