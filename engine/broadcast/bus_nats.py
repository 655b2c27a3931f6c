"""The bus over a NATS server, its core protocol only."""

import asyncio
import contextlib
import logging

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from engine.broadcast.bus import Outbox, Receive, Unsubscribe, retry_after_s

log = logging.getLogger(__name__)

RECONNECT_S = 0.5


class NatsBus:
    """The ``Bus`` port over NATS; the client library reconnects and subscribes again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._outbox = Outbox()
        self._sender = asyncio.create_task(self._send(), name="bus sender")

    @classmethod
    async def open(cls, url: str) -> "NatsBus":
        """Connects, however long that takes."""
        attempt = 0
        while True:
            try:
                client = await nats.connect(
                    url,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_S,
                    connect_timeout=2,
                    ping_interval=10,
                    error_cb=_log_error,
                )
                return cls(client)
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

        subscription = await self._client.subscribe(subject, cb=take)
        # Twice, for the client's PING overtakes what it is about to send: the first may go before the SUB.
        with contextlib.suppress(nats.errors.Error):  # a client that is away subscribes on its way back
            await self._client.flush()
            await self._client.flush()

        async def unsubscribe() -> None:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

        return unsubscribe

    async def close(self) -> None:
        """As ``Bus``."""
        self._outbox.close()
        await self._sender
        with contextlib.suppress(nats.errors.Error, OSError):
            if self._client.is_connected:
                await self._client.flush(2)
        # In a task of its own: a client that was about to reconnect cancels what its own close() waits for.
        await asyncio.wait([asyncio.create_task(self._close_client(), name="bus closing")])

    async def _close_client(self) -> None:
        with contextlib.suppress(nats.errors.Error, OSError):
            await self._client.close()

    async def _send(self) -> None:
        while batch := await self._outbox.take():
            for subject, data in batch:
                if self._client.is_connected:  # what is said while the server is away is lost
                    with contextlib.suppress(nats.errors.Error):
                        await self._client.publish(subject, data)


async def _log_error(error: Exception) -> None:
    log.warning("the NATS server: %s", type(error).__name__)
