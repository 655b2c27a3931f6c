"""One accepted socket: bounded from its first moment, and quick with what comes in."""

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from typing import Any, Final, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import Event, State

from engine.broadcast.limits import Counter

log = logging.getLogger(__name__)

MAX_HANDSHAKES: Final = 64
HANDSHAKES_PER_ADDRESS: Final = 16

Take = Callable[[bytes, bool], None]
"""Takes a whole message in, and whether it is text. Must not block or raise."""

SEND_BUFFER_BYTES: Final = 65_536
"""The kernel's buffer for each client. Left to itself it grows to megabytes, and a client that stopped
reading is noticed after half a minute of sound instead of seconds."""


PING_S: Final = 10.0
"""A client of whom nothing came for so long is asked, and let go of if nothing comes for as long again."""

PING: Final = b"\x89\x00"
"""A ping without a payload, as it goes over the wire (RFC 6455, section 5.5.2)."""


class Abortable(Protocol):
    """What is needed of a transport to get rid of it."""

    def abort(self) -> None:
        """Breaks the connection."""
        ...


class Handshakes:
    """Sockets that have not said yet what they want: 64 at a time, 16 of an address.

    One more and the oldest goes, of the address that has the most. An honest client needs milliseconds,
    so those who never say anything keep nobody out. ``proxies`` may have as many as there are.
    """

    def __init__(self, proxies: Collection[str] = ()) -> None:
        self._proxies = proxies
        self._pending: dict[Abortable, str] = {}  # the oldest first
        self._counts = Counter()

    def begin(self, transport: Abortable, address: str) -> None:
        """A socket of ``address`` is open; another may have to go for it."""
        if address not in self._proxies and self._counts[address] >= HANDSHAKES_PER_ADDRESS:
            self._drop_oldest(address)
        elif len(self._pending) >= MAX_HANDSHAKES:
            self._drop_oldest(max(self._pending.values(), key=self._counts.__getitem__))
        self._pending[transport] = address
        self._counts.add(address)

    def end(self, transport: Abortable) -> None:
        """It has become a client, or is gone. Harmless when known already."""
        address = self._pending.pop(transport, None)
        if address is not None:
            self._counts.remove(address)

    def drop_all(self) -> None:
        """Breaks off all of them."""
        for transport in tuple(self._pending):
            self.end(transport)
            transport.abort()

    def _drop_oldest(self, address: str) -> None:
        oldest = next(transport for transport, its in self._pending.items() if its == address)
        self.end(oldest)
        oldest.abort()


class Sockets:
    """All sockets of one server. Belongs to its loop."""

    def __init__(self, proxies: Collection[str] = ()) -> None:
        self.handshakes = Handshakes(proxies)
        self._open: set[RoomConnection] = set()

    def opened(self, connection: "RoomConnection") -> None:
        """A socket was accepted."""
        transport = connection.transport
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        peer = transport.get_extra_info("peername")
        self._open.add(connection)
        self.handshakes.begin(transport, str(peer[0]) if peer else "")

    def closed(self, connection: "RoomConnection") -> None:
        """It is gone."""
        self._open.discard(connection)
        self.handshakes.end(connection.transport)

    def abort_all(self) -> None:
        """Breaks off all that are left."""
        for connection in tuple(self._open):
            connection.transport.abort()

    async def ask_the_silent(self) -> None:
        """Looks after all clients, until it is cancelled.

        The library has a task and two timers for each client, of which most have just said something:
        with 200 clients that was a sixth of all that the server did.
        """
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_S / 8)
            for connection in tuple(self._open):
                connection.ask_if_silent(loop.time())


class RoomConnection(ServerConnection):
    """A connection that its server's ``Sockets`` know of for as long as it is open."""

    sockets: Sockets

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._take: Take | None = None
        self._fragments: list[bytes] = []
        self._is_text = False
        self._heard_at_s = self.loop.time()
        self._asked_at_s: float | None = None

    def hand_to(self, take: Take) -> None:
        """Has ``take`` called with every message from now on, as it arrives: no queue and no task between.

        To be called before a client can have had the answer to its handshake.
        """
        self._take = take

    def process_event(self, event: Event) -> None:
        """As the library calls it, with the request and then with each frame."""
        self._heard_at_s, self._asked_at_s = self.loop.time(), None
        if self._take is None or not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        if event.opcode is not Opcode.CONT:
            self._is_text = event.opcode is Opcode.TEXT
        self._fragments.append(bytes(event.data))
        if event.fin:
            data = self._fragments[0] if len(self._fragments) == 1 else b"".join(self._fragments)
            self._fragments.clear()
            self._take(data, self._is_text)

    def ask_if_silent(self, now_s: float) -> None:
        """Sends a ping to a client that has said nothing for long; breaks with one that did not answer it."""
        if self.protocol.state is not State.OPEN or now_s - self._heard_at_s < PING_S:
            return
        if self._asked_at_s is None:
            self._asked_at_s = now_s
            self.transport.write(PING)
        elif now_s - self._asked_at_s >= PING_S:
            log.info("a client does not answer any more and is let go of")
            self.transport.abort()

    @classmethod
    def among(cls, sockets: Sockets) -> "type[RoomConnection]":
        """The class of one server's connections."""
        return type("RoomConnection", (cls,), {"sockets": sockets})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        super().connection_made(transport)
        self.sockets.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio calls it."""
        self.sockets.closed(self)
        super().connection_lost(exc)
