"""The room as the window sees it: opened and closed as the settings ask, and who is in it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.broadcast.messages import Listener, RoleName
from engine.errors import AloudError
from engine.settings import Sharing

log = logging.getLogger(__name__)


class RoomState(Enum):
    """Whether others can come in."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


class Invited(Protocol):
    """What ``engine.broadcast.server.Invitation`` tells."""

    @property
    def url(self) -> str:
        """Where one guest comes in, once."""
        ...


class Shared(Protocol):
    """What is needed of ``engine.sharing.SharedRoom``; ``open``, ``close`` and ``invite`` block."""

    urls: tuple[str, ...]

    def open(self) -> None:
        """Opens the room."""
        ...

    def attach(self, conversation: Any) -> None:
        """Lets it follow the conversation."""
        ...

    def detach(self) -> None:
        """Lets it follow nothing."""
        ...

    def close(self) -> None:
        """Closes the room."""
        ...

    def invite(self, role: RoleName) -> tuple[Any, ...]:
        """An invitation under each of ``urls``."""
        ...

    def block(self, words: Sequence[str]) -> None:
        """Refuses typed questions with any of ``words`` from now on."""
        ...

    @property
    def server(self) -> Any:
        """Whom to ask for a promotion or a removal."""
        ...


OnListeners = Callable[[tuple[Listener, ...]], None]


def make_shared(choice: Sharing, on_listeners: OnListeners) -> Shared:
    """The real room; imported when it is first opened."""
    from engine.sharing import SharedRoom

    return SharedRoom(choice, on_listeners)


class Room(QObject):
    """One conversation's room. All of it belongs to the conversation's loop; nothing here blocks it.

    ``changed`` is emitted when the state or the invitation has changed, ``listeners_changed`` when somebody
    came, went or became another.
    """

    changed = Signal()
    listeners_changed = Signal()
    failed = Signal(object)
    _heard = Signal(object)

    def __init__(
        self,
        make: Callable[[Sharing, OnListeners], Shared] = make_shared,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._shared: Shared | None = None
        self._conversation: Any = None
        self._choice = Sharing()
        self._one_at_a_time = asyncio.Lock()
        self.state = RoomState.CLOSED
        self.error: AloudError | None = None
        self.listeners: tuple[Listener, ...] = ()
        self.invitations: tuple[str, ...] = ()
        self._heard.connect(self._hear)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the page is found; empty while the room is closed."""
        return self._shared.urls if self._shared is not None and self.state is RoomState.OPEN else ()

    @property
    def on_network(self) -> bool:
        """Whether the room is open to more than this machine."""
        return self.state is RoomState.OPEN and self._choice.local_network

    async def follow(self, conversation: Any, choice: Sharing) -> None:
        """Makes the room what ``choice`` says, for ``conversation``; what is unchanged stays open."""
        async with self._one_at_a_time:
            former, is_open = self._choice, self.state is RoomState.OPEN
            same = former == msgspec.structs.replace(
                choice, enabled=former.enabled, blocked_words=former.blocked_words
            )
            if choice.enabled and is_open and same and conversation is self._conversation:
                self._choice = choice
                if self._shared is not None:
                    self._shared.block(choice.blocked_words)
                return
            self._conversation, self._choice = conversation, choice
            await self._close()
            if choice.enabled and conversation is not None:
                await self._open()

    async def close(self) -> None:
        """Closes the room for good."""
        async with self._one_at_a_time:
            await self._close()

    async def invite(self, role: RoleName) -> None:
        """Makes a new invitation, good for one guest, under every address."""
        shared = self._shared
        if shared is not None and self.state is RoomState.OPEN:
            made = await asyncio.to_thread(shared.invite, role)
            self.invitations = tuple(one.url for one in made)
            self.changed.emit()

    async def promote(self, listener: str, role: RoleName) -> None:
        """Gives a guest another role."""
        if self._shared is not None:
            await asyncio.to_thread(self._shared.server.promote, listener, role)

    async def remove(self, listener: str) -> None:
        """Sends a guest away, at once."""
        if self._shared is not None:
            await asyncio.to_thread(self._shared.server.remove, listener)

    async def _open(self) -> None:
        shared = self._make(self._choice, self._heard.emit)
        self._say(RoomState.OPENING)
        try:
            await asyncio.to_thread(shared.open)
        except AloudError as error:
            self.error = error
            self._say(RoomState.FAILED)
            self.failed.emit(error)
            await asyncio.to_thread(shared.close)
            return
        shared.attach(self._conversation)
        self._shared = shared
        self._say(RoomState.OPEN)
        await self.invite("listener")

    async def _close(self) -> None:
        shared, self._shared = self._shared, None
        self.error, self.invitations = None, ()
        if shared is not None:
            shared.detach()
            await asyncio.to_thread(shared.close)
        self._hear(())
        self._say(RoomState.CLOSED)

    def _say(self, state: RoomState) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit()

    def _hear(self, listeners: tuple[Listener, ...]) -> None:
        if listeners != self.listeners:
            self.listeners = listeners
            self.listeners_changed.emit()
