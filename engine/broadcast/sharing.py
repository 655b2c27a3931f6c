"""Sharing a conversation, as a switch: what the settings say, turned into a room that is open or closed."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.broadcast.authority import Certificate, ensure_certificate, signs_for
from engine.broadcast.discovery import Undo, announce, local_name, own_addresses
from engine.broadcast.invitations import base_urls
from engine.broadcast.messages import Listener, RoleName
from engine.broadcast.options import RoomOptions
from engine.broadcast.relay import Conversation, attach
from engine.broadcast.server import Invitation, RoomServer
from engine.settings import Sharing

log = logging.getLogger(__name__)

ORIGINAL_ORIGIN: Final = "http://localhost:5173"
"""Where the first version's page is served from, by its own development server."""

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only once the person has switched the local network on


def room_options(sharing: Sharing, folder: Path, page: Path | None) -> RoomOptions:
    """What ``sharing`` means; ``folder`` keeps sessions and certificates, ``page`` is the built page."""
    origins = sharing.allowed_origins or (ORIGINAL_ORIGIN,)
    return RoomOptions(
        host=EVERYWHERE if sharing.local_network else "127.0.0.1",
        port=sharing.port,
        names=frozenset({local_name()}) if sharing.local_network else frozenset(),
        legacy_origins=frozenset(origins) if sharing.original_protocol else frozenset(),
        max_clients=sharing.longest_audience,
        mode=sharing.mode,
        sessions_file=folder / "sessions.json",
        page=page,
    )


def with_tls(options: RoomOptions, folder: Path) -> RoomOptions:
    """The same room over TLS, under the private authority in ``folder``. Raises ``AloudError``."""
    addresses = ["127.0.0.1", "::1", *filter(signs_for, own_addresses())]
    made: Certificate = ensure_certificate(folder / "tls", sorted({"localhost", *options.names}), addresses)
    return replace(options, certificate=made.leaf, key=made.key, authority=made.authority)


class SharedRoom:
    """The room of ``conversation``, closed until ``open``. All of it belongs to the conversation's loop.

    ``on_listeners`` hears, on that loop, who is connected whenever that changes.
    """

    def __init__(
        self,
        conversation: Conversation,
        options: RoomOptions,
        on_listeners: Callable[[tuple[Listener, ...]], None] = lambda listeners: None,
    ) -> None:
        self.listeners: tuple[Listener, ...] = ()
        self._loop = asyncio.get_running_loop()
        self._on_listeners = on_listeners
        self._options = options
        self._server = RoomServer(options, on_listeners=self._hear_of_listeners)
        self._detach: Undo = attach(conversation, self._server)
        self._unannounce: Undo | None = None
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether others may come in."""
        return self._is_open

    @property
    def server(self) -> RoomServer:
        """The server, for what is not offered here."""
        return self._server

    async def open(self) -> None:
        """Lets others come in. Raises ``PortInUse``, or ``AloudError`` for another reason that it can't."""
        if self._is_open:
            return
        await asyncio.to_thread(self._server.start)
        self._is_open = True
        if self._options.names:
            addresses = own_addresses()
            name = sorted(self._options.names)[0]
            self._unannounce = await asyncio.to_thread(
                announce, name, self._server.port, self._options.scheme, addresses
            )

    async def close(self) -> None:
        """Closes every connection and lets nobody in. Harmless when closed."""
        unannounce, self._unannounce = self._unannounce, None
        if unannounce is not None:
            await asyncio.to_thread(unannounce)
        await asyncio.to_thread(self._server.stop)
        self._is_open = False
        self._hear(())

    async def leave(self) -> None:
        """Closes the room for good and lets go of the conversation."""
        self._detach()
        await self.close()

    def urls(self) -> tuple[str, ...]:
        """Where the page is found, best first; this machine's own URL is the last."""
        found: tuple[str, ...] = ()
        if self._options.host == EVERYWHERE:
            name = sorted(self._options.names)[0] if self._options.names else ""
            found = base_urls(self._options.scheme, self._server.port, name, own_addresses())
        return (*found, self._server.url)

    async def invite(self, role: RoleName, base_url: str = "") -> Invitation:
        """An invitation for one client, to be opened at ``base_url`` (the best of ``urls`` if "").

        Raises ``AloudError`` while the room is closed.
        """
        return await asyncio.to_thread(self._server.invite, role, base_url or self.urls()[0])

    async def promote(self, listener: str, role: RoleName) -> bool:
        """Gives a client another role; False for nobody."""
        return await asyncio.to_thread(self._server.promote, listener, role)

    async def remove(self, listener: str) -> bool:
        """Ends a client's session and connection at once; False for nobody."""
        return await asyncio.to_thread(self._server.remove, listener)

    def _hear_of_listeners(self, listeners: tuple[Listener, ...]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hear, listeners)
        except RuntimeError:
            log.debug("the conversation is closed")

    def _hear(self, listeners: tuple[Listener, ...]) -> None:
        self.listeners = listeners
        self._on_listeners(listeners)
