"""The turn machine: its table, and that any sequence of events ends a turn exactly once."""

from hypothesis import given
from hypothesis import strategies as st
from pytest import mark, raises

from engine.bus import Bus
from engine.errors import BrainUnreachable
from engine.events import (
    Event,
    Failed,
    Outcome,
    PartialTranscript,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.pcm import SpokenWord
from engine.turn import (
    Discarded,
    IllegalTransition,
    Interrupted,
    Muted,
    Turn,
    TurnInput,
    TurnState,
    Unmuted,
    advance,
    spoken_turn,
    typed_turn,
)
from engine.turns import Turns
from engine.units import TurnId

ONE = TurnId(1)
CAPTURED = UtteranceCaptured(ONE, 1.0, 1.0, 2.0)
TRANSCRIPT = TranscriptReady(ONE, 1.0, "why?")
DELTA = ReplyDelta(ONE, 1.0, "Because. ")
COMPLETE = ReplyCompleted(ONE, 1.0, "Because. ")
STARTED = SpeechStarted(ONE, 1.0, 1.0)
WORD = WordSpoken(ONE, 1.0, SpokenWord("Because.", 0, 0, 8))
FINISHED = SpeechFinished(ONE, 1.0)
FAILED = Failed(ONE, 1.0, BrainUnreachable("No network."))
INPUTS: list[TurnInput] = [
    PartialTranscript(ONE, 1.0, "wh"), CAPTURED, TRANSCRIPT, DELTA, COMPLETE, STARTED, WORD, FINISHED,
    Interrupted("Because."), Discarded(), Muted(), Unmuted(), FAILED,
]  # fmt: skip


def run(turn: Turn, *inputs: TurnInput) -> Turn:
    for step in inputs:
        turn = advance(turn, step)
    return turn


def test_a_spoken_turn_runs_to_its_end() -> None:
    turn = run(spoken_turn(ONE), CAPTURED, TRANSCRIPT, DELTA, STARTED, WORD, COMPLETE, FINISHED)
    assert (turn.outcome, turn.question, turn.heard_text) == (Outcome.COMPLETED, "why?", "Because. ")


def test_a_typed_turn_begins_thinking() -> None:
    assert typed_turn(ONE, "why?").state is TurnState.THINKING


def test_a_muted_reply_ends_when_it_is_written() -> None:
    turn = run(typed_turn(ONE, "why?", muted=True), DELTA, COMPLETE)
    assert turn.outcome is Outcome.COMPLETED


def test_muting_while_it_speaks_lets_the_text_go_on() -> None:
    turn = run(typed_turn(ONE, "why?"), DELTA, STARTED, Muted())
    assert turn.state is TurnState.THINKING
    assert run(turn, DELTA, COMPLETE).outcome is Outcome.COMPLETED


def test_a_voice_switched_on_before_the_question_is_whole_speaks() -> None:
    turn = run(
        spoken_turn(ONE, muted=True), Unmuted(), CAPTURED, Muted(), Unmuted(), TRANSCRIPT, DELTA, STARTED
    )
    assert turn.state is TurnState.SPEAKING
    with raises(IllegalTransition):
        advance(typed_turn(ONE, "why?", muted=True), Unmuted())


def test_a_reply_with_nothing_to_say_ends_without_having_spoken() -> None:
    assert run(typed_turn(ONE, "code?"), DELTA, COMPLETE, FINISHED).outcome is Outcome.COMPLETED


def test_an_interrupted_turn_keeps_what_was_heard_and_what_was_written() -> None:
    turn = run(typed_turn(ONE, "why?"), DELTA, DELTA, STARTED, Interrupted("Because."))
    assert (turn.outcome, turn.heard_text, turn.reply) == (Outcome.INTERRUPTED, "Because.", "Because. " * 2)


def test_a_failed_turn_keeps_what_was_received() -> None:
    turn = run(typed_turn(ONE, "why?"), DELTA, FAILED)
    assert (turn.outcome, turn.heard_text, turn.error) == (Outcome.FAILED, "Because. ", FAILED.error)


@mark.parametrize(
    ("turn", "event"),
    [
        (spoken_turn(ONE), TRANSCRIPT),
        (spoken_turn(ONE), DELTA),
        (typed_turn(ONE, "why?"), CAPTURED),
        (typed_turn(ONE, "why?"), WORD),
        (typed_turn(ONE, "why?"), FINISHED),
        (run(typed_turn(ONE, "why?"), COMPLETE), DELTA),
        (run(typed_turn(ONE, "why?"), DELTA), Discarded()),
        (run(typed_turn(ONE, "why?"), STARTED), STARTED),
        (run(typed_turn(ONE, "why?"), Interrupted("")), DELTA),
    ],
)
def test_what_the_table_does_not_list_raises(turn: Turn, event: TurnInput) -> None:
    with raises(IllegalTransition):
        advance(turn, event)


@given(st.booleans(), st.booleans(), st.lists(st.sampled_from(INPUTS), max_size=40))
def test_random_events_end_a_turn_exactly_once(typed: bool, muted: bool, steps: list[TurnInput]) -> None:
    bus, ends = Bus(), list[Event]()
    bus.subscribe(lambda event: ends.append(event) if isinstance(event, TurnEnded) else None)
    turns = Turns(bus, lambda: 0.0)
    turns.current = typed_turn(ONE, "why?", muted=muted) if typed else spoken_turn(ONE, muted=muted)
    for step in [*steps, Interrupted("")]:
        try:
            turns.step(ONE, step)
        except IllegalTransition:
            assert turns.is_live(ONE)
    assert len(ends) == 1
    assert turns.current.outcome is not None
