"""What the bus promises, shown on the real servers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.broadcast.bus import Bus, open_bus
from engine.errors import AloudError
from tests.fakes.bus_servers import BusServer, Kind

WAIT_S = 20.0


@pytest.fixture(params=["nats", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BusServer]:
    kind: Kind = request.param
    started = BusServer(kind, tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
async def bus(server: BusServer) -> AsyncIterator[Bus]:
    opened = await open_bus(server.url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(server: BusServer) -> AsyncIterator[Bus]:
    opened = await open_bus(server.url)
    yield opened
    await opened.close()


class Inbox:
    """What was received, and a way to wait for more."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._changed = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self.messages.append(data)
        self._changed.set()

    async def until(self, enough: Callable[[list[bytes]], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not enough(self.messages):
                self._changed.clear()
                await self._changed.wait()


async def test_every_subscriber_gets_every_message_in_order(bus: Bus, other: Bus) -> None:
    first, second, own = Inbox(), Inbox(), Inbox()
    await other.subscribe("aloud.t.out", first)
    await other.subscribe("aloud.t.out", second)
    await bus.subscribe("aloud.t.out", own)
    sent = [str(number).encode() for number in range(500)]
    for data in sent:
        bus.publish("aloud.t.out", data)
    for inbox in (first, second, own):
        await inbox.until(lambda messages: len(messages) >= 500)
        assert inbox.messages == sent


async def test_subjects_are_apart(bus: Bus, other: Bus) -> None:
    a, b = Inbox(), Inbox()
    await other.subscribe("aloud.t.a", a)
    await other.subscribe("aloud.t.b", b)
    bus.publish("aloud.t.a", b"a")
    bus.publish("aloud.t.b", b"b")
    bus.publish("aloud.t.c", b"c")
    await a.until(bool)
    await b.until(bool)
    assert (a.messages, b.messages) == ([b"a"], [b"b"])


async def test_any_bytes_come_through(bus: Bus, other: Bus) -> None:
    inbox = Inbox()
    await other.subscribe("aloud.t.out", inbox)
    sent = [b"", bytes(range(256)), b"\r\n\x00" * 20_000]
    for data in sent:
        bus.publish("aloud.t.out", data)
    await inbox.until(lambda messages: len(messages) == 3)
    assert inbox.messages == sent


async def test_after_unsubscribing_nothing_comes(bus: Bus, other: Bus) -> None:
    gone, stays = Inbox(), Inbox()
    unsubscribe = await other.subscribe("aloud.t.out", gone)
    await other.subscribe("aloud.t.out", stays)
    bus.publish("aloud.t.out", b"1")
    await gone.until(bool)
    await unsubscribe()
    await unsubscribe()
    bus.publish("aloud.t.out", b"2")
    await stays.until(lambda messages: len(messages) == 2)
    assert gone.messages == [b"1"]


async def test_it_comes_back_with_the_server(server: BusServer, bus: Bus, other: Bus) -> None:
    inbox = Inbox()
    await other.subscribe("aloud.t.out", inbox)
    await asyncio.to_thread(server.stop)
    for _ in range(5_000):
        bus.publish("aloud.t.out", b"lost")  # neither blocks nor raises nor is kept for ever
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(WAIT_S):
        while b"back" not in inbox.messages:
            bus.publish("aloud.t.out", b"back")
            await asyncio.sleep(0.05)


async def test_what_is_subscribed_to_while_the_server_is_away_comes_once_it_is_back(
    server: BusServer, bus: Bus, other: Bus
) -> None:
    first, second = Inbox(), Inbox()
    await asyncio.to_thread(server.stop)
    await other.subscribe("aloud.t.a", first)
    await other.subscribe("aloud.t.b", second)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(WAIT_S):
        while not (first.messages and second.messages):
            bus.publish("aloud.t.a", b"a")
            bus.publish("aloud.t.b", b"b")
            await asyncio.sleep(0.05)
    assert set(first.messages) == {b"a"} and set(second.messages) == {b"b"}


async def test_opening_waits_for_the_server(server: BusServer) -> None:
    await asyncio.to_thread(server.stop)
    opening = asyncio.create_task(open_bus(server.url))
    await asyncio.sleep(0.1)
    assert not opening.done()
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(WAIT_S):
        opened = await opening
    await opened.close()


async def test_closing_sends_what_waits(server: BusServer, other: Bus) -> None:
    inbox = Inbox()
    await other.subscribe("aloud.t.out", inbox)
    brief = await open_bus(server.url)
    brief.publish("aloud.t.out", b"last words")
    await brief.close()
    brief.publish("aloud.t.out", b"too late")
    await inbox.until(bool)
    assert inbox.messages == [b"last words"]


async def test_closing_does_not_wait_for_a_server_that_is_gone(server: BusServer) -> None:
    lonely = await open_bus(server.url)
    await lonely.subscribe("aloud.t.out", Inbox())
    await asyncio.to_thread(server.stop)
    lonely.publish("aloud.t.out", b"lost")
    async with asyncio.timeout(WAIT_S):
        await lonely.close()


async def test_closing_does_not_wait_for_a_server_that_answers_nothing(server: BusServer) -> None:
    unanswered = await open_bus(server.url)
    await unanswered.subscribe("aloud.t.out", Inbox())
    server.pause()
    for _ in range(500):
        unanswered.publish("aloud.t.out", bytes(100_000))  # more than the system takes in for it
    async with asyncio.timeout(WAIT_S):
        await unanswered.close()


@pytest.mark.parametrize("url", ["", "http://127.0.0.1", "127.0.0.1:4222"])
async def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(AloudError, match="nats://"):
        await open_bus(url)
