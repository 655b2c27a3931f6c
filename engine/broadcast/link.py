"""The seam between what faces clients and what faces the conversation.

An ``Outlet`` has clients: this machine's ``hub``, or the uplink to edges on other machines. A ``Link``
has the conversation: the ``host`` itself, or on an edge what stands for it. All on one loop.
"""

from typing import Protocol

from msgspec import Struct

from engine.broadcast.messages import (
    ClientMessage,
    Hello,
    Listener,
    Mode,
    PrivateMessage,
    RoleName,
    RoomMessage,
)
from engine.broadcast.room import Room
from engine.broadcast.sound import SoundFrames
from engine.broadcast.tokens import Admission
from engine.pcm import Pcm


class HostAway(Exception):
    """The machine that has the conversation can't be reached just now."""


class Manner(Struct, frozen=True):
    """How the room plays: see ``RoomOptions.mode`` and ``lead_s``."""

    mode: Mode
    lead_ms: int


class Outlet(Protocol):
    """Passes on to clients. Nothing here blocks or raises."""

    def text(self, message: RoomMessage) -> None:
        """Tells every client; ``Link.room`` has taken the message in before."""
        ...

    def sound(self, sound: SoundFrames) -> None:
        """Sends sound to every client that wants some."""
        ...

    def tell(self, listener: str, message: PrivateMessage) -> None:
        """Tells one client, if it is here."""
        ...

    def close(self, listener: str, code: int, reason: str) -> None:
        """Closes one client, if it is here."""
        ...


class Link(Protocol):
    """The conversation as clients reach it. ``listener`` is an id that was admitted through ``outlet``."""

    @property
    def room(self) -> Room:
        """The conversation so far."""
        ...

    @property
    def manner(self) -> Manner:
        """How the room plays."""
        ...

    def now_us(self) -> int:
        """The server clock."""
        ...

    async def admit(self, outlet: Outlet, hello: Hello) -> Admission | None:
        """Lets a client in by its secret, or not. A client of the same session elsewhere is closed.

        Raises ``HostAway`` where the host can't be asked.
        """
        ...

    def admit_guest(self, outlet: Outlet, role: RoleName, name: str) -> Admission | None:
        """Lets a client of the original protocol in, which has no secret; None where there are none."""
        ...

    def left(self, outlet: Outlet, listener: str) -> None:
        """The client is gone."""
        ...

    def do(self, listener: str, message: ClientMessage) -> None:
        """Does what the client asks for, or tells it why not."""
        ...

    def talk(self, listener: str, samples: Pcm) -> None:
        """Sound from the client, mono at ``HEARING_RATE_HZ``; dropped unless it has the floor."""
        ...

    def roster(self, outlet: Outlet, changed: tuple[Listener, ...], gone: tuple[str, ...]) -> None:
        """Who has come or changed, and who has gone, of those that are connected through ``outlet``."""
        ...
