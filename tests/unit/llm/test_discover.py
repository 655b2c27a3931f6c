"""Servers on this machine are found, and nothing else is taken for one."""

import asyncio
from contextlib import AsyncExitStack

from engine.llm.discover import USUAL_PORTS, Found, discover
from tests.fakes.chat_server import Answer, Request, chat_server


async def lists(request: Request) -> None:
    await request.json(200, {"object": "list", "data": [{"id": "llama", "object": "model"}]})


async def hangs(request: Request) -> None:
    await request.gone.wait()


async def found(*answers: Answer) -> list[Found]:
    async with AsyncExitStack() as stack:
        ports = []
        for number, answer in enumerate(answers):
            server = await stack.enter_async_context(chat_server(answer))
            ports.append((int(server.base_url.split(":")[2].removesuffix("/v1")), f"server {number}"))
        async with asyncio.timeout(20):
            return await discover(tuple(ports), answer_s=0.5)


async def test_a_server_is_found_with_its_models() -> None:
    (server,) = await found(lists)
    assert server.name == "server 0"
    assert server.models == ("llama",)
    assert server.base_url.startswith("http://127.0.0.1:")
    assert server.base_url.endswith("/v1")
    assert not server.wants_key


async def test_one_that_wants_a_key_is_found_and_says_so() -> None:
    (server,) = await found(lambda request: request.error(401))
    assert server.wants_key
    assert server.models == ()


async def test_what_hangs_or_speaks_otherwise_is_not_found_and_holds_up_nobody() -> None:
    servers = await found(
        hangs,
        lambda request: request.json(200, {"hello": 1}),
        lambda request: request.json(200, [1]),
        lambda request: request.error(404),
        lambda request: request.send(b"220 mail ready\r\n"),
        lists,
    )
    assert [server.name for server in servers if server.models] == ["server 5"]
    assert all(server.name == "server 5" for server in servers)


async def test_nothing_listening_is_nothing_found() -> None:
    async with chat_server(lists) as server:
        port = int(server.base_url.split(":")[2].removesuffix("/v1"))
    assert await discover(((port, "gone"),)) == []


def test_the_usual_ports_are_each_named_once() -> None:
    assert len({port for port, _ in USUAL_PORTS}) == len(USUAL_PORTS)
