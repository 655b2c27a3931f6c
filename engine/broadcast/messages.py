"""The text messages of ``aloud.2``: JSON objects told apart by ``type``, unknown fields refused.

The reference is ``docs/protocol.md``. Times (``_us``) are whole microseconds of the server's
monotonic clock unless the field is named for the client's.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

SUBPROTOCOL: Final = "aloud.2"

MAX_TEXT_BYTES: Final = 2_048
"""Longest question a client may write, in UTF-8."""

Format = Literal["s16le", "f32le", "none"]
RoleName = Literal["listener", "typist", "talker", "owner"]
Mode = Literal["personal", "room"]
StateName = Literal["idle", "listening", "transcribing", "thinking", "speaking"]
OutcomeName = Literal["completed", "discarded", "interrupted", "failed"]
ErrorCode = Literal[
    "malformed",
    "hello_first",
    "hello_twice",
    "forbidden",
    "too_long",
    "rate_limited",
    "talker_busy",
    "talk_too_long",
    "unauthorised",
    "unknown_listener",
    "refused_text",
    "unavailable",
]

Secret = Annotated[str, Meta(max_length=128)]
Name = Annotated[str, Meta(max_length=40)]
ListenerId = Annotated[str, Meta(max_length=32)]
DelayMs = Annotated[int, Meta(ge=-2_000, le=2_000)]
Micros = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Millis = Annotated[float, Meta(ge=-3_600_000.0, le=3_600_000.0)]
Count = Annotated[int, Meta(ge=0, le=2**32 - 1)]


class _Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What all messages share."""


# From a client ------------------------------------------------------------------------------------


class Hello(_Message, frozen=True, tag="hello"):
    """The first message of a client: who it is and what sound it wants."""

    token: Secret = ""
    session: Secret = ""
    format: Format = "s16le"
    delay_ms: DelayMs = 0
    name: Name = ""


class Probe(_Message, frozen=True, tag="probe"):
    """Asks for the server's clock; ``client_us`` comes back unchanged."""

    id: Count
    client_us: Micros


class Ask(_Message, frozen=True, tag="ask"):
    """A written question. It interrupts the running turn."""

    text: Annotated[str, Meta(min_length=1)]


class Press(_Message, frozen=True, tag="press"):
    """Takes the floor to talk; talk packets follow once ``talker`` names this client."""


class Release(_Message, frozen=True, tag="release"):
    """The talk is over and is to be answered."""


class Stop(_Message, frozen=True, tag="stop"):
    """Ends the running turn."""


class Mute(_Message, frozen=True, tag="mute"):
    """Switches the conversation's voice off or on for everybody."""

    muted: bool


class SetFormat(_Message, frozen=True, tag="format"):
    """Changes the sound this client is sent, from the next packet on."""

    format: Format


class Report(_Message, frozen=True, tag="report"):
    """How well this client plays; shown to owners."""

    delay_ms: DelayMs
    round_trip_ms: Millis
    buffer_ms: Millis
    sync_error_ms: Millis
    late_packets: Count


class Invite(_Message, frozen=True, tag="invite"):
    """Asks for a join token."""

    role: RoleName


class Promote(_Message, frozen=True, tag="promote"):
    """Gives another client another role."""

    listener: ListenerId
    role: RoleName


class Remove(_Message, frozen=True, tag="remove"):
    """Takes another client's session away and closes it at once."""

    listener: ListenerId


ClientMessage = (
    Hello | Probe | Ask | Press | Release | Stop | Mute | SetFormat | Report | Invite | Promote | Remove
)

# From the server ----------------------------------------------------------------------------------


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """A spoken word: the characters ``start`` to ``end`` of the reply, heard from ``at_us`` on."""

    text: str
    start: int
    end: int
    at_us: int


class TurnSnapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """One turn as far as it has come; ``outcome`` is null while it runs."""

    turn: int
    question: str = ""
    typed: bool = False
    reply: str = ""
    complete: bool = False
    heard: str = ""
    outcome: OutcomeName | None = None
    words: tuple[Word, ...] = ()


class BackendSnapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """How far an exchangeable part of the voice loop is from being usable."""

    port: str
    state: str
    progress: float | None = None


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """The conversation so far; ``earlier_turns`` counts those left out in front of ``turns``."""

    room: str
    state: StateName
    turn: int
    partial: str
    muted: bool
    talker: str
    talker_name: str
    earlier_turns: int
    turns: tuple[TurnSnapshot, ...]
    backends: tuple[BackendSnapshot, ...]


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What the server will take from this client."""

    text_bytes: int
    texts_per_minute: int
    talk_s: int


class Welcome(_Message, frozen=True, tag="welcome"):
    """Answers ``hello``: the client is in, and this is the conversation so far."""

    listener: str
    role: RoleName
    session: str
    name: str
    format: Format
    rate_hz: int
    lead_ms: int
    mode: Mode
    server_us: int
    limits: Limits
    snapshot: Snapshot


class ProbeReply(_Message, frozen=True, tag="probe"):
    """Answers ``probe`` with when it came and when this left."""

    id: int
    client_us: int
    received_us: int
    sent_us: int


class State(_Message, frozen=True, tag="state"):
    """The running turn's state, or ``idle`` after its end."""

    turn: int
    state: StateName
    at_us: int


class Partial(_Message, frozen=True, tag="partial"):
    """What has been understood so far; replaces the one before."""

    turn: int
    text: str


class Transcript(_Message, frozen=True, tag="transcript"):
    """The question."""

    turn: int
    text: str
    typed: bool


class Delta(_Message, frozen=True, tag="delta"):
    """A fragment to add to the reply."""

    turn: int
    text: str


class Completed(_Message, frozen=True, tag="completed"):
    """The whole reply; no delta follows."""

    turn: int
    text: str


class Words(_Message, frozen=True, tag="words"):
    """Words whose sound is about to be sent, in order."""

    turn: int
    words: tuple[Word, ...]


class Cut(_Message, frozen=True, tag="cut"):
    """Silence now: no sound of this turn or an earlier one is to be played any more."""

    turn: int
    at_us: int


class Ended(_Message, frozen=True, tag="ended"):
    """A turn is over and this is what is kept of it."""

    turn: int
    outcome: OutcomeName
    question: str
    reply: str
    heard: str


class Failed(_Message, frozen=True, tag="failed"):
    """Something went wrong at the host that a person can act on (turn 0: not in a turn)."""

    turn: int
    message: str
    remedy: str


class Talker(_Message, frozen=True, tag="talker"):
    """Who has the floor: a client's id, or "" for nobody in the room."""

    listener: str
    name: str


class Muted(_Message, frozen=True, tag="muted"):
    """Whether the conversation's voice is switched off for everybody."""

    muted: bool


class Backend(_Message, frozen=True, tag="backend"):
    """A part of the voice loop loads, is ready, restarts or has failed."""

    port: str
    state: str
    progress: float | None = None


class Listener(Struct, frozen=True, forbid_unknown_fields=True):
    """A client as an owner sees it."""

    listener: str
    name: str
    role: RoleName
    address: str
    format: Format
    connected_s: int
    dropped_packets: int
    late_packets: int
    delay_ms: int
    round_trip_ms: float
    buffer_ms: float
    sync_error_ms: float


class Listeners(_Message, frozen=True, tag="listeners"):
    """Who is connected; only owners are sent this."""

    listeners: tuple[Listener, ...]


class RoleChanged(_Message, frozen=True, tag="role"):
    """This client's role is another now."""

    role: RoleName


class Invited(_Message, frozen=True, tag="invited"):
    """A join token, good for one client and ``expires_s`` seconds."""

    token: str
    role: RoleName
    expires_s: int


class Resync(_Message, frozen=True, tag="snapshot"):
    """Replaces all that this client knows of the conversation."""

    snapshot: Snapshot


class Error(_Message, frozen=True, tag="error"):
    """Something this client sent was not done."""

    code: ErrorCode
    message: str
    retry_after_s: float = 0.0


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

PrivateMessage = Welcome | ProbeReply | Listeners | RoleChanged | Invited | Error
"""What one client is sent."""

ServerMessage = RoomMessage | PrivateMessage

client_decoder: Final[Decoder[ClientMessage]] = Decoder(ClientMessage)
server_decoder: Final[Decoder[ServerMessage]] = Decoder(ServerMessage)
_encoder: Final = Encoder()


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """The message as UTF-8 JSON, every field present."""
    return _encoder.encode(message)


def decode_client(text: str | bytes) -> ClientMessage:
    """A client's message. Raises ``msgspec.MsgspecError`` or ``UnicodeError`` for anything else."""
    return client_decoder.decode(text)


def decode_server(text: str | bytes) -> ServerMessage:
    """A server's message. Raises ``msgspec.MsgspecError`` or ``UnicodeError`` for anything else."""
    return server_decoder.decode(text)
