"""The NATS bus: what the client library does that would break the bus's promises."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.broadcast.bus_nats import NatsBus

INFO = b'INFO {"server_id":"a","version":"2.15.1","host":"127.0.0.1","port":1,"max_payload":1048576}\r\n'


class ClientCaughtReconnecting:
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


class HearingServer:
    """Says it is a NATS server, answers every PING, and remembers in which order commands came."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[bytes] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        while line := await reader.readline():
            command = line.split()[0]
            self.heard.append(command)
            if command == b"PING":
                writer.write(b"PONG\r\n")
        writer.close()


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
