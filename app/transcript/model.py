"""What a view knows of one turn, gathered from its events. Pure: no Qt."""

from dataclasses import dataclass, replace

from engine.events import (
    Event,
    Failed,
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
    WordSpoken,
)
from engine.turn import TurnState
from engine.units import TurnId


@dataclass(frozen=True, slots=True)
class Timings:
    """When each step of a turn came, as readings of ``time.monotonic``; None for what has not come."""

    asked_at_s: float | None = None
    """When the key came up, or when a typed question was sent."""
    transcript_at_s: float | None = None
    first_token_at_s: float | None = None
    first_frame_at_s: float | None = None
    first_sample_at_s: float | None = None
    ended_at_s: float | None = None


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
    timings: Timings = Timings()

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
    times = turn.timings
    match event:
        case ListeningStarted():
            return turn
        case PartialTranscript():
            return replace(turn, partial=event.text)
        case UtteranceCaptured():
            asked = replace(times, asked_at_s=event.released_at_s)
            return replace(turn, state=TurnState.TRANSCRIBING, timings=asked)
        case TranscriptReady():
            asked_at_s = event.at_s if event.typed or times.asked_at_s is None else times.asked_at_s
            times = replace(times, asked_at_s=asked_at_s, transcript_at_s=event.at_s)
            return replace(
                turn, state=TurnState.THINKING, question=event.text, typed=event.typed, timings=times
            )
        case ReplyDelta():
            if times.first_token_at_s is None:
                times = replace(times, first_token_at_s=event.at_s)
            return replace(turn, reply=turn.reply + event.text, timings=times)
        case ReplyCompleted():
            return replace(turn, reply=event.text)
        case SpeechStarted():
            times = replace(times, first_frame_at_s=event.first_frame_at_s, first_sample_at_s=event.at_s)
            return replace(turn, state=TurnState.SPEAKING, timings=times)
        case WordSpoken():
            return replace(turn, spoken_end=max(turn.spoken_end, event.word.source_end))
        case SpeechFinished():
            return turn
        case Failed():
            return replace(turn, error=str(event.error), remedy=event.error.remedy)
        case TurnEnded():
            return replace(
                turn,
                state=TurnState.ENDED,
                outcome=event.outcome,
                question=event.question or turn.question,
                reply=event.reply,
                heard_text=event.heard_text,
                timings=replace(times, ended_at_s=event.at_s),
            )
        case _:
            return turn
