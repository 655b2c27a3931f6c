"""The bus over a NATS server, its core protocol only."""

import asyncio
import contextlib
import logging
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from engine.broadcast.bus import LAST_WORDS_S, Outbox, Receive, Unsubscribe, retry_after_s
from engine.broadcast.heed import end, heeding

log = logging.getLogger(__name__)

RECONNECT_S: Final = 0.5
CONFIRM_S: Final = 5.0
FLUSH_S: Final = 60.0
"""The library gives up a connection that has not answered for 40 s, and with it the PONG this waits for."""


class NatsBus:
    """The ``Bus`` port over NATS; the client library reconnects and subscribes again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._outbox = Outbox()
        self._sender = asyncio.create_task(self._send(), name="bus sender")
        self._flushing: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, url: str) -> "NatsBus":
        """Connects, however long that takes."""
        attempt = 0
        while True:
            try:
                return cls(await _connected(url))
            except (OSError, nats.errors.Error):
                log.warning("the NATS server can't be reached; trying again")
                await asyncio.sleep(retry_after_s(attempt))
                attempt += 1

    def publish(self, subject: str, data: bytes) -> None:
        """As ``Bus``."""
        self._outbox.put(subject, data)

    async def subscribe(self, subject: str, receive: Receive) -> Unsubscribe:
        """As ``Bus``."""

        async def take(message: Msg) -> None:
            receive(message.data)

        subscription = await heeding(self._client.subscribe(subject, cb=take))
        await self._flush(CONFIRM_S)  # a client that is away subscribes on its way back

        async def unsubscribe() -> None:
            telling = asyncio.create_task(_unsubscribe(subscription), name="bus unsubscribing")
            await end(telling, within_s=LAST_WORDS_S)

        return unsubscribe

    async def close(self) -> None:
        """As ``Bus``."""
        self._outbox.close()
        await end(asyncio.create_task(self._say_the_rest(), name="bus's last words"), within_s=LAST_WORDS_S)
        await end(self._sender)
        await _let_go(self._client)
        for flushing in tuple(self._flushing):
            await end(flushing)

    async def _say_the_rest(self) -> None:
        await asyncio.wait([self._sender])
        if self._client.is_connected:
            await self._flush(LAST_WORDS_S)

    async def _flush(self, limit_s: float) -> None:
        """Waits ``limit_s`` for the server to answer what was sent so far.

        What waits for the PONG is left to it: were it called off, the PONG would end the client's reader.
        """
        flushing = asyncio.create_task(self._flush_twice(), name="bus flush")
        self._flushing.add(flushing)
        flushing.add_done_callback(self._flushing.discard)
        await asyncio.wait([flushing], timeout=limit_s)

    async def _flush_twice(self) -> None:
        """The client's PING overtakes what it is about to send: the first may go before a SUB."""
        with contextlib.suppress(nats.errors.Error, OSError):
            await self._client.flush(FLUSH_S)
            await self._client.flush(FLUSH_S)

    async def _send(self) -> None:
        own = asyncio.current_task()
        assert own is not None
        while not own.cancelling() and (batch := await self._outbox.take()):
            for subject, data in batch:
                # What is said while the server is away is lost; and publish() drops the cancel of its wait.
                if self._client.is_connected and not own.cancelling():
                    with contextlib.suppress(nats.errors.Error, OSError):
                        await self._client.publish(subject, data)


async def _connected(url: str) -> Client:
    """A connected client; where that is called off, none is left behind."""
    client = Client()
    connecting = client.connect(
        url,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_S,
        connect_timeout=2,
        ping_interval=10,
        error_cb=_log_error,
    )
    try:
        await heeding(connecting)
    except asyncio.CancelledError:
        if client.is_connecting or client.is_connected or client.is_reconnecting:
            await _let_go(client)
        raise
    return client


async def _unsubscribe(subscription: Subscription) -> None:
    with contextlib.suppress(nats.errors.Error, OSError):
        await subscription.unsubscribe()


async def _let_go(client: Client) -> None:
    # In a task of its own: a client that was about to reconnect cancels what its own close() waits for.
    await end(asyncio.create_task(_close(client), name="bus closing"), within_s=LAST_WORDS_S)
    writer = getattr(client._transport, "_io_writer", None)
    if writer is not None:  # close() alone waits for a server that takes nothing in to take in the rest
        writer.transport.abort()


async def _close(client: Client) -> None:
    """Closes it for good: one that is reconnecting may come back after its own ``close()``."""
    reconnecting: asyncio.Task[None] | None = client._reconnection_task
    if reconnecting is not None:
        await end(reconnecting)
    with contextlib.suppress(nats.errors.Error, OSError):
        await client.close()


async def _log_error(error: Exception) -> None:
    log.warning("the NATS server: %s", type(error).__name__)
