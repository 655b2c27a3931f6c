"""The net thread: a loop of its own, the listening sockets, and ``websockets`` on them."""

import asyncio
import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Final, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve

from engine.broadcast.bus import LAST_WORDS_S
from engine.broadcast.client import CLOSE_TIMEOUT_S, MAX_TEXT_BYTES
from engine.broadcast.connection import RoomConnection, Sockets
from engine.broadcast.door import ALOUD, Door, select_subprotocol
from engine.broadcast.hub import Hub
from engine.broadcast.limits import Clock
from engine.broadcast.link import Link
from engine.broadcast.net_loop import Calls, close_loop, new_loop, not_open
from engine.broadcast.options import RoomOptions
from engine.broadcast.sockets import listen
from engine.errors import AloudError

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES: Final = 65_536
OPEN_TIMEOUT_S: Final = 5.0
WRITE_LIMIT_BYTES: Final = 4 * MAX_TEXT_BYTES
"""The library waits beyond this before it writes a close, which a client that reads nothing would hold up for
ever. More than ``client.MAX_TEXT_BYTES`` never waits."""

STOP_S: Final = 3.0 * CLOSE_TIMEOUT_S
"""How long clients have to say goodbye; after as long again the thread is no longer waited for."""

BACKGROUND_S: Final = 3.5 * LAST_WORDS_S
"""How long the bus has to unsubscribe, say its last words and close; then the room closes all the same."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a busy Python thread may keep the others from running. ``benchmarks.broadcast --busy`` with 200
clients: p99 18 to 21 ms, against 13 to 49 ms with Python's own 5 ms."""

Result = TypeVar("Result")


class Shell:
    """Serves a ``Link``'s room on a thread of its own.

    ``make_link`` is called on the net loop and makes the link; ``attach`` is then given the hub, as
    one of the link's outlets; ``run`` goes on beside the clients and is cancelled before they are
    closed. ``start`` and ``stop`` block for a moment and belong to one thread.
    """

    def __init__(
        self,
        options: RoomOptions,
        make_link: Callable[[], Link],
        attach: Callable[[Hub], None],
        run: Callable[[], Coroutine[None, None, None]],
        clock: Clock,
    ) -> None:
        self._options = options
        self._make_link = make_link
        self._attach = attach
        self._background = run
        self._clock = clock
        self._port = 0
        self._context: ssl.SSLContext | None = None
        self._calls: Calls | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens at; 0 before ``start``."""
        return self._port

    def start(self) -> None:
        """Listens and serves. Raises ``PortInUse``, or ``AloudError`` for other reasons that it can't."""
        context = self._context = self._tls()
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL_S))
        sockets = listen(self._options.host, self._options.port)
        self._port = sockets[0].getsockname()[1]
        ready: Future[None] = Future()
        loop = new_loop()
        calls = self._calls = Calls(loop)
        self._thread = threading.Thread(
            target=self._run, args=(loop, calls, sockets, context, ready), name="net", daemon=True
        )
        self._thread.start()
        try:
            ready.result()
        except OSError as error:
            raise AloudError(
                "The room can't be opened: {reason}.",
                "See the log, then try again.",
                reason=error.strerror or error,
            ) from None

    def stop(self) -> None:
        """Closes every client with 1001 and waits for the thread, some seconds at most.

        Harmless when stopped.
        """
        if self._thread is not None:
            self.call(lambda: self._stopping.set() if self._stopping else None)
            self._thread.join(BACKGROUND_S + 2.0 * STOP_S)
            if self._thread.is_alive():
                log.error("the net thread does not end; it is left behind")
            self._thread = None
            if self._calls is not None:
                self._calls.end()

    def renew_certificate(self) -> None:
        """Reads the certificate's files anew, for connections from now on. Raises ``AloudError``."""
        if self._context is not None:
            self._load_certificate(self._context)

    def call(self, function: Callable[[], object]) -> None:
        """Runs ``function`` on the net loop soon. From any thread; dropped where the loop is gone."""
        calls = self._calls
        if calls is not None:
            calls.call(function)

    def ask(self, function: Callable[[], Result]) -> Result:
        """The result of ``function``, run on the net loop; blocks for it. Not from the net thread.

        Raises ``AloudError`` when the server is not running, or stops before it has run ``function``.
        """
        calls = self._calls
        if calls is None:
            raise not_open()
        return calls.ask(function)

    def _tls(self) -> ssl.SSLContext | None:
        if self._options.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load_certificate(context)
        return context

    def _load_certificate(self, context: ssl.SSLContext) -> None:
        assert self._options.certificate is not None
        try:
            context.load_cert_chain(self._options.certificate, self._options.key)
        except (OSError, ssl.SSLError) as error:
            raise AloudError(
                "The room's certificate can't be used: {reason}.",
                "Make a new one, or switch TLS off in the settings.",
                reason=error.strerror or error,
            ) from None

    def _run(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: Calls,
        sockets: list[socket.socket],
        context: ssl.SSLContext | None,
        ready: "Future[None]",
    ) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._serve(sockets, context, ready))
        except Exception as error:
            log.exception("the net thread died")
            if not ready.done():
                ready.set_exception(error)
        finally:
            try:
                close_loop(loop, sockets)
            finally:
                calls.end()

    async def _serve(
        self, sockets: list[socket.socket], context: ssl.SSLContext | None, ready: "Future[None]"
    ) -> None:
        self._stopping = asyncio.Event()
        link = self._make_link()
        door = Door(self._options, self._port, self._clock)
        hub = Hub(self._options, link, door, self._clock)
        self._attach(hub)
        accepted = Sockets(self._options.proxies)
        servers = [await self._serve_socket(one, context, hub, door, accepted) for one in sockets]
        background = asyncio.create_task(self._background())
        background.add_done_callback(_log_failure)
        asking = asyncio.create_task(accepted.ask_the_silent())
        ready.set_result(None)
        await self._stopping.wait()
        for server in servers:
            server.server.close()  # nobody comes in while the bus is let go of
        background.cancel()
        asking.cancel()
        _, late = await asyncio.wait([background, asking], timeout=BACKGROUND_S)
        if late:
            log.warning("the room closes, though its bus has not let go")
        await _close(servers, accepted)

    async def _serve_socket(
        self,
        listening: socket.socket,
        context: ssl.SSLContext | None,
        hub: Hub,
        door: Door,
        accepted: Sockets,
    ) -> Server:
        async def handle(connection: ServerConnection) -> None:
            assert isinstance(connection, RoomConnection)
            accepted.handshakes.end(connection.transport)
            await hub.serve(connection)

        return await serve(
            handle,
            sock=listening,
            ssl=context,
            subprotocols=[ALOUD],
            select_subprotocol=select_subprotocol,
            process_request=door.answer,
            compression=None,
            server_header=None,
            max_size=MAX_MESSAGE_BYTES,
            ping_interval=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            write_limit=WRITE_LIMIT_BYTES,
            create_connection=RoomConnection.among(accepted),
            logger=logging.getLogger("engine.broadcast.websockets"),
        )


async def _close(servers: list[Server], accepted: Sockets) -> None:
    """Says goodbye to every client, and breaks off with those that do not answer."""
    for server in servers:
        server.close()
    accepted.handshakes.drop_all()
    closing = [asyncio.ensure_future(server.wait_closed()) for server in servers]
    _, late = await asyncio.wait(closing, timeout=STOP_S)
    if late:
        log.warning("not every client could be closed properly")
        accepted.abort_all()
        await asyncio.wait(late, timeout=CLOSE_TIMEOUT_S)


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("the room's bus failed", exc_info=task.exception())
