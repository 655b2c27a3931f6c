"""Timings of turns, from the events alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus import Bus
from engine.events import (
    ListeningStarted,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.metrics import Metrics, Stage, percentile, spread
from engine.units import TurnId

ONE = TurnId(1)


def told(*events: object) -> Metrics:
    bus, metrics = Bus(), Metrics()
    bus.subscribe(metrics)
    for event in events:
        bus.publish(event)  # type: ignore[arg-type]
    return metrics


def spoken_turn(turn_id: TurnId = ONE) -> list[object]:
    return [
        ListeningStarted(turn_id, 10.0),
        UtteranceCaptured(turn_id, 12.1, released_at_s=12.0, duration_s=2.0),
        TranscriptReady(turn_id, 12.25, "Why?"),
        ReplyDelta(turn_id, 12.5, "Be"),
        ReplyDelta(turn_id, 12.6, "cause."),
        SpeechStarted(turn_id, 12.75, first_frame_at_s=12.625),
        ReplyCompleted(turn_id, 13.0, "Because."),
        SpeechFinished(turn_id, 14.0, underruns=1),
        TurnEnded(turn_id, 14.0, Outcome.COMPLETED, "Why?", "Because.", "Because."),
    ]


def test_a_spoken_turn_is_timed_from_the_release_of_the_key() -> None:
    timings = told(*spoken_turn()).of(ONE)
    assert timings is not None
    assert timings.seconds() == {
        "ttfa_s": 0.75,
        "transcription_s": 0.25,
        "ttft_s": 0.25,
        "first_frame_s": 0.125,
        "playout_s": 0.125,
        "writing_s": 0.5,
        "speaking_s": 1.25,
        "utterance_s": 2.0,
        "underruns": 1.0,
    }
    assert timings.waterfall() == (
        Stage("transcript", 0.0, 0.25),
        Stage("first token", 0.25, 0.5),
        Stage("first frame", 0.5, 0.625),
        Stage("first sample", 0.625, 0.75),
    )


def test_a_typed_turn_is_timed_from_its_question() -> None:
    timings = told(
        TranscriptReady(ONE, 5.0, "Why?", typed=True),
        ReplyDelta(ONE, 5.5, "B"),
        SpeechStarted(ONE, 6.0, first_frame_at_s=5.75),
        TurnEnded(ONE, 6.5, Outcome.INTERRUPTED, "Why?", "B", ""),
    ).of(ONE)
    assert timings is not None
    assert timings.typed
    assert timings.ttfa_s == 1.0
    assert timings.transcription_s is None
    assert timings.speaking_s == 0.5
    assert [stage.name for stage in timings.waterfall()] == ["first token", "first frame", "first sample"]


def test_what_has_not_happened_is_not_known() -> None:
    metrics = told(ListeningStarted(ONE, 10.0))
    timings = metrics.of(ONE)
    assert timings is not None
    assert timings.seconds() == {}
    assert timings.waterfall() == ()
    assert metrics.of(TurnId(2)) is None
    assert metrics.seconds_of(TurnId(2)) == {}


def test_only_the_last_turns_are_kept() -> None:
    metrics = Metrics(turns_kept=2)
    for number in (1, 2, 3):
        for event in spoken_turn(TurnId(number)):
            metrics(event)  # type: ignore[arg-type]
    assert [timings.turn_id for timings in metrics.recent] == [2, 3]


@given(st.lists(st.floats(0, 1e3), min_size=1))
def test_a_percentile_is_a_value_that_enough_are_not_above(values: list[float]) -> None:
    ascending = sorted(values)
    for percent in (50, 95, 99.9, 100):
        found = percentile(ascending, percent)
        not_above = sum(value <= found for value in values)
        assert found in values
        assert not_above >= percent / 100 * len(values)


def test_a_spread_leaves_out_what_is_not_known() -> None:
    found = spread([None, *(number / 100 for number in range(1, 101)), None])
    assert found is not None
    assert (found.count, found.p50_s, found.p95_s, found.longest_s) == (100, 0.5, 0.95, 1.0)
    assert spread([None]) is None
    assert spread([]) is None


def test_a_percentile_of_one_is_that_one() -> None:
    assert percentile([3.0], 95) == pytest.approx(3.0)
