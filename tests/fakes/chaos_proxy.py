"""A TCP proxy that treats each direction badly on purpose: late, unevenly, slowly, not at all, or cut off."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

CHUNK_BYTES = 4_096
BUFFER_BYTES = 16_384


@dataclass
class Weather:
    """How one direction is treated; may be changed at any time.

    ``delay_s`` and up to ``jitter_s`` more pass before a piece arrives (pieces keep their order).
    ``bytes_per_s`` limits the rate; 0: no limit. While ``stalled``, nothing is read or passed on.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float = 0.0
    stalled: bool = False


@dataclass
class ChaosProxy:
    """Forwards every connection at ``port`` to ``target_port`` on this machine."""

    target_port: int
    port: int = 0
    to_client: Weather = field(default_factory=Weather)
    to_server: Weather = field(default_factory=Weather)
    seed: int = 1
    _links: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _refusing: bool = False

    def reset(self) -> None:
        """Breaks every connection with a TCP reset."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def refuse(self, refusing: bool) -> None:
        """Drops new connections at once, or lets them in again."""
        self._refusing = refusing

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ChaosProxy"]:
        """Listens on a free port until the end of the block."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=CHUNK_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await asyncio.sleep(0)  # by which whoever was just accepted is known
            self.reset()
            for link in tuple(self._links):
                link.cancel()
            await asyncio.gather(*self._links, return_exceptions=True)
            await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        self._writers.add(writer)
        try:
            if not self._refusing:
                await self._join(reader, writer)
                await writer.wait_closed()
        except OSError:
            pass  # the server is gone, and so is this connection
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._links.discard(link)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forwards both ways until one of them ends."""
        far_reader, far_writer = await self._reach_target()
        self._writers.add(far_writer)
        ways = (
            asyncio.create_task(self._forward(reader, far_writer, self.to_server)),
            asyncio.create_task(self._forward(far_reader, writer, self.to_client)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()  # what is still to be sent to it goes before it closes
            far_writer.close()
            self._writers.discard(far_writer)

    async def _reach_target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)  # so that a stall is felt soon
        far.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(far, ("127.0.0.1", self.target_port))
            return await asyncio.open_connection(sock=far, limit=CHUNK_BYTES)
        except BaseException:  # the target is gone, or the proxy ends
            far.close()
            raise

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather
    ) -> None:
        dice = random.Random(self.seed)
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(ConnectionError):
            while data := await self._read(reader, weather):
                due_at_s = clock() + weather.delay_s + dice.random() * weather.jitter_s
                if weather.bytes_per_s:
                    due_at_s = max(due_at_s, clock() + len(data) / weather.bytes_per_s)
                await asyncio.sleep(max(0.0, due_at_s - clock()))
                writer.write(data)
                await writer.drain()

    async def _read(self, reader: asyncio.StreamReader, weather: Weather) -> bytes:
        while weather.stalled:  # noqa: ASYNC110 - whoever changes the weather has nothing to set
            await asyncio.sleep(0.01)
        return await reader.read(CHUNK_BYTES)
