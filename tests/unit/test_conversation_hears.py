"""A turn that is spoken: the key, the microphone, and what goes wrong with it."""

import asyncio

import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSource
from engine.errors import DeviceLost, MicrophoneUnavailable, UtteranceSilent, UtteranceTooShort
from engine.events import (
    Failed,
    LevelMeasured,
    ListeningStarted,
    Outcome,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.ports import Message
from tests.fakes.clock import StillClock
from tests.fakes.stage import WATCHDOG_S, HummingSource, QuietDetector, Stage, stage

__all__ = ["stage"]


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
