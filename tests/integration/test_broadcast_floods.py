"""One test for each limit of the room: sizes, rates, connections, and nobody keeps others out."""

import asyncio
import contextlib

import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from engine.broadcast import messages as m
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.broadcast.server import RoomServer
from tests.fakes.clock import StillClock
from tests.fakes.room import Listening, RecordedCommands, in_us, join, knock, refused_status, served


async def test_too_large_a_message_closes() -> None:
    async with served() as server:
        client = await join(server)
        await client.socket.send("x" * 65_537)
        assert await client.closed() == 1009


async def test_three_faults_close() -> None:
    async with served() as server:
        client = await join(server)
        for _ in range(3):
            await client.socket.send('{"type":"shout"}')
        assert await client.closed() == 1008


async def test_a_flood_of_messages_closes_and_harms_nobody() -> None:
    async with served() as server:
        flooder, other = await join(server), await join(server)
        for number in range(400):
            await flooder.send(m.Probe(number, 0))
        assert await flooder.closed() == 1008
        await other.send(m.Probe(1, 1))
        assert (await other.until(m.ProbeReply)).sent_us <= in_us(0.0)
        await other.socket.close()


async def test_questions_are_limited_for_a_client_and_for_an_address() -> None:
    async with served(clock=StillClock()) as server:
        commands = server.commands = RecordedCommands()
        clients = [await join(server, "typist") for _ in range(5)]
        refused = 0
        for client in clients:
            for _ in range(4):
                await client.send(m.Ask("Again?"))
            await client.send(m.Probe(1, 1))
            while not isinstance(answer := await client.receive(), m.ProbeReply):
                assert isinstance(answer, m.Error) and answer.code == "rate_limited"
                assert answer.retry_after_s > 0
                refused += 1
        assert len(commands.calls) == 10  # of the address; each client alone may have 3 at once
        assert refused == 10
        for client in clients:
            await client.socket.close()


async def answered(client: Listening) -> list[m.ServerMessage]:
    """What the client is told until all that it has sent was taken in."""
    await client.send(m.Probe(1, 1))
    told: list[m.ServerMessage] = []
    while not (told and isinstance(told[-1], m.ProbeReply)):
        received = await client.receive()
        assert not isinstance(received, SoundPacket)
        told.append(received)
    return told


async def talk_for_a_minute(server: RoomServer, clock: StillClock) -> list[m.ServerMessage]:
    """What a new talker is told who says something as long as may be."""
    talker = await join(server, "talker")
    await talker.send(m.Press())
    told: list[m.ServerMessage] = []
    for sequence in range(59):
        await talker.socket.send(encode_talk(TalkPacket(sequence, np.zeros(16_000, np.float32))))
        if sequence % 20 == 18:
            told += await answered(talker)
            clock.go(8.0)  # else these are too many bytes
    await talker.send(m.Release())
    told += await answered(talker)
    await talker.leave()
    return told


async def test_talk_is_limited_for_an_address() -> None:
    """Nobody here talks more than a client may; their address has three minutes and 3/4 of the time."""
    clock = StillClock()
    async with served(clock=clock) as server:
        commands = server.commands = RecordedCommands()
        refused = [
            [one.code for one in await talk_for_a_minute(server, clock) if isinstance(one, m.Error)]
            for _ in range(5)
        ]
        assert refused == [[], [], [], [], ["rate_limited"]]
        assert commands.calls.count(("release",)) == 5  # the last is cut short and answered


async def test_bytes_are_limited_for_an_address() -> None:
    clock = StillClock()
    async with served(clock=clock) as server:
        ended = 0
        for _ in range(5):
            talker = await join(server, "talker")
            for at in range(28):  # 0.9 MB, less than one client may send at once
                await talker.socket.send(encode_talk(TalkPacket(at, np.zeros(16_000, np.float32))))
            await talker.send(m.Probe(1, 1))
            try:
                await talker.until(m.ProbeReply)
                await talker.leave()
            except ConnectionClosed:
                assert talker.socket.close_code == 1008
                ended += 1
        assert ended == 2


async def test_too_long_a_question_is_refused() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "typist")
        await client.send(m.Ask("ä" * 1_025))
        assert (await client.until(m.Error)).code == "too_long"
        await client.send(m.Ask("ä" * 1_024))
        await commands.made("ask", "ä" * 1_024)
        await client.socket.close()


async def test_an_address_has_so_many_connections() -> None:
    async with served(RoomOptions(port=0, per_address=2)) as server:
        clients = [await join(server), await join(server)]
        assert await refused_status(knock(server)) == 429
        await clients[0].socket.close()
        clients.append(await join(server))
        for client in clients[1:]:
            await client.socket.close()


async def test_knocking_all_at_once_lets_no_more_in() -> None:
    async with served(RoomOptions(port=0, per_address=3)) as server:
        attempts = await asyncio.gather(*(knock(server) for _ in range(9)), return_exceptions=True)
        sockets = [attempt for attempt in attempts if isinstance(attempt, ClientConnection)]
        for socket in sockets:  # those above the number are closed, the others answer
            await socket.send(m.encode(m.Probe(1, 1)), text=True)
        open_ones = 0
        for socket in sockets:
            try:
                await socket.recv()
                open_ones += 1
            except ConnectionClosed:
                assert socket.close_code == 1013
        assert open_ones == 3
        for socket in sockets:
            await socket.close()


async def test_the_room_is_full_at_some_point() -> None:
    async with served(RoomOptions(port=0, max_clients=1)) as server:
        client = await join(server)
        assert await refused_status(knock(server)) == 503
        await client.socket.close()


async def test_handshakes_that_never_end_do_not_keep_others_out() -> None:
    async with served() as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(80)]
        client = await join(server)  # from the same address, while all of them are there
        for reader, _ in idle[:64]:  # the newest 16 may go on waiting, and one of them made room for us
            async with asyncio.timeout(20.0):
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read(1) == b""
        await client.socket.close()
        for _, writer in idle:
            writer.close()
