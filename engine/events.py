"""What happens in a conversation, as values: one frozen dataclass an event, one union of them all.

Events describe; they never carry PCM. Each has the ``turn_id`` it belongs to (``NO_TURN`` where it
belongs to none) and ``at_s``, the reading of ``time.monotonic`` at which the thing happened, which
may lie a little before the event is published. They are published on the conversation's loop only.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import AloudError
from engine.pcm import SpokenWord
from engine.units import TurnId

NO_TURN: Final = TurnId(0)


class Port(Enum):
    """The exchangeable parts of the voice loop."""

    TRANSCRIBER = "transcriber"
    LANGUAGE_MODEL = "language model"
    SYNTHESIZER = "synthesizer"
    MICROPHONE = "microphone"
    SPEAKER = "speaker"


class BackendState(Enum):
    """How far a backend is from being usable."""

    OFF = "off"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"


class Outcome(Enum):
    """How a turn ended."""

    COMPLETED = "completed"
    DISCARDED = "discarded"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListeningStarted:
    """The key is down and the microphone's sound belongs to this turn."""

    turn_id: TurnId
    at_s: float


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    """How loud the microphone is, about twenty times a second while listening."""

    turn_id: TurnId
    at_s: float
    level_dbfs: float


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """What has been understood so far while the key is held; each replaces the one before."""

    turn_id: TurnId
    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class UtteranceCaptured:
    """The utterance is whole. ``released_at_s`` is when the key came up: TTFA counts from there."""

    turn_id: TurnId
    at_s: float
    released_at_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class TranscriptReady:
    """The question as text, heard or ``typed``; the turn now waits for the reply."""

    turn_id: TurnId
    at_s: float
    text: str
    typed: bool = False


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """A fragment of the reply as the language model wrote it."""

    turn_id: TurnId
    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class ReplyCompleted:
    """The language model has finished; ``text`` is the whole reply."""

    turn_id: TurnId
    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The first audible sample left the speaker at ``at_s``.

    ``first_frame_at_s`` is when the synthesizer had made the first frame.
    """

    turn_id: TurnId
    at_s: float
    first_frame_at_s: float


@dataclass(frozen=True, slots=True)
class WordSpoken:
    """The sound of ``word`` began to leave the speaker at ``at_s``."""

    turn_id: TurnId
    at_s: float
    word: SpokenWord


@dataclass(frozen=True, slots=True)
class SpeechFinished:
    """The last sample of the reply left the speaker. ``underruns`` counts the gaps heard on the way."""

    turn_id: TurnId
    at_s: float
    underruns: int = 0


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over and this is all that is kept of it.

    ``reply`` is what was written. ``heard_text`` is the part of it whose sound was played (all of
    it for a completed or a muted reply); it is what the model is told and what history shows.
    """

    turn_id: TurnId
    at_s: float
    outcome: Outcome
    question: str
    reply: str
    heard_text: str


@dataclass(frozen=True, slots=True)
class BackendStateChanged:
    """A backend loads, is ready, restarts or has failed.

    ``progress`` is in [0, 1] while it loads, or None where it can't be told. ``detail`` is a short
    sentence for a person, ``remedy`` what they can do about a failure.
    """

    turn_id: TurnId
    at_s: float
    port: Port
    name: str
    state: BackendState
    progress: float | None = None
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong that a person can act on; with a turn's id it ends that turn."""

    turn_id: TurnId
    at_s: float
    error: AloudError


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """The turns so far are others now: some were taken back, or another conversation goes on."""

    turn_id: TurnId
    at_s: float


@dataclass(frozen=True, slots=True)
class VoiceMuted:
    """The voice was switched off or on; a turn that is under way goes on after this."""

    turn_id: TurnId
    at_s: float
    muted: bool


Event = (
    ListeningStarted
    | LevelMeasured
    | PartialTranscript
    | UtteranceCaptured
    | TranscriptReady
    | ReplyDelta
    | ReplyCompleted
    | SpeechStarted
    | WordSpoken
    | SpeechFinished
    | TurnEnded
    | BackendStateChanged
    | Failed
    | ConversationChanged
    | VoiceMuted
)
