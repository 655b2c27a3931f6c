"""The room over a bus: a host, the real NATS or Redis server, an edge on another clock, and its clients."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.broadcast import messages as m
from engine.broadcast.clock import ClockOffset, now_us
from engine.broadcast.edge import EdgeServer
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.broadcast.server import RoomServer
from engine.events import Outcome, ReplyDelta, TranscriptReady, TurnEnded
from engine.units import TurnId
from tests.fakes.bus_servers import BusServer, Kind
from tests.fakes.room import WAIT_S, Listening, RecordedCommands, frame, in_us, knock, present, served

EDGE_CLOCK_AHEAD_US = 777_000_000_000


@contextlib.asynccontextmanager
async def edge_of(url: str) -> AsyncIterator[EdgeServer]:
    """An edge whose machine was started at quite another time than the host's."""
    options = RoomOptions(port=0, bus_url=url, bus_room="test")
    edge = EdgeServer(options, local_us=lambda: now_us() + EDGE_CLOCK_AHEAD_US)
    edge.start()
    try:
        yield edge
    finally:
        await asyncio.to_thread(edge.stop)


@pytest.fixture(params=["nats", "redis"])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> BusServer:
    kind: Kind = request.param
    server = BusServer(kind, tmp_path)
    server.start()
    request.addfinalizer(server.stop)
    return server


def options(bus: BusServer) -> RoomOptions:
    return RoomOptions(port=0, bus_url=bus.url, bus_room="test")


async def join_edge(
    edge: EdgeServer, server: RoomServer, role: m.RoleName = "listener", session: str = ""
) -> Listening:
    """A client that came in through the edge."""
    token = "" if session else (await asyncio.to_thread(server.invite, role)).token
    socket = await knock(edge)
    await socket.send(m.encode(m.Hello(token, session, name="Far")), text=True)
    async with asyncio.timeout(WAIT_S):
        welcome = m.decode_server(await socket.recv())
    assert isinstance(welcome, m.Welcome), welcome
    return Listening(socket, welcome)


