"""What a view knows of one turn, gathered from its events. Pure: no Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.events import (
    Event,
    Failed,
    Outcome,
    PartialTranscript,
    ReplyCompleted,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.turn import TurnState
from engine.units import TurnId


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """One question and its answer, as far as the screen has been told."""

    turn_id: TurnId
    state: TurnState = TurnState.LISTENING
    question: str = ""
    partial: str = ""
    typed: bool = False
    reply: str = ""
    outcome: Outcome | None = None
    heard_text: str = ""
    spoken_end: int = 0
    error: str = ""
    remedy: str = ""
    asked_at_s: float = 0.0
    """When the question was asked, in seconds since 1970; 0 while that isn't known."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long its steps took, by the names of ``engine.metrics.TurnTimings``; empty where not kept."""

    @property
    def heard_end(self) -> int:
        """How many characters of the reply were heard."""
        heard = self.heard_text.rstrip()
        if self.reply.startswith(heard):
            return len(heard)
        return min(self.spoken_end, len(self.reply))

    @property
    def cut(self) -> bool:
        """Whether part of the written reply was never heard."""
        return self.outcome is Outcome.INTERRUPTED and bool(self.reply[self.heard_end :].strip())


def tell(turn: ShownTurn, event: Event) -> ShownTurn:
    """The turn after ``event``, which belongs to it; what changes nothing for a view is ignored."""
    match event:
        case PartialTranscript():
            return replace(turn, partial=event.text)
        case UtteranceCaptured():
            return replace(turn, state=TurnState.TRANSCRIBING)
        case TranscriptReady():
            return replace(turn, state=TurnState.THINKING, question=event.text, typed=event.typed)
        case ReplyDelta():
            return replace(turn, reply=turn.reply + event.text)
        case ReplyCompleted():
            return replace(turn, reply=event.text)
        case SpeechStarted():
            return replace(turn, state=TurnState.SPEAKING)
        case WordSpoken():
            return replace(turn, spoken_end=max(turn.spoken_end, event.word.source_end))
        case Failed():
            return replace(turn, error=event.error.message, remedy=event.error.remedy)
        case TurnEnded():
            return replace(
                turn,
                state=TurnState.ENDED,
                outcome=event.outcome,
                question=event.question or turn.question,
                reply=event.reply,
                heard_text=event.heard_text,
            )
        case _:
            return turn
