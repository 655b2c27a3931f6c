"""The text messages of ``aloud.2``: JSON objects told apart by ``type``, unknown fields refused.

The reference is ``docs/protocol.md``. Times (``_us``) are whole microseconds of the server's
monotonic clock unless the field is named for the client's.
"""

from typing import Final

from msgspec.json import Decoder, Encoder

from engine.broadcast.messages.common import (
    MAX_TEXT_BYTES,
    SUBPROTOCOL,
    ErrorCode,
    Format,
    Mode,
    OutcomeName,
    RoleName,
    StateName,
)
from engine.broadcast.messages.from_client import (
    Ask,
    ClientMessage,
    Hello,
    Hush,
    Invite,
    Mute,
    Press,
    Probe,
    Promote,
    Release,
    Remove,
    Report,
    SetFormat,
    Stop,
)
from engine.broadcast.messages.snapshot import BackendSnapshot, Snapshot, TurnSnapshot, Word
from engine.broadcast.messages.to_all import (
    Backend,
    Completed,
    Cut,
    Delta,
    Ended,
    Failed,
    Muted,
    Partial,
    Resync,
    RoomMessage,
    State,
    Talker,
    Transcript,
    Words,
)
from engine.broadcast.messages.to_one import (
    Error,
    Hushed,
    Invited,
    Limits,
    Listener,
    Listeners,
    PrivateMessage,
    ProbeReply,
    RoleChanged,
    Welcome,
)

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


__all__ = [
    "MAX_TEXT_BYTES",
    "SUBPROTOCOL",
    "Ask",
    "Backend",
    "BackendSnapshot",
    "ClientMessage",
    "Completed",
    "Cut",
    "Delta",
    "Ended",
    "Error",
    "ErrorCode",
    "Failed",
    "Format",
    "Hello",
    "Hush",
    "Hushed",
    "Invite",
    "Invited",
    "Limits",
    "Listener",
    "Listeners",
    "Mode",
    "Mute",
    "Muted",
    "OutcomeName",
    "Partial",
    "Press",
    "PrivateMessage",
    "Probe",
    "ProbeReply",
    "Promote",
    "Release",
    "Remove",
    "Report",
    "Resync",
    "RoleChanged",
    "RoleName",
    "RoomMessage",
    "ServerMessage",
    "SetFormat",
    "Snapshot",
    "State",
    "StateName",
    "Stop",
    "Talker",
    "Transcript",
    "TurnSnapshot",
    "Welcome",
    "Word",
    "Words",
    "client_decoder",
    "decode_client",
    "decode_server",
    "encode",
    "server_decoder",
]
