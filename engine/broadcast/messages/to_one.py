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
    address: str
    format: Format
    connected_s: int
    dropped_packets: int
    late_packets: int
    delay_ms: int
    round_trip_ms: float
    buffer_ms: float
    sync_error_ms: float


class Listeners(Message, frozen=True, tag="listeners"):
    """Who is connected; only owners are sent this."""

    listeners: tuple[Listener, ...]


class RoleChanged(Message, frozen=True, tag="role"):
    """This client's role is another now."""

    role: RoleName


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


PrivateMessage = Welcome | ProbeReply | Listeners | RoleChanged | Invited | Error
"""What one client is sent."""
