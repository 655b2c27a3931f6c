"""What a client sends."""

from typing import Annotated

from msgspec import Meta

from engine.broadcast.messages.common import (
    Count,
    DelayMs,
    Format,
    ListenerId,
    Message,
    Micros,
    Millis,
    Name,
    RoleName,
    Secret,
)


class Hello(Message, frozen=True, tag="hello"):
    """The first message of a client: who it is and what sound it wants."""

    token: Secret = ""
    session: Secret = ""
    format: Format = "s16le"
    delay_ms: DelayMs = 0
    name: Name = ""


class Probe(Message, frozen=True, tag="probe"):
    """Asks for the server's clock; ``client_us`` comes back unchanged."""

    id: Count
    client_us: Micros


class Ask(Message, frozen=True, tag="ask"):
    """A written question. It interrupts the running turn."""

    text: Annotated[str, Meta(min_length=1)]


class Press(Message, frozen=True, tag="press"):
    """Takes the floor to talk; talk packets follow once ``talker`` names this client."""


class Release(Message, frozen=True, tag="release"):
    """The talk is over and is to be answered."""


class Stop(Message, frozen=True, tag="stop"):
    """Ends the running turn."""


class Mute(Message, frozen=True, tag="mute"):
    """Switches the conversation's voice off or on for everybody."""

    muted: bool


class SetFormat(Message, frozen=True, tag="format"):
    """Changes the sound this client is sent, from the next packet on."""

    format: Format


class Report(Message, frozen=True, tag="report"):
    """How well this client plays; shown to owners."""

    delay_ms: DelayMs
    round_trip_ms: Millis
    buffer_ms: Millis
    sync_error_ms: Millis
    late_packets: Count


class Invite(Message, frozen=True, tag="invite"):
    """Asks for a join token."""

    role: RoleName


class Promote(Message, frozen=True, tag="promote"):
    """Gives another client another role."""

    listener: ListenerId
    role: RoleName


class Hush(Message, frozen=True, tag="hush"):
    """Keeps another client's microphone out, or lets it in again; its role stays."""

    listener: ListenerId
    hushed: bool


class Remove(Message, frozen=True, tag="remove"):
    """Takes another client's session away and closes it at once."""

    listener: ListenerId


ClientMessage = (
    Hello
    | Probe
    | Ask
    | Press
    | Release
    | Stop
    | Mute
    | SetFormat
    | Report
    | Invite
    | Promote
    | Hush
    | Remove
)
