"""The NATS bus: what the client library does that would break the bus's promises."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from engine.broadcast.bus_nats import NatsBus
from tests.watchdog import WATCHDOG_S

INFO = b'INFO {"server_id":"a","version":"2.15.1","host":"127.0.0.1","port":1,"max_payload":1048576}\r\n'


class FakeClient:
    """What the bus looks at in every client."""

    _reconnection_task = None
    _transport = None


class ClientCaughtReconnecting(FakeClient):
    """A client whose own reconnecting was called off while both waited for the same socket to close."""

    is_connected = False

    async def close(self) -> None:
        waited_for = asyncio.get_running_loop().create_future()
        waited_for.cancel()
        await waited_for


async def test_a_client_that_calls_off_its_own_closing_does_not_call_off_the_caller() -> None:
    left = NatsBus(ClientCaughtReconnecting())
    await left.close()
    caller = asyncio.current_task()
    assert caller is not None and caller.cancelling() == 0


class FailingOnce(FakeClient):
    """A client whose first message finds the connection broken."""

    is_connected = True

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._broken = True

    async def publish(self, subject: str, data: bytes) -> None:
        if self._broken:
            self._broken = False
            raise ConnectionResetError
        self.sent.append(data)

    async def flush(self, timeout: float) -> None: ...

    async def close(self) -> None: ...


async def test_a_connection_that_breaks_while_it_sends_takes_one_message_with_it() -> None:
    client = FailingOnce()
    bus = NatsBus(client)
    bus.publish("aloud.t.out", b"lost")
    bus.publish("aloud.t.out", b"sent")
    await bus.close()
    assert client.sent == [b"sent"]


class HearingServer:
    """Says it is a NATS server, answers PINGs, and remembers in which order commands came."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[bytes] = []
        self.left = asyncio.Event()
        self.held = asyncio.Event()  # set once a PING waits for ``answering``
        self.answering = asyncio.Event()
        self.answering.set()
        self.answered = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(INFO)
        try:
            while line := await reader.readline():
                command = line.split()[0]
                self.heard.append(command)
                if command == b"PING":
                    if not self.answering.is_set():
                        self.held.set()
                        await self.answering.wait()
                    writer.write(b"PONG\r\n")
                    self.answered.set()
        except ConnectionError:
            pass
        writer.close()
        self.left.set()

    def break_off(self) -> None:
        """Breaks every connection."""
        for writer in self.writers:
            writer.transport.abort()


@pytest.fixture
async def hearing() -> AsyncIterator[HearingServer]:
    """A started one."""
    made = HearingServer()
    listening = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"nats://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()
    await listening.wait_closed()


async def test_subscribing_ends_when_the_server_has_answered_after_it(hearing: HearingServer) -> None:
    """What is published from then on would be lost otherwise, now and then."""
    bus = await NatsBus.open(hearing.url)
    await bus.subscribe("aloud.t.out", lambda data: None)
    heard = list(hearing.heard)
    await bus.close()
    assert b"PING" in heard[heard.index(b"SUB") :]


async def cancelled(task: "asyncio.Task[object]") -> bool:
    """Whether ``task`` ends by being cancelled."""
    async with asyncio.timeout(WATCHDOG_S):
        await asyncio.wait([task])
    return task.cancelled()


async def test_opening_that_is_called_off_as_the_server_answers_is_called_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = asyncio.get_running_loop().create_future()
    waiting = asyncio.Event()

    async def connect(client: Client, *arguments: object, **options: object) -> None:
        waiting.set()
        await asyncio.wait_for(answer, WATCHDOG_S)
        await asyncio.wait_for(asyncio.Event().wait(), WATCHDOG_S)

    monkeypatch.setattr(Client, "connect", connect)
    opening = asyncio.create_task(NatsBus.open("nats://127.0.0.1"))
    await waiting.wait()
    await asyncio.sleep(0)
    answer.set_result(None)
    opening.cancel()
    assert await cancelled(opening)


async def test_opening_that_is_called_off_leaves_no_connection(
    hearing: HearingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = Client.connect

    async def connect_and_be_called_off(client: Client, *arguments: object, **options: object) -> None:
        await connect(client, *arguments, **options)
        opening.cancel()

    monkeypatch.setattr(Client, "connect", connect_and_be_called_off)
    opening = asyncio.create_task(NatsBus.open(hearing.url))
    assert await cancelled(opening)
    async with asyncio.timeout(WATCHDOG_S):
        await hearing.left.wait()


async def test_subscribing_that_is_called_off_does_not_deafen_the_client(hearing: HearingServer) -> None:
    bus = await NatsBus.open(hearing.url)
    hearing.answering.clear()
    hearing.answered.clear()
    received: asyncio.Queue[bytes] = asyncio.Queue()
    subscribing = asyncio.create_task(bus.subscribe("aloud.t.out", received.put_nowait))
    async with asyncio.timeout(WATCHDOG_S):
        await hearing.held.wait()
        subscribing.cancel()
        assert await cancelled(subscribing)
        hearing.answering.set()
        await hearing.answered.wait()
        hearing.writers[0].write(b"MSG aloud.t.out 1 2\r\nhi\r\n")
        assert await received.get() == b"hi"
    await bus.close()


async def test_a_client_that_comes_back_as_it_is_closed_is_closed(
    hearing: HearingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reconnecting forgets the first cancel, as the library's does in the tick of an arrival."""
    bus = await NatsBus.open(hearing.url)
    client = bus._client
    begin = client._process_connect_init
    returning = asyncio.Event()

    async def begin_whatever_comes() -> None:
        monkeypatch.undo()
        returning.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await begin()

    monkeypatch.setattr(client, "_process_connect_init", begin_whatever_comes)
    hearing.break_off()
    async with asyncio.timeout(WATCHDOG_S):
        await returning.wait()
        await bus.close()
        # whatever goes on in the background would connect now
        await asyncio.wait([client._reconnection_task])
    assert client.is_closed
