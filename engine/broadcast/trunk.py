"""What the host and its edges tell each other over the bus; ``docs/protocol.md``, "Between machines"."""

import re
import struct
from typing import Final, Literal

import msgspec
from msgspec import Struct

from engine.broadcast.link import Manner
from engine.broadcast.messages import ClientMessage, Hello, Listener, PrivateMessage, Snapshot
from engine.broadcast.tokens import Admission
from engine.errors import AloudError

OUT_BEAT: Final = 0
OUT_SOUND: Final = 1
OUT_TEXT: Final = 2
_TEXT_HEADER: Final = struct.Struct("<BQ")

BEAT_S: Final = 1.0
HOST_AWAY_S: Final = 5.0
EDGE_AWAY_S: Final = 15.0


class _Up(Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    edge: str


class AskSnapshot(_Up, frozen=True):
    """The edge wants to know the conversation so far."""


class AskClock(_Up, frozen=True):
    """The edge wants to know the server clock."""

    edge_us: int


class Knock(_Up, frozen=True):
    """A client wants to come in."""

    request: int
    hello: Hello


class Leave(_Up, frozen=True):
    """A client is gone."""

    listener: str


class Wish(_Up, frozen=True):
    """A client asks for something; answered by ``Heard``."""

    request: int
    listener: str
    message: ClientMessage


class Voice(_Up, frozen=True):
    """A client talks: s16le at 16 kHz."""

    listener: str
    samples: bytes


class Roster(_Up, frozen=True):
    """Who has come or changed, and who has gone, of the edge's clients."""

    changed: tuple[Listener, ...]
    gone: tuple[str, ...]


class Here(_Up, frozen=True):
    """The edge lives, and these of its clients were let in by ``host``; a few of them in full, in turn."""

    host: str
    listeners: tuple[str, ...]
    entries: tuple[Listener, ...]


UpMessage = AskSnapshot | AskClock | Knock | Leave | Wish | Voice | Roster | Here


class Snapshotted(Struct, frozen=True, tag=True):
    """Answers ``AskSnapshot``: the conversation after ``count`` messages."""

    host: str
    count: int
    snapshot: Snapshot
    manner: Manner


class ClockTold(Struct, frozen=True, tag=True):
    """Answers ``AskClock``."""

    edge_us: int
    host_us: int


class Answered(Struct, frozen=True, tag=True):
    """Answers ``Knock``."""

    request: int
    admission: Admission | None


class Heard(Struct, frozen=True, tag=True):
    """Answers ``Wish``: the host has it, and knows the client."""

    request: int
    known: bool


class Tell(Struct, frozen=True, tag=True):
    """A message for one client."""

    listener: str
    message: PrivateMessage


class Dismiss(Struct, frozen=True, tag=True):
    """One client is to be closed."""

    listener: str
    code: int
    reason: str


DownMessage = Snapshotted | ClockTold | Answered | Heard | Tell | Dismiss


class Beat(Struct, frozen=True):
    """The host lives (its id is another after each start), and so many messages it has sent."""

    host: str
    count: int


_encoder: Final = msgspec.msgpack.Encoder()
_up: Final[msgspec.msgpack.Decoder[UpMessage]] = msgspec.msgpack.Decoder(UpMessage)
_down: Final[msgspec.msgpack.Decoder[DownMessage]] = msgspec.msgpack.Decoder(DownMessage)
_beat: Final = msgspec.msgpack.Decoder(Beat)


def subject(room: str, *parts: str) -> str:
    """A subject of the room's. Raises ``AloudError`` for a name that can't be part of one."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", room):
        raise AloudError(
            "A room can't be called {room!r} on the bus.", "Use small letters, digits and hyphens.", room=room
        )
    return ".".join(("aloud", room, *parts))


def encode(message: UpMessage | DownMessage) -> bytes:
    """A message for ``up`` or ``down``."""
    return _encoder.encode(message)


def decode_up(data: bytes) -> UpMessage:
    """An edge's message. Raises ``msgspec.MsgspecError``."""
    return _up.decode(data)


def decode_down(data: bytes) -> DownMessage:
    """A message to an edge. Raises ``msgspec.MsgspecError``."""
    return _down.decode(data)


def encode_text(count: int, text: bytes) -> bytes:
    """One of the room's messages for ``out``."""
    return _TEXT_HEADER.pack(OUT_TEXT, count) + text


def decode_text(data: bytes) -> tuple[int, bytes]:
    """The count and the message. Raises ``struct.error`` for too few bytes."""
    return int(_TEXT_HEADER.unpack_from(data)[1]), data[_TEXT_HEADER.size :]


def encode_beat(beat: Beat) -> bytes:
    """A beat for ``out``."""
    return bytes([OUT_BEAT]) + _encoder.encode(beat)


def decode_beat(data: bytes) -> Beat:
    """A beat. Raises ``msgspec.MsgspecError``."""
    return _beat.decode(data[1:])


Kind = Literal["beat", "sound", "text"]
_KINDS: Final[dict[int, Kind]] = {OUT_BEAT: "beat", OUT_SOUND: "sound", OUT_TEXT: "text"}


def kind_of(data: bytes) -> Kind | None:
    """What a message on ``out`` is."""
    return _KINDS.get(data[0]) if data else None
