"""The bus between machines: messages by subject, at most once, from one publisher in order.

Not ``engine.bus``, which hands events round within a conversation. Two servers can carry it, NATS and
Redis; whoever may use that server may read and ask everything, so it belongs on a private network or
behind TLS and a password, both of which go into its URL.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from urllib.parse import urlsplit

from engine.errors import AloudError

Receive = Callable[[bytes], None]
"""Takes a message in, on the loop; must not block or raise."""

Unsubscribe = Callable[[], Awaitable[None]]

MAX_WAITING: Final = 1_024
"""Messages that wait to be sent while the server is slow or away; the newest are dropped beyond that."""

LAST_WORDS_S: Final = 2.0
"""How long closing waits for a server that is there and does not answer, at each of its steps."""

LONGEST_RETRY_S: Final = 8.0
FIRST_RETRY_S: Final = 0.5


class Bus(Protocol):
    """A connection to the bus, which comes back by itself when it breaks. Belongs to one loop."""

    def publish(self, subject: str, data: bytes) -> None:
        """Sends soon, in order. Never blocks or raises; lost where the server can't be reached."""
        ...

    async def subscribe(self, subject: str, receive: Receive) -> Unsubscribe:
        """Has ``receive`` called with each message from now on, until the returned function is called."""
        ...

    async def close(self) -> None:
        """Sends what waits, if the server is there, and lets go of the connection."""
        ...


class Outbox:
    """What waits to be sent: a bounded queue between ``publish`` and the task that sends."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, subject: str, data: bytes) -> None:
        """Adds a message, or drops it where too many wait."""
        if len(self._waiting) < MAX_WAITING and not self._closed:
            self._waiting.append((subject, data))
            self._changed.set()

    def close(self) -> None:
        """Makes ``take`` end once it is empty."""
        self._closed = True
        self._changed.set()

    async def take(self) -> list[tuple[str, bytes]]:
        """All that waits, once there is something; empty after ``close``."""
        while not self._waiting and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


def retry_after_s(attempt: int) -> float:
    """How long to wait before connecting for the ``attempt``-th time (from 0): full jitter, up to 8 s."""
    longest_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempt, 16))
    return random.uniform(0.0, longest_s)  # noqa: S311 - spreads load, guards nothing


async def open_bus(url: str) -> Bus:
    """The bus at ``url``: ``nats://``, ``tls://`` (NATS), ``redis://`` or ``rediss://``.

    Waits until the server is reached. Raises ``AloudError`` for any other URL.
    """
    scheme = urlsplit(url).scheme
    if scheme in ("nats", "tls"):
        from engine.broadcast.bus_nats import NatsBus

        return await NatsBus.open(url)
    if scheme in ("redis", "rediss"):
        from engine.broadcast.bus_redis import RedisBus

        return await RedisBus.open(url)
    raise AloudError(
        "The bus's address has to begin with nats://, tls://, redis:// or rediss://.",
        "Correct it in the settings or on the command line.",
    )
