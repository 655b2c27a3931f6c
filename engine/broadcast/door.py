"""The HTTP side of the port: pages for browsers, and which requests may become a socket."""

import logging
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers, MultipleValuesError
from websockets.exceptions import NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from engine.broadcast.gate import Gate, address_of, is_loopback
from engine.broadcast.limits import AddressBuckets, Clock, Counter
from engine.broadcast.messages import SUBPROTOCOL
from engine.broadcast.options import RoomOptions
from engine.broadcast.pages import Answer, Pages, plain_answer

log = logging.getLogger(__name__)

ALOUD: Final = Subprotocol(SUBPROTOCOL)
FORWARDED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
"""By one of these a proxy gives itself away."""

CONNECTIONS_PER_S: Final = 1.0
REQUESTS_PER_S: Final = 10.0
REQUESTS_AT_ONCE: Final = 200.0


class Refused(Exception):
    """The request gets this answer and nothing else."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.answer = plain_answer(status, text)


def one_header(headers: Headers, name: str) -> str | None:
    """A header's value; a header that comes twice is refused."""
    try:
        return headers.get(name)
    except MultipleValuesError:
        raise Refused(400, f"There is more than one {name}.") from None


class Door:
    """Answers each request on the port, or lets it become a socket. ``port`` is the real one."""

    def __init__(self, options: RoomOptions, port: int, clock: Clock) -> None:
        self.connections = Counter()
        self.total = 0
        self._warned = False
        self._options = options
        self._gate = Gate(
            options.scheme,
            port,
            names=options.names,
            public_origins=options.public_origins,
            other_origins=options.other_origins,
            legacy_origins=options.legacy_origins,
        )
        self._pages = Pages(options.page, options.authority)
        self._opened = AddressBuckets(CONNECTIONS_PER_S, 4.0 * options.per_address, clock)
        self._requests = AddressBuckets(REQUESTS_PER_S, REQUESTS_AT_ONCE, clock)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a request, or None where it may become a socket (``process_request``)."""
        try:
            answer = self._answer(connection, request)
        except Refused as refused:
            answer = refused.answer
        return _response(answer) if answer is not None else None

    def address(self, connection: ServerConnection) -> str:
        """Where the client is: the peer, or what a trusted proxy says that its peer was."""
        peer = _host(connection.remote_address)
        request = connection.request
        if peer in self._options.proxies and request is not None:
            forwarded = ",".join(request.headers.get_all("X-Forwarded-For")).rpartition(",")[2].strip()
            return forwarded if address_of(forwarded) is not None else peer
        if request is not None and FORWARDED[0] in request.headers and not self._warned:
            self._warned = True
            log.warning("a proxy at %s is not trusted: all its guests count as one (see --proxy)", peer)
        return peer

    def enter(self, address: str) -> bool:
        """Counts an open socket of ``address``; False where there are too many after all.

        Sockets that knock at the same moment all see the same count before it is raised here.
        """
        self.connections.add(address)
        self.total += 1
        return (
            self.connections[address] <= self._options.per_address and self.total <= self._options.max_clients
        )

    def leave(self, address: str) -> None:
        """A socket of ``address`` is closed."""
        self.connections.remove(address)
        self.total -= 1

    def _answer(self, connection: ServerConnection, request: Request) -> Answer | None:
        host = one_header(request.headers, "Host") or ""
        if not self._gate.host_allowed(host, _host(connection.local_address)):
            raise Refused(421, "This is not a name of this server.")
        if (one_header(request.headers, "Upgrade") or "").lower() == "websocket":
            self._check_upgrade(connection, request, host)
            return None
        if self._requests.take(self.address(connection)):
            raise Refused(429, "Too many requests; wait a little.")
        accept_encoding = ",".join(request.headers.get_all("Accept-Encoding"))
        return self._pages.answer(request.method, request.path, host, accept_encoding)

    def _check_upgrade(self, connection: ServerConnection, request: Request, host: str) -> None:
        origin = one_header(request.headers, "Origin")
        address = self.address(connection)
        if request.headers.get_all("Sec-WebSocket-Protocol"):
            allowed = self._gate.origin_allowed(origin, host)
        else:  # the original protocol knows no tokens: it is for this machine only, and no proxy's guests
            if not self._options.legacy_origins:
                raise Refused(400, f"Offer the subprotocol {SUBPROTOCOL}.")
            here = is_loopback(address) and not any(name in request.headers for name in FORWARDED)
            allowed = self._gate.legacy_origin_allowed(origin) and here
        if not allowed:
            raise Refused(403, "Pages from there may not connect here.")
        if self.connections[address] >= self._options.per_address or self._opened.take(address):
            raise Refused(429, "Too many connections; wait a little.")
        if self.total >= self._options.max_clients:
            raise Refused(503, "The room is full.")


def select_subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """``aloud.2`` where it is offered, none where none is, and an error else."""
    if not offered:
        return None
    if ALOUD not in offered:
        raise NegotiationError(f"offer {SUBPROTOCOL}")
    return ALOUD


def _host(address: tuple[Any, ...] | None) -> str:
    """The host of a socket's address; "" where the peer is gone already."""
    return str(address[0]) if address else ""


def _response(answer: Answer) -> Response:
    headers = Headers(
        [
            ("Date", formatdate(usegmt=True)),
            ("Connection", "close"),
            ("Content-Length", str(len(answer.body))),
            *answer.headers,
        ]
    )
    return Response(answer.status, HTTPStatus(answer.status).phrase, headers, answer.body)
