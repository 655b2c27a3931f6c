"""The conversation's events as the room's messages."""

from collections.abc import Iterable
from typing import Final, assert_never

from engine.broadcast import messages as wire
from engine.broadcast.clock import to_us
from engine.events import (
    BackendStateChanged,
    ConversationChanged,
    Event,
    Failed,
    LevelMeasured,
    ListeningStarted,
    Outcome,
    PartialTranscript,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    VoiceMuted,
    WordSpoken,
)
from engine.turn import Turn, TurnState

_OUTCOMES: Final[dict[Outcome, wire.OutcomeName]] = {
    Outcome.COMPLETED: "completed",
    Outcome.DISCARDED: "discarded",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.FAILED: "failed",
}


_STATES: Final[dict[TurnState, wire.StateName]] = {
    TurnState.LISTENING: "listening",
    TurnState.TRANSCRIBING: "transcribing",
    TurnState.THINKING: "thinking",
    TurnState.SPEAKING: "speaking",
    TurnState.ENDED: "idle",
}


def messages_of(event: Event) -> tuple[wire.RoomMessage, ...]:
    """What the room is told of ``event``; nothing of levels, and of words only with their sound.

    How the conversation has changed is not told by its event: see ``RoomServer.replace``.
    """
    turn = int(event.turn_id)
    match event:
        case ListeningStarted():
            return (wire.State(turn, "listening", to_us(event.at_s)),)
        case PartialTranscript():
            return (wire.Partial(turn, event.text),)
        case UtteranceCaptured():
            return (wire.State(turn, "transcribing", to_us(event.at_s)),)
        case TranscriptReady():
            return (
                wire.Transcript(turn, event.text, event.typed),
                wire.State(turn, "thinking", to_us(event.at_s)),
            )
        case ReplyDelta():
            return (wire.Delta(turn, event.text),)
        case ReplyCompleted():
            return (wire.Completed(turn, event.text),)
        case SpeechStarted():
            return (wire.State(turn, "speaking", to_us(event.at_s)),)
        case TurnEnded():
            return _ended(event)
        case Failed():
            return (wire.Failed(turn, str(event.error), str(event.error.remedy)),)
        case BackendStateChanged():
            return (wire.Backend(event.port.value, event.state.value, event.progress),)
        case VoiceMuted():
            return (wire.Muted(event.muted),)
        case LevelMeasured() | WordSpoken() | SpeechFinished() | ConversationChanged():
            return ()
        case _:
            assert_never(event)


def history_of(ended: Iterable[Turn], running: Turn | None, at_us: int) -> list[wire.RoomMessage]:
    """What the room would have been told of these turns, up to now."""
    told: list[wire.RoomMessage] = [
        wire.Ended(
            int(turn.turn_id), _OUTCOMES[turn.outcome or Outcome.COMPLETED], turn.question, turn.reply,
            turn.heard_text,
        )
        for turn in ended
    ]  # fmt: skip
    return told if running is None else [*told, *_running_of(running, at_us)]


def _running_of(turn: Turn, at_us: int) -> tuple[wire.RoomMessage, ...]:
    """What the room would have been told of a turn that is under way; nothing of one that has ended."""
    if not turn.live:
        return ()
    number, told = int(turn.turn_id), list[wire.RoomMessage]()
    if turn.question:
        told.append(wire.Transcript(number, turn.question, False))
    if turn.reply:
        told.append(wire.Delta(number, turn.reply))
    if turn.reply_complete:
        told.append(wire.Completed(number, turn.reply))
    return (*told, wire.State(number, _STATES[turn.state], at_us))


def _ended(event: TurnEnded) -> tuple[wire.RoomMessage, ...]:
    turn = int(event.turn_id)
    ended = wire.Ended(turn, _OUTCOMES[event.outcome], event.question, event.reply, event.heard_text)
    return (ended, wire.State(turn, "idle", to_us(event.at_s)))