async def test_text_and_sound_pass_with_their_times(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        server.publish(TranscriptReady(TurnId(1), 1.0, "Before?", typed=True))
        client = await join_edge(edge, server)
        assert client.welcome.snapshot.turns[0].question == "Before?"
        assert (client.welcome.lead_ms, client.welcome.mode) == (300, "personal")
        server.publish(ReplyDelta(TurnId(1), 1.1, "Hello"))
        assert await client.until(m.Delta) == m.Delta(1, "Hello")
        start_us = in_us(0.2)
        for sequence in range(5):
            server.audio(frame(1, sequence), start_us + sequence * 80_000)
        packets = [await client.until(SoundPacket) for _ in range(5)]
        assert [packet.sequence for packet in packets] == list(range(5))
        assert [packet.play_at_us for packet in packets] == [
            start_us + 300_000 + 80_000 * sequence for sequence in range(5)
        ]
        await client.leave()


async def test_the_edge_serves_the_hosts_time(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server)
        link = edge._link
        assert link is not None
        quickest_us = min(link._copy._clock._probes)[0]  # later ones can only be quicker
        before_us = now_us()
        await client.send(m.Probe(1, 0))
        reply = await client.until(m.ProbeReply)
        # Both ends of the bus are on this machine, so the error is at most half of the quickest round trip.
        assert before_us - quickest_us / 2 <= reply.received_us <= now_us() + quickest_us / 2 + 1
        await client.leave()


async def test_a_cut_silences_clients_of_an_edge(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server)
        server.audio(frame(1, 0), in_us(0.1))
        server.publish(TurnEnded(TurnId(1), 2.0, Outcome.INTERRUPTED, "q", "r", ""))
        server.audio(frame(1, 1), in_us(0.2))
        server.audio(frame(2, 0), in_us(0.3))
        assert (await client.until(SoundPacket)).epoch == 1
        assert (await client.until(m.Cut)).turn == 1
        assert (await client.until(SoundPacket)).epoch == 2
        await client.leave()


async def test_a_rewound_turn_is_gone_from_an_edge_and_its_late_sound_too(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server)
        server.publish(TranscriptReady(TurnId(1), 1.0, "First?", typed=True))
        server.audio(frame(1, 0), in_us(0.1))
        await client.until(SoundPacket)
        server.publish(TurnEnded(TurnId(1), 2.0, Outcome.INTERRUPTED, "First?", "r", ""))
        server.replace([], None)
        resync = await client.until(m.Resync)
        assert (resync.snapshot.turns, resync.snapshot.room) == ((), client.welcome.snapshot.room)
        server.audio(frame(1, 1), in_us(0.2))
        server.audio(frame(2, 0), in_us(0.3))
        assert (await client.until(SoundPacket)).epoch == 2
        late = await join_edge(edge, server)
        assert late.welcome.snapshot.turns == ()
        await client.leave()
        await late.leave()


async def test_questions_and_talk_reach_the_host(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        commands = server.commands = RecordedCommands()
        client = await join_edge(edge, server, "talker")
        await client.send(m.Ask("From afar?"))
        await commands.made("ask", "From afar?")
        await client.send(m.Press())
        assert (await client.until(m.Talker)).listener == client.welcome.listener
        for sequence in range(3):
            await client.socket.send(encode_talk(TalkPacket(sequence, frame(1, 0, samples=1_600).samples)))
        await client.send(m.Release())
        await commands.made("release")
        assert commands.microphone is not None
        assert len(commands.microphone.read()) == 4_800
        await client.leave()


async def test_roles_and_revoking_hold_across_the_bus(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server)
        listener = client.welcome.listener
        assert await asyncio.to_thread(server.promote, listener, "typist")
        assert (await client.until(m.RoleChanged)).role == "typist"
        assert await asyncio.to_thread(server.remove, listener)
        assert await client.closed() == 4403
        socket = await knock(edge)
        await socket.send(m.encode(m.Hello(session=client.welcome.session)), text=True)
        error = m.decode_server(await socket.recv())
        assert isinstance(error, m.Error) and error.code == "unauthorised"


async def test_a_session_moves_between_host_and_edge(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        far = await join_edge(edge, server)
        near = await knock(server)
        await near.send(m.encode(m.Hello(session=far.welcome.session)), text=True)
        assert isinstance(m.decode_server(await near.recv()), m.Welcome)
        assert await far.closed() == 4409
        await near.close()


async def test_owners_see_the_clients_of_edges(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        owner, far = await join_edge(edge, server, "owner"), await join_edge(edge, server)
        seen = await owner.until(
            m.Listeners, lambda told: far.welcome.listener in {entry.listener for entry in told.listeners}
        )
        assert seen.total == 2
        await owner.leave()
        await far.leave()


async def test_a_removal_that_the_bus_lost_is_made_up_for(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client, other = await join_edge(edge, server), await join_edge(edge, server)
        await asyncio.to_thread(bus.stop)
        assert await asyncio.to_thread(server.remove, client.welcome.listener)
        await asyncio.to_thread(bus.start)
        assert await client.closed() == 4403
        server.publish(ReplyDelta(TurnId(1), 1.0, "for others"))
        async with asyncio.timeout(WAIT_S):
            text = ""
            while text != "for others":
                received = await other.receive()
                if isinstance(received, m.Delta):
                    text = received.text
                elif isinstance(received, m.Resync) and received.snapshot.turns:
                    text = received.snapshot.turns[0].reply
        await other.leave()


async def test_a_leave_that_the_bus_lost_is_made_up_for(
    bus: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.broadcast.uplink.LEFT_S", 0.5)
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server)
        await asyncio.to_thread(bus.stop)
        await client.leave()
        await asyncio.to_thread(bus.start)
        async with asyncio.timeout(WAIT_S):
            while await present(server):  # noqa: ASYNC110 - it happens on another thread
                await asyncio.sleep(0.02)


async def test_what_the_host_does_not_hear_is_said_to_the_client(
    bus: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server, "talker")
        monkeypatch.setattr("engine.broadcast.remote.ANSWER_S", 0.3)
        monkeypatch.setattr("engine.broadcast.room_copy.HOST_AWAY_S", 2.5)
        monkeypatch.setattr("engine.broadcast.bus.LONGEST_RETRY_S", 1.0)
        await asyncio.to_thread(bus.stop)
        await client.send(m.Ask("Anybody?"))  # at once, before the edge knows that the host is away
        assert (await client.until(m.Error)).code == "unavailable"
        await client.until(m.Failed)  # and now it knows
        await client.send(m.Press())
        assert (await client.until(m.Error)).code == "unavailable"
        await asyncio.to_thread(bus.start)
        await client.until(m.Resync)
        commands = server.commands = RecordedCommands()
        await client.send(m.Ask("And now?"))
        await commands.made("ask", "And now?")
        await client.send(m.Probe(1, 1))  # heard, so nothing is said about it
        assert isinstance(await client.until(m.ProbeReply), m.ProbeReply)
        await client.leave()


async def test_after_the_bus_was_away_everybody_has_everything(bus: BusServer) -> None:
    async with served(options(bus)) as server, edge_of(bus.url) as edge:
        client = await join_edge(edge, server, "typist")
        await asyncio.to_thread(bus.stop)
        server.publish(ReplyDelta(TurnId(1), 1.0, "missed"))
        await asyncio.to_thread(bus.start)
        resync = await client.until(m.Resync, lambda message: bool(message.snapshot.turns))
        assert resync.snapshot.turns[0].reply == "missed"
        server.publish(ReplyDelta(TurnId(1), 1.1, " and not"))
        assert (await client.until(m.Delta)).text == " and not"
        await client.leave()


async def test_clients_stay_when_the_host_is_started_again(bus: BusServer, tmp_path: Path) -> None:
    kept = replace(options(bus), sessions_file=tmp_path / "sessions.json")
    async with edge_of(bus.url) as edge:
        async with served(kept) as server:
            client = await join_edge(edge, server, "typist")
            room = client.welcome.snapshot.room
        async with served(kept) as server:
            commands = server.commands = RecordedCommands()
            resync = await client.until(m.Resync)
            assert resync.snapshot.room != room
            async with asyncio.timeout(WAIT_S):
                while client.welcome.listener not in await present(server):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await client.send(m.Ask("Still here?"))
            await commands.made("ask", "Still here?")
            await client.leave()


async def test_without_a_host_clients_are_asked_to_come_back(
    bus: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.broadcast.remote.ANSWER_S", 0.2)
    async with edge_of(bus.url) as edge:
        socket = await knock(edge)
        await socket.send(m.encode(m.Hello(token="0" * 32)), text=True)
        async with asyncio.timeout(WAIT_S):
            await socket.wait_closed()
        assert socket.close_code == 1013


def test_the_quickest_answer_tells_the_offset() -> None:
    clock = ClockOffset()
    assert (clock.known, clock.offset_us) == (False, 0)
    clock.add(1_000, 501_900, 3_000)  # slow on one way
    clock.add(5_000, 505_100, 5_200)
    clock.add(9_000, 509_000, 8_000)  # a clock that went back is no answer
    assert clock.known
    assert clock.offset_us == 500_000
