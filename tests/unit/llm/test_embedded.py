"""How the server in this process is let go of: never while this process still asks it something.

llama.cpp's server is played by a chat server here, for the real one freezes whoever gets that wrong.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BrainUnreachable
from engine.llm import embedded
from engine.llm.embedded import EmbeddedModel
from engine.ports import Message
from tests.fakes.chat_server import ChatServer, Request, chat_server
from tests.watchdog import WATCHDOG_S

QUESTION = [Message("user", "Why is the sky blue?")]


class Author:
    """Answers once ``let`` is set; ``asked`` tells that it was asked."""

    def __init__(self) -> None:
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def answer(self, request: Request) -> None:
        self.asked.set()
        await self.let.wait()
        if request.body["stream"]:
            return await request.reply("Because ", "of ", "scattering.")
        return await request.json(200, {"id": "1", "object": "chat.completion", "choices": []})


class InProcess:
    """What stands for the server of xllamacpp; ``dropped`` is set when nobody holds it any more."""

    def __init__(self, server: ChatServer, dropped: asyncio.Event) -> None:
        self.listening_address = server.base_url.removesuffix("/v1")
        self._loop, self._dropped = asyncio.get_running_loop(), dropped

    def handle_completions(self, asked: dict[str, Any]) -> None: ...

    def __del__(self) -> None:
        self._loop.call_soon_threadsafe(self._dropped.set)


class Line:
    """The way to the server, on which connections are made once ``let`` is set."""

    def __init__(self) -> None:
        self.connecting, self.let = asyncio.Event(), asyncio.Event()
        self._made: list[asyncio.Transport] = []
        loop: Any = asyncio.get_running_loop()
        connect = loop.create_connection

        async def connect_slowly(*arguments: Any, **options: Any) -> Any:
            made = await connect(*arguments, **options)
            self._made.append(made[0])
            self.connecting.set()
            await self.let.wait()
            return made

        loop.create_connection = connect_slowly

    def cut(self) -> None:
        """Ends those, too, that the client's pool knows nothing of: it was closed while they were made."""
        for transport in self._made:
            transport.abort()


class Here:
    """A model, what it asks, and whether its server is still there."""

    def __init__(self, server: ChatServer, author: Author, gguf_file: Path) -> None:
        self.author, self.dropped = author, asyncio.Event()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(embedded, "_start", lambda *_: InProcess(server, self.dropped))
            self.model = EmbeddedModel(gguf_file)
        self.line = Line()

    async def connecting(self) -> asyncio.Task[None]:
        """A call of which the client's pool knows nothing yet but that it is on its way."""
        preparing = asyncio.create_task(self.model.prepare(QUESTION))
        await self.line.connecting.wait()
        return preparing


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    gguf_file = tmp_path / "small.gguf"
    gguf_file.write_bytes(b"GGUF\x03\0\0\0" + bytes(16))
    author = Author()
    async with asyncio.timeout(WATCHDOG_S), chat_server(author.answer) as server:
        here = Here(server, author, gguf_file)
        yield here
        here.line.cut()
    embedded._kept.clear()


async def test_the_server_is_there_until_a_call_that_was_connecting_has_ended(here: Here) -> None:
    preparing = await here.connecting()
    closing = asyncio.create_task(here.model.close())
    ended_before: list[bool] = []
    dropping = asyncio.create_task(here.dropped.wait())
    dropping.add_done_callback(lambda _: ended_before.append(preparing.done()))
    here.line.let.set()
    await here.author.asked.wait()
    here.author.let.set()
    await asyncio.gather(closing, dropping, preparing)
    assert ended_before == [True]


async def test_a_reply_that_was_connecting_is_not_read_to_its_end(here: Here) -> None:
    async def read() -> list[str]:
        async with aclosing(here.model.reply(QUESTION)) as reply:
            return [fragment async for fragment in reply]

    reading = asyncio.create_task(read())
    await here.line.connecting.wait()
    closing = asyncio.create_task(here.model.close())
    await asyncio.sleep(0)
    here.line.let.set()
    here.author.let.set()
    with pytest.raises(BrainUnreachable, match="closed"):
        await reading
    await closing
    await here.dropped.wait()


async def test_a_server_that_is_still_asked_is_kept_rather_than_let_go_of(
    here: Here, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "LEAVING_WAIT_S", 0.01)
    preparing = await here.connecting()
    with caplog.at_level(logging.WARNING, embedded.__name__):
        await here.model.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert len(embedded._kept) == 1
    here.line.let.set()
    here.author.let.set()
    await preparing
    del here.model
    await asyncio.sleep(0)
    assert not here.dropped.is_set()


async def test_a_closed_model_asks_nothing_any_more(here: Here) -> None:
    await here.model.close()
    await here.dropped.wait()
    await here.model.prepare(QUESTION)
    with pytest.raises(BrainUnreachable, match="closed"):
        await anext(here.model.reply(QUESTION))
    assert not here.line.connecting.is_set()
    await here.model.close()
