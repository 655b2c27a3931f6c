"""The turns before the present one may be changed, and the bus is told so."""

from engine.bus import Bus
from engine.events import NO_TURN, ConversationChanged, Event, Outcome, ReplyCompleted
from engine.turn import Turn, TurnState, typed_turn
from engine.turns import Turns
from engine.units import TurnId


def three_turns(bus: Bus) -> Turns:
    turns = Turns(bus, lambda: 7.0)
    for question in ("First?", "Second?", "Third?"):
        turn_id = turns.next_id()
        turns.current = typed_turn(turn_id, question, muted=True)
        turns.publish(turn_id, ReplyCompleted(turn_id, 7.0, "Yes."))
    return turns


def test_what_is_forgotten_and_recalled_is_told_once_it_has_happened() -> None:
    bus, seen = Bus(), list[tuple[Event, int]]()
    turns = three_turns(bus)
    bus.subscribe(lambda event: seen.append((event, len(turns.ended))))
    gone = turns.ended[1:]
    turns.forget([turn.turn_id for turn in gone])
    assert [turn.question for turn in turns.ended] == ["First?"]
    turns.recall(gone)
    assert [turn.question for turn in turns.ended] == ["First?", "Second?", "Third?"]
    assert seen == [(ConversationChanged(NO_TURN, 7.0), 1), (ConversationChanged(NO_TURN, 7.0), 3)]


def test_going_on_with_another_conversation_is_told_too() -> None:
    bus, seen = Bus(), list[tuple[Event, int]]()
    turns = three_turns(bus)
    bus.subscribe(lambda event: seen.append((event, len(turns.ended))))
    held = Turn(TurnId(1), TurnState.ENDED, question="Long ago?", outcome=Outcome.COMPLETED)
    turns.resume([held, held])
    assert [int(turn.turn_id) for turn in turns.ended] == [4, 5]
    assert seen == [(ConversationChanged(NO_TURN, 7.0), 2)]
