"""Bad networks: one client's trouble is its own, and it finds its way back."""

import asyncio
import socket
import time

import pytest
from websockets.asyncio.client import connect

from engine.broadcast import messages as m
from engine.broadcast.host import Host
from engine.broadcast.hub import Hub
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket
from engine.broadcast.server import RoomServer
from engine.events import Outcome, ReplyDelta, TurnEnded
from engine.units import TurnId
from tests.fakes.chaos_proxy import ChaosProxy, Weather
from tests.fakes.room import WAIT_S, Listening, frame, in_us, join, origin, present, served


async def join_through(proxy: ChaosProxy, server: RoomServer, session: str = "") -> Listening:
    """A client behind the proxy, with small buffers so that a stall is felt soon."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", proxy.port))
    client = await connect(
        f"ws://127.0.0.1:{server.port}/socket",
        sock=raw,
        origin=origin(server),  # type: ignore[arg-type]  # a NewType of str
        subprotocols=[m.SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
        ping_interval=None,
    )
    token = "" if session else (await asyncio.to_thread(server.invite, "listener")).token
    await client.send(m.encode(m.Hello(token, session)), text=True)
    async with asyncio.timeout(WAIT_S):
        welcome = m.decode_server(await client.recv())
    assert isinstance(welcome, m.Welcome)
    return Listening(client, welcome)


async def test_delay_and_jitter_change_neither_order_nor_content() -> None:
    async with served() as server:
        weather = Weather(delay_s=0.005, jitter_s=0.02)
        async with ChaosProxy(server.port, to_client=weather).running() as proxy:
            client = await join_through(proxy, server)
            for number in range(20):
                server.audio(frame(1, number), in_us(0.1 + number * 0.02))
                server.publish(ReplyDelta(TurnId(1), 1.0, f"{number} "))
            texts: list[str] = []
            sequences: list[int] = []
            while len(texts) < 20 or len(sequences) < 20:
                received = await client.receive()
                if isinstance(received, m.Delta):
                    texts.append(received.text)
                elif isinstance(received, SoundPacket):
                    sequences.append(received.sequence)
            assert texts == [f"{number} " for number in range(20)]
            assert sequences == list(range(20))
            await client.leave()


async def test_a_stalled_client_is_cut_off_and_the_others_hear_everything() -> None:
    """Sound is pushed as fast as the healthy client takes it, so that the stalled one falls behind."""
    options = RoomOptions(port=0, lead_s=0.0)
    async with served(options) as server, ChaosProxy(server.port).running() as proxy:
        healthy, stalled = await join(server), await join_through(proxy, server)
        proxy.to_client.stalled = True
        began_s = time.monotonic()
        sequence = 0
        gone = False
        while not gone:
            server.audio(frame(1, sequence), in_us(0.1))
            packet = await healthy.until(SoundPacket)
            assert packet.sequence == sequence
            sequence += 1
            await asyncio.sleep(0.002)
            gone = not await connected(server, stalled)
            assert time.monotonic() - began_s < WAIT_S
        proxy.to_client.stalled = False
        assert await stalled.closed() == 1006
        server.publish(TurnEnded(TurnId(1), 2.0, Outcome.COMPLETED, "q", "r", "r"))
        back = await join_through(proxy, server, session=stalled.welcome.session)
        assert back.welcome.listener == stalled.welcome.listener
        assert back.welcome.snapshot.turns[-1].reply == "r"
        await healthy.leave()
        await back.leave()


async def fall_behind(server: RoomServer, client: Listening, least_bytes: int) -> None:
    """Pushes sound until so much waits for a client that reads nothing, and no more after that."""

    def waiting_bytes(host: Host) -> int:
        hub = host.outlets[0]
        assert isinstance(hub, Hub)
        return hub._clients[client.welcome.listener]._transport.get_write_buffer_size()

    sequence = 0
    async with asyncio.timeout(WAIT_S):
        while await asyncio.to_thread(server._ask, waiting_bytes) < least_bytes:
            server.audio(frame(1, sequence), in_us(0.1))
            sequence += 1


async def test_a_client_that_falls_silent_half_way_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little waits for it to be shed; it answers no ping."""
    monkeypatch.setattr("engine.broadcast.connection.PING_S", 1.0)
    async with served(RoomOptions(port=0, lead_s=0.0)) as server, ChaosProxy(server.port).running() as proxy:
        client = await join_through(proxy, server)
        proxy.to_client.stalled = proxy.to_server.stalled = True
        await fall_behind(server, client, 60_000)
        async with asyncio.timeout(WAIT_S):
            while await connected(server, client):  # noqa: ASYNC110 - it happens on another thread
                await asyncio.sleep(0.02)
        client.socket.transport.abort()


