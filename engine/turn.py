"""The turn as a pure machine: ``advance(turn, event)`` gives the next turn, and nothing else happens.

What the table does not list raises ``IllegalTransition``: an event that comes at the wrong time is
a fault of the caller, never something to be ignored here.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from engine.errors import AloudError
from engine.events import (
    Failed,
    Outcome,
    PartialTranscript,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    UtteranceCaptured,
    WordSpoken,
)
from engine.units import TurnId


class TurnState(Enum):
    """Where a turn is between the key going down and its end."""

    LISTENING = "listening"
    TRANSCRIBING = "transcribing"
    THINKING = "thinking"
    SPEAKING = "speaking"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A barge-in or a stop. ``heard_text`` is the part of the reply whose sound was played."""

    heard_text: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """There is no question in what was captured: too short, silent, or empty."""


@dataclass(frozen=True, slots=True)
class Muted:
    """The voice was switched off; the reply goes on as text."""


@dataclass(frozen=True, slots=True)
class Unmuted:
    """The voice was switched on before there was anything to say."""


TurnInput = (
    PartialTranscript
    | UtteranceCaptured
    | TranscriptReady
    | ReplyDelta
    | ReplyCompleted
    | SpeechStarted
    | WordSpoken
    | SpeechFinished
    | Interrupted
    | Discarded
    | Muted
    | Unmuted
    | Failed
)


class IllegalTransition(Exception):
    """An event came that the turn's state does not allow."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its reply, as far as they have come."""

    turn_id: TurnId
    state: TurnState
    muted: bool = False
    question: str = ""
    reply: str = ""
    reply_complete: bool = False
    heard_text: str = ""
    outcome: Outcome | None = None
    error: AloudError | None = None

    @property
    def asking(self) -> bool:
        """Whether the question is still being spoken or understood."""
        return self.state in (TurnState.LISTENING, TurnState.TRANSCRIBING)

    @property
    def live(self) -> bool:
        """Whether the turn has not ended."""
        return self.state is not TurnState.ENDED

    def _end(self, outcome: Outcome, heard_text: str) -> "Turn":
        return replace(self, state=TurnState.ENDED, outcome=outcome, heard_text=heard_text)


def spoken_turn(turn_id: TurnId, *, muted: bool = False) -> Turn:
    """A turn that begins with the key going down."""
    return Turn(turn_id, TurnState.LISTENING, muted=muted)


def typed_turn(turn_id: TurnId, question: str, *, muted: bool = False) -> Turn:
    """A turn that begins with a written question."""
    return Turn(turn_id, TurnState.THINKING, question=question, muted=muted)


def advance(turn: Turn, event: TurnInput) -> Turn:
    """The turn after ``event``. Raises ``IllegalTransition`` for what the table does not list."""
    if not turn.live:
        raise IllegalTransition(f"{type(event).__name__} after the end of turn {turn.turn_id}")
    match event:
        case Interrupted(heard_text):
            return turn._end(Outcome.INTERRUPTED, heard_text)
        case Failed():
            return replace(turn, error=event.error)._end(Outcome.FAILED, turn.reply)
        case Discarded():
            _require(turn, event, TurnState.LISTENING, TurnState.TRANSCRIBING)
            return turn._end(Outcome.DISCARDED, "")
        case PartialTranscript():
            _require(turn, event, TurnState.LISTENING, TurnState.TRANSCRIBING)
            return turn
        case UtteranceCaptured():
            _require(turn, event, TurnState.LISTENING)
            return replace(turn, state=TurnState.TRANSCRIBING)
        case TranscriptReady():
            _require(turn, event, TurnState.TRANSCRIBING)
            return replace(turn, state=TurnState.THINKING, question=event.text)
        case Unmuted():
            _require(turn, event, TurnState.LISTENING, TurnState.TRANSCRIBING)
            return replace(turn, muted=False)
        case ReplyDelta() | ReplyCompleted():
            return _written(turn, event)
        case SpeechStarted() | WordSpoken() | SpeechFinished() | Muted():
            return _voiced(turn, event)
        case _:
            assert_never(event)


def _written(turn: Turn, event: ReplyDelta | ReplyCompleted) -> Turn:
    _require(turn, event, TurnState.THINKING, TurnState.SPEAKING)
    if turn.reply_complete:
        raise IllegalTransition(f"{type(event).__name__} after the reply was complete")
    if isinstance(event, ReplyDelta):
        return replace(turn, reply=turn.reply + event.text)
    turn = replace(turn, reply=event.text, reply_complete=True)
    return turn._end(Outcome.COMPLETED, turn.reply) if turn.muted else turn


def _voiced(turn: Turn, event: SpeechStarted | WordSpoken | SpeechFinished | Muted) -> Turn:
    if isinstance(event, Muted):
        muted = replace(turn, muted=True)
        if turn.state is not TurnState.SPEAKING and not turn.reply_complete:
            return muted
        if turn.reply_complete:
            return muted._end(Outcome.COMPLETED, turn.reply)
        return replace(muted, state=TurnState.THINKING)
    if turn.muted:
        raise IllegalTransition(f"{type(event).__name__} in a muted turn")
    if isinstance(event, SpeechStarted):
        _require(turn, event, TurnState.THINKING)
        return replace(turn, state=TurnState.SPEAKING)
    if isinstance(event, WordSpoken):
        _require(turn, event, TurnState.SPEAKING)
        return turn
    # A reply with nothing to say aloud (only code, say) finishes without ever having started.
    _require(turn, event, TurnState.THINKING, TurnState.SPEAKING)
    if not turn.reply_complete:
        raise IllegalTransition("SpeechFinished before the reply was complete")
    return turn._end(Outcome.COMPLETED, turn.reply)


def _require(turn: Turn, event: TurnInput, *states: TurnState) -> None:
    if turn.state not in states:
        raise IllegalTransition(f"{type(event).__name__} while {turn.state.value} in turn {turn.turn_id}")
