"""The bus over a Redis server's publish and subscribe."""

import asyncio
import contextlib
import logging

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from engine.broadcast.bus import LAST_WORDS_S, Outbox, Receive, Unsubscribe, retry_after_s
from engine.broadcast.heed import end, heeding

log = logging.getLogger(__name__)


class RedisBus:
    """The ``Bus`` port over Redis: one connection to publish, one to subscribe, each coming back alone."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pubsub = client.pubsub(ignore_subscribe_messages=True)
        self._receivers: dict[str, list[Receive]] = {}
        self._untold: set[str] = set()  # subjects that the server has still to be told of
        self._telling = asyncio.Lock()  # the library would connect twice for two who want to at once
        self._outbox = Outbox()
        self._sender = asyncio.create_task(self._send(), name="bus sender")
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str) -> "RedisBus":
        """Connects, however long that takes."""
        client = Redis.from_url(
            url,
            socket_connect_timeout=2.0,
            socket_keepalive=True,
            health_check_interval=10,
            retry=Retry(NoBackoff(), 0),  # what can't be sent now is lost; the loops here try again
        )
        attempt = 0
        try:
            while True:
                try:
                    await heeding(client.ping())
                    return cls(client)
                except (OSError, RedisError):
                    log.warning("the Redis server can't be reached; trying again")
                    await asyncio.sleep(retry_after_s(attempt))
                    attempt += 1
        except asyncio.CancelledError:
            await _closed(client)
            raise

    def publish(self, subject: str, data: bytes) -> None:
        """As ``Bus``."""
        self._outbox.put(subject, data)

    async def subscribe(self, subject: str, receive: Receive) -> Unsubscribe:
        """As ``Bus``."""
        receivers = self._receivers.setdefault(subject, [])
        receivers.append(receive)
        if len(receivers) == 1:
            self._untold.add(subject)
            with contextlib.suppress(OSError, RedisError):  # then the reader does, once the server is back
                await heeding(self._tell())
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="bus reader")

        async def unsubscribe() -> None:
            if receive in receivers:
                receivers.remove(receive)
            if not receivers and self._receivers.pop(subject, None) is not None:
                self._untold.discard(subject)
                telling = asyncio.create_task(self._unsubscribe(subject), name="bus unsubscribing")
                await end(telling, within_s=LAST_WORDS_S)

        return unsubscribe

    async def close(self) -> None:
        """As ``Bus``."""
        self._outbox.close()
        await end(self._sender, within_s=LAST_WORDS_S)
        if self._reader is not None:
            await end(self._reader)
        with contextlib.suppress(OSError, RedisError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # the library has not typed it
        await _closed(self._client)

    async def _tell(self) -> None:
        """Connects, and subscribes to what the server does not know of; raises where it can't."""
        async with self._telling:
            await self._pubsub.connect()  # type: ignore[no-untyped-call]  # as above
            for subject in tuple(self._untold):
                await self._pubsub.subscribe(subject)
                self._untold.discard(subject)

    async def _unsubscribe(self, subject: str) -> None:
        with contextlib.suppress(OSError, RedisError):
            await self._pubsub.unsubscribe(subject)

    async def _send(self) -> None:
        while batch := await self._outbox.take():
            try:
                async with self._client.pipeline(transaction=False) as pipeline:
                    for subject, data in batch:
                        pipeline.publish(subject, data)
                    await pipeline.execute()
            except (OSError, RedisError):
                log.warning("the Redis server can't be reached; %d messages are lost", len(batch))

    async def _read(self) -> None:
        attempt, connected = 0, False
        while True:
            try:
                if not connected or self._untold:
                    await self._tell()
                    connected = True
                message = await self._pubsub.get_message(timeout=None)
                attempt = 0
            except (OSError, RedisError):
                connected = False
                await asyncio.sleep(retry_after_s(attempt))
                attempt += 1
                continue
            if message is not None and message["type"] == "message":
                for receive in tuple(self._receivers.get(message["channel"].decode(), ())):
                    receive(message["data"])


async def _closed(client: Redis) -> None:
    with contextlib.suppress(OSError, RedisError):
        await client.aclose()
