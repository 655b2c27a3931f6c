"""A loopback HTTP server whose answers a test writes byte by byte, to be met by the real openai client."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Request:
    """One request as it came. ``gone`` is set when its client hangs up before the answer ended."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    writer: asyncio.StreamWriter
    gone: asyncio.Event

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def json(self, status: int, value: object) -> None:
        """A whole answer."""
        data = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        await self.send(head.encode() + data)

    async def error(self, status: int, message: str = "", code: str = "", **more: str) -> None:
        await self.json(status, {"error": {"message": message, "code": code, "type": code, **more}})

    async def begin_stream(self) -> None:
        await self.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )

    async def chunk(self, data: bytes) -> None:
        """A piece of a chunked body."""
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def delta(self, text: str = "", finish_reason: str | None = None) -> None:
        """One fragment of a reply."""
        choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish_reason}
        event = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        await self.chunk(f"data: {json.dumps(event)}\n\n".encode())

    async def end_stream(self, done: bool = True) -> None:
        if done:
            await self.chunk(b"data: [DONE]\n\n")
        await self.send(b"0\r\n\r\n")

    async def reply(self, *fragments: str) -> None:
        """A whole, well-formed streamed reply."""
        await self.begin_stream()
        for fragment in fragments:
            await self.delta(fragment)
        await self.delta(finish_reason="stop")
        await self.end_stream()

    def cut(self) -> None:
        """Breaks the connection in the middle of what it is doing."""
        self.writer.transport.abort()


Answer = Callable[[Request], Awaitable[object]]


class _Reader(asyncio.StreamReader):
    """Tells at once when the client has hung up, whether or not anybody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.gone.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.gone.set()


class ChatServer:
    """``requests`` are all that came; ``connections`` counts the sockets they came on."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.base_url = ""
        self._answer = answer
        self._serving: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> asyncio.Server:
        """Listens on a free port of 127.0.0.1."""
        loop = asyncio.get_running_loop()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert isinstance(reader, _Reader)
            self._writers.append(writer)
            self._serving.add(loop.create_task(self._serve(reader, writer)))

        listening = await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(_Reader(), connected), "127.0.0.1", 0
        )
        self.base_url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        return listening

    async def close(self) -> None:
        """Ends every connection; what an answer raised is raised here."""
        for task in self._serving:
            task.cancel()
        for outcome in await asyncio.gather(*self._serving, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        for writer in self._writers:  # of those too whose task was called off before it began
            writer.transport.abort()

    async def _serve(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                request = await _read(reader, writer)
                self.requests.append(request)
                await self._answer(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone
        finally:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def chat_server(answer: Answer) -> AsyncIterator[ChatServer]:
    """Serves until the block ends."""
    server = ChatServer(answer)
    listening = await server.open()
    try:
        yield server
    finally:
        listening.close()
        await server.close()


async def _read(reader: _Reader, writer: asyncio.StreamWriter) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(data) if data else None, writer, reader.gone)