async def test_a_client_that_falls_silent_half_way_does_not_keep_the_room_open() -> None:
    async with ChaosProxy(0).running() as proxy, served(RoomOptions(port=0, lead_s=0.0)) as server:
        proxy.target_port = server.port
        client = await join_through(proxy, server)
        proxy.to_client.stalled = proxy.to_server.stalled = True
        await fall_behind(server, client, 60_000)
        async with asyncio.timeout(WAIT_S):
            await asyncio.to_thread(server.stop)
        client.socket.transport.abort()


async def test_a_client_that_can_not_be_closed_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library's own limit its close waits for the client to read, which it never does."""
    monkeypatch.setattr("engine.broadcast.shell.WRITE_LIMIT_BYTES", 32_768)
    monkeypatch.setattr("engine.broadcast.shell.STOP_S", 0.2)
    async with ChaosProxy(0).running() as proxy, served(RoomOptions(port=0, lead_s=0.0)) as server:
        proxy.target_port = server.port
        client = await join_through(proxy, server)
        proxy.to_client.stalled = proxy.to_server.stalled = True
        await fall_behind(server, client, 60_000)
        thread = server._shell._thread
        assert thread is not None
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(thread.join, WAIT_S)
        assert not thread.is_alive()
        client.socket.transport.abort()


async def connected(server: RoomServer, client: Listening) -> bool:
    return client.welcome.listener in await present(server)


async def test_a_slow_client_loses_sound_and_no_text() -> None:
    async with served(RoomOptions(port=0, lead_s=0.0)) as server:
        weather = Weather(bytes_per_s=400_000.0)
        async with ChaosProxy(server.port, to_client=weather).running() as proxy:
            client = await join_through(proxy, server)
            for number in range(260):  # a megabyte, all at once
                server.audio(frame(1, number), in_us(0.1))
                if number % 10 == 0:
                    server.publish(ReplyDelta(TurnId(1), 1.0, f"{number} "))
            server.publish(TurnEnded(TurnId(1), 2.0, Outcome.COMPLETED, "", "", ""))
            texts: list[str] = []
            sequences: list[int] = []
            while not isinstance(received := await client.receive(), m.Ended):
                if isinstance(received, m.Delta):
                    texts.append(received.text)
                elif isinstance(received, SoundPacket):
                    sequences.append(received.sequence)
            assert texts == [f"{number} " for number in range(0, 260, 10)]
            assert sequences == sorted(set(sequences))
            assert 10 < len(sequences) < 250
            await client.leave()


async def test_a_reset_connection_comes_back_with_its_session() -> None:
    async with served() as server, ChaosProxy(server.port).running() as proxy:
        client = await join_through(proxy, server)
        proxy.reset()
        assert await client.closed() == 1006
        server.publish(ReplyDelta(TurnId(1), 1.0, "while away"))
        back = await join_through(proxy, server, session=client.welcome.session)
        assert back.welcome.snapshot.turns[0].reply == "while away"
        await back.leave()


async def test_a_half_open_connection_is_replaced_at_once() -> None:
    async with served() as server, ChaosProxy(server.port).running() as proxy:
        client = await join_through(proxy, server)
        proxy.to_client.stalled = proxy.to_server.stalled = True
        back = await join(server, session=client.welcome.session)
        assert back.welcome.listener == client.welcome.listener
        server.publish(ReplyDelta(TurnId(1), 1.0, "here"))
        assert (await back.until(m.Delta)).text == "here"
        await back.leave()
        client.socket.transport.abort()
