"""What one client is sent."""

from msgspec import Struct

from engine.broadcast.messages.common import ErrorCode, Format, Message, Mode, RoleName
from engine.broadcast.messages.snapshot import Snapshot


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What the server will take from this client."""

    text_bytes: int
    texts_per_minute: int
    talk_s: int


class Welcome(Message, frozen=True, tag="welcome"):
    """Answers ``hello``: the client is in, and this is the conversation so far."""

    listener: str
    role: RoleName
    hushed: bool
    session: str
    name: str
    format: Format
    rate_hz: int
    lead_ms: int
    mode: Mode
    server_us: int
    limits: Limits
    snapshot: Snapshot


class ProbeReply(Message, frozen=True, tag="probe"):
    """Answers ``probe`` with when it came and when this left."""

    id: int
    client_us: int
    received_us: int
    sent_us: int


class Listener(Struct, frozen=True, forbid_unknown_fields=True):
    """A client as an owner sees it."""

    listener: str
    name: str
    role: RoleName
    hushed: bool
    address: str
    format: Format
    joined_us: int
    dropped_packets: int
    late_packets: int
    delay_ms: int
    round_trip_ms: float
    buffer_ms: float
    sync_error_ms: float


class Listeners(Message, frozen=True, tag="listeners"):
    """Who has come or changed, and the ids of who has gone; only owners are sent this.

    ``total`` is how many there are. ``anew``: forget what was told before.
    """

    listeners: tuple[Listener, ...]
    gone: tuple[str, ...]
    total: int
    anew: bool


class RoleChanged(Message, frozen=True, tag="role"):
    """This client's role is another now."""

    role: RoleName


class Hushed(Message, frozen=True, tag="hushed"):
    """Whether an owner keeps this client from talking, whatever its role."""

    hushed: bool


class Invited(Message, frozen=True, tag="invited"):
    """A join token, good for one client and ``expires_s`` seconds."""

    token: str
    role: RoleName
    expires_s: int


class Error(Message, frozen=True, tag="error"):
    """Something this client sent was not done."""

    code: ErrorCode
    message: str
    retry_after_s: float = 0.0


PrivateMessage = Welcome | ProbeReply | Listeners | RoleChanged | Hushed | Invited | Error
"""What one client is sent."""
