"""The room as the window sees it: opened and closed as the settings ask, and who is in it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import msgspec
from PySide6.QtCore import QObject, Signal

from app.shared import Offered, OnListeners, OnUsed, Shared, make_shared
from engine.broadcast.messages import Listener, RoleName
from engine.errors import AloudError
from engine.settings import Sharing

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
RENEWED_S_BEFORE: Final = 30.0
"""Time enough to use what was on the screen."""


class RoomState(Enum):
    """Whether others can come in."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


class Renewed(Enum):
    """Why the present invitation follows another."""

    NO = "asked for"
    USED = "used"
    EXPIRED = "expired"


class Room(QObject):
    """One conversation's room. All of it belongs to the conversation's loop; nothing here blocks it.

    There is always an invitation while it is open: another follows when it is used or too old.
    ``changed`` is emitted when the state, the addresses or the invitation have changed,
    ``listeners_changed`` when somebody came, went or became another.
    """

    changed = Signal()
    listeners_changed = Signal()
    failed = Signal(object)
    _heard = Signal(object)
    _used = Signal(str)

    def __init__(
        self,
        make: Callable[[Sharing, OnListeners, OnUsed], Shared] = make_shared,
        parent: QObject | None = None,
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._look_every_s = look_every_s
        self._shared: Shared | None = None
        self._conversation: Any = None
        self._choice = Sharing()
        self._one_at_a_time = asyncio.Lock()
        self._role: RoleName = "listener"
        self._token = ""
        self._keeping: asyncio.Task[None] | None = None
        self._undoing: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.renewed = Renewed.NO
        self.expires_at: datetime | None = None
        self.state = RoomState.CLOSED
        self.error: AloudError | None = None
        self.listeners: tuple[Listener, ...] = ()
        self._heard.connect(self._hear)
        self._used.connect(self._note_used)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the page is found, the best first; empty while the room is closed."""
        return self._shared.urls if self._shared is not None and self.state is RoomState.OPEN else ()

    @property
    def invitations(self) -> tuple[str, ...]:
        """The present invitation under each of ``urls``; it lets one guest in, until ``expires_at``."""
        return tuple(f"{url}#join={self._token}" for url in self.urls) if self._token else ()

    @property
    def tailscale(self) -> Offered | None:
        """Tailscale, where this machine has it, it runs and the room is open."""
        return self._shared.tailscale if self._shared is not None else None

    def needs_trust(self, url: str) -> bool:
        """Whether a guest's device has to trust this machine's certificate to talk at ``url``."""
        known = [*self._choice.public_origins, *([self.tailscale.origin] if self.tailscale else [])]
        return self._choice.encrypted and url.rstrip("/") not in {origin.rstrip("/") for origin in known}

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
        self._role = role
        await self._invite(Renewed.NO)

    async def promote(self, listener: str, role: RoleName) -> None:
        """Gives a guest another role."""
        if self._shared is not None:
            await asyncio.to_thread(self._shared.server.promote, listener, role)

    async def hush(self, listener: str, hushed: bool) -> None:
        """Keeps a guest's microphone out, or lets it in again; what they may do else stays."""
        if self._shared is not None:
            await asyncio.to_thread(self._shared.server.hush, listener, hushed)

    async def remove(self, listener: str) -> None:
        """Sends a guest away, at once."""
        if self._shared is not None:
            await asyncio.to_thread(self._shared.server.remove, listener)

    async def _open(self) -> None:
        shared = self._make(self._choice, self._heard.emit, self._used.emit)
        self._say(RoomState.OPENING)
        opening = asyncio.get_running_loop().run_in_executor(None, shared.open)
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._undoing = asyncio.ensure_future(self._undo(opening, shared))
            await asyncio.wait([self._undoing])  # goes on by itself if this is called off too
            raise
        except AloudError as error:
            self.error = error
            self._say(RoomState.FAILED)
            self.failed.emit(error)
            await asyncio.to_thread(shared.close)
            return
        shared.attach(self._conversation)
        self._shared, self._role = shared, "listener"
        self._say(RoomState.OPEN)
        await self._invite(Renewed.NO)
        self._keeping = asyncio.ensure_future(self._keep(shared))

    async def _undo(self, opening: "asyncio.Future[None]", shared: Shared) -> None:
        """Closes a room that nobody waits for any more; a thread that opens one can't be called off."""
        await asyncio.gather(opening, return_exceptions=True)
        await asyncio.to_thread(shared.close)
        self._say(RoomState.CLOSED)

    async def _close(self) -> None:
        if self._undoing is not None:
            await asyncio.wait([self._undoing])
            self._undoing = None
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        shared, self._shared = self._shared, None
        self.error, self._token, self.expires_at = None, "", None
        if shared is not None:
            shared.detach()
            await asyncio.to_thread(shared.close)
        self._hear(())
        self._say(RoomState.CLOSED)

    async def _invite(self, renewed: Renewed) -> None:
        shared = self._shared
        if shared is None or self.state is not RoomState.OPEN:
            return
        try:
            made = await asyncio.to_thread(shared.invite, self._role)
        except AloudError:
            log.warning("no invitation could be made", exc_info=True)
            return
        if shared is not self._shared:
            return
        self._token, self.renewed = made.token, renewed
        self.expires_at = datetime.now().astimezone() + timedelta(seconds=made.lasts_s)
        self.changed.emit()

    async def _keep(self, shared: Shared) -> None:
        """Follows the network, which is another once the machine is moved, and renews the invitation."""
        while True:
            try:
                # Not wait_for: on Python 3.11 it takes news in the tick of a cancel for the end of the wait.
                async with asyncio.timeout(self._look_every_s):
                    await self._news.wait()
            except TimeoutError:
                if await asyncio.to_thread(shared.refresh):
                    self.changed.emit()
            self._news.clear()
            if not self._token:
                await self._invite(Renewed.USED)
            elif self._too_old:
                await self._invite(Renewed.EXPIRED)

    @property
    def _too_old(self) -> bool:
        soon = datetime.now().astimezone() + timedelta(seconds=RENEWED_S_BEFORE)
        return self.expires_at is None or self.expires_at <= soon

    def _note_used(self, token: str) -> None:
        if token == self._token:
            self._token = ""
            self._news.set()

    def _say(self, state: RoomState) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit()

    def _hear(self, listeners: tuple[Listener, ...]) -> None:
        if listeners != self.listeners:
            self.listeners = listeners
            self.listeners_changed.emit()
