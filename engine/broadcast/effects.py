"""What a client's messages lead to, and the codes that connections are closed with."""

from dataclasses import dataclass
from typing import Final

from engine.broadcast.legacy import LegacyMessage
from engine.broadcast.messages import ClientMessage, Hello, PrivateMessage
from engine.pcm import Pcm

CLOSE_POLICY: Final = 1008
CLOSE_FAULT: Final = 1011
CLOSE_TRY_LATER: Final = 1013
CLOSE_UNAUTHORISED: Final = 4401
CLOSE_REMOVED: Final = 4403
CLOSE_REPLACED: Final = 4409


@dataclass(frozen=True, slots=True)
class Send:
    """Send this to the client."""

    message: PrivateMessage | LegacyMessage


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection; nothing follows."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Admit:
    """Find out whether the client may come in, then call ``admitted`` or ``refused``."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Do:
    """The client may do this and asks for it."""

    message: ClientMessage


@dataclass(frozen=True, slots=True)
class Talk:
    """Sound from the client that has the floor, mono at ``HEARING_RATE_HZ``."""

    samples: Pcm


Effect = Send | Close | Admit | Do | Talk
