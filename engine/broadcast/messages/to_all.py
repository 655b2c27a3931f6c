"""What every client of the room is sent alike."""

from engine.broadcast.messages.common import Message, OutcomeName, StateName
from engine.broadcast.messages.snapshot import Snapshot, Word


class State(Message, frozen=True, tag="state"):
    """The running turn's state, or ``idle`` after its end."""

    turn: int
    state: StateName
    at_us: int


class Partial(Message, frozen=True, tag="partial"):
    """What has been understood so far; replaces the one before."""

    turn: int
    text: str


class Transcript(Message, frozen=True, tag="transcript"):
    """The question."""

    turn: int
    text: str
    typed: bool


class Delta(Message, frozen=True, tag="delta"):
    """A fragment to add to the reply."""

    turn: int
    text: str


class Completed(Message, frozen=True, tag="completed"):
    """The whole reply; no delta follows."""

    turn: int
    text: str


class Words(Message, frozen=True, tag="words"):
    """Words whose sound is about to be sent, in order."""

    turn: int
    words: tuple[Word, ...]


class Cut(Message, frozen=True, tag="cut"):
    """Silence now: no sound of this turn or an earlier one is to be played any more."""

    turn: int
    at_us: int


class Ended(Message, frozen=True, tag="ended"):
    """A turn is over and this is what is kept of it."""

    turn: int
    outcome: OutcomeName
    question: str
    reply: str
    heard: str


class Failed(Message, frozen=True, tag="failed"):
    """Something went wrong at the host that a person can act on (turn 0: not in a turn)."""

    turn: int
    message: str
    remedy: str


class Talker(Message, frozen=True, tag="talker"):
    """Who has the floor: a client's id, or "" for nobody in the room."""

    listener: str
    name: str


class Muted(Message, frozen=True, tag="muted"):
    """Whether the conversation's voice is switched off for everybody."""

    muted: bool


class Backend(Message, frozen=True, tag="backend"):
    """A part of the voice loop loads, is ready, restarts or has failed."""

    port: str
    state: str
    progress: float | None = None


class Resync(Message, frozen=True, tag="snapshot"):
    """Replaces all that this client knows of the conversation."""

    snapshot: Snapshot


RoomMessage = (
    State
    | Partial
    | Transcript
    | Delta
    | Completed
    | Words
    | Cut
    | Ended
    | Failed
    | Talker
    | Muted
    | Backend
    | Resync
)
"""What every client of the room is sent alike."""
