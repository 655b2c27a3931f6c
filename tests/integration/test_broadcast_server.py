"""The room over real sockets: joining, hearing, asking, leaving."""

import asyncio
import gc
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import connect

from engine.broadcast import messages as m
from engine.broadcast.client import Client
from engine.broadcast.host import Host
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.broadcast.server import RoomServer
from engine.errors import PortInUse
from engine.events import Outcome, ReplyCompleted, ReplyDelta, SpeechStarted, TranscriptReady, TurnEnded
from engine.pcm import SpokenWord
from engine.units import TurnId
from tests.fakes.ports import free_port
from tests.fakes.room import Listening, RecordedCommands, frame, in_us, join, present, served


def tell_a_turn(server: RoomServer, turn: int = 1) -> None:
    """A typed turn up to the first words of its reply."""
    turn_id = TurnId(turn)
    server.publish(TranscriptReady(turn_id, 1.0, "What is it?", typed=True))
    server.publish(ReplyDelta(turn_id, 1.1, "It is "))
    server.publish(SpeechStarted(turn_id, 1.2, 1.15))
    server.publish(ReplyDelta(turn_id, 1.3, "a voice."))
    server.publish(ReplyCompleted(turn_id, 1.4, "It is a voice."))


async def test_a_turn_reaches_a_client_as_text() -> None:
    async with served() as server:
        client = await join(server)
        tell_a_turn(server)
        server.publish(TurnEnded(TurnId(1), 2.0, Outcome.COMPLETED, "What is it?", "It is a voice.", "It is"))
        received = [await client.receive() for _ in range(8)]
        await client.socket.close()
    assert received == [
        m.Transcript(1, "What is it?", True),
        m.State(1, "thinking", 1_000_000),
        m.Delta(1, "It is "),
        m.State(1, "speaking", 1_200_000),
        m.Delta(1, "a voice."),
        m.Completed(1, "It is a voice."),
        m.Ended(1, "completed", "What is it?", "It is a voice.", "It is"),
        m.State(1, "idle", 2_000_000),
    ]


async def test_sound_comes_with_its_words_and_play_out_times() -> None:
    async with served(RoomOptions(port=0, lead_s=0.25)) as server:
        s16, f32 = await join(server), await join(server, format="f32le")
        start_us = in_us(0.1)
        server.audio(frame(1, 0, (SpokenWord("It", 480, 0, 2),)), start_us)
        server.audio(frame(1, 1), start_us + 80_000)
        for client in (s16, f32):
            assert await client.until(m.Words) == m.Words(1, (m.Word("It", 0, 2, start_us + 270_000),))
            first, second = await client.until(SoundPacket), await client.until(SoundPacket)
            assert (first.epoch, first.sequence, first.offset_samples) == (1, 0, 0)
            assert (second.epoch, second.sequence, second.offset_samples) == (1, 1, 1_920)
            assert first.play_at_us == start_us + 250_000
            assert second.play_at_us == first.play_at_us + 80_000
            assert np.allclose(first.samples, frame(1, 0).samples, atol=1e-4)
        await s16.socket.close()
        await f32.socket.close()


async def test_room_mode_leaves_the_hosts_times_alone() -> None:
    async with served(RoomOptions(port=0, mode="room")) as server:
        client = await join(server)
        start_us = in_us(0.3)
        server.audio(frame(1, 0), start_us)
        assert (await client.until(SoundPacket)).play_at_us == start_us
        await client.socket.close()


async def test_sound_far_ahead_is_held_back_and_a_cut_drops_it() -> None:
    async with served() as server:
        client = await join(server)
        server.audio(frame(1, 0), in_us(0.1))
        server.audio(frame(1, 1), in_us(600.0))
        server.cut(1)
        server.audio(frame(1, 2), in_us(0.1))
        server.audio(frame(2, 0), in_us(0.1))
        assert (await client.until(SoundPacket)).epoch == 1
        assert (await client.until(m.Cut)).turn == 1
        following = await client.until(SoundPacket)
        assert (following.epoch, following.sequence) == (2, 0)
        await client.socket.close()


async def test_held_back_sound_is_sent_when_it_is_nearly_due() -> None:
    async with served(RoomOptions(port=0, lead_s=0.0)) as server:
        client = await join(server)
        server.audio(frame(1, 0), in_us(1.2))
        packet = await client.until(SoundPacket)
        assert 0 < packet.play_at_us - in_us(0.0) <= 1_000_000
        await client.socket.close()


async def test_who_joins_late_gets_the_conversation_and_the_sound_to_come() -> None:
    async with served() as server:
        early = await join(server)
        tell_a_turn(server)
        server.audio(frame(1, 0, (SpokenWord("It", 0, 0, 2),)), in_us(-5.0))
        server.audio(frame(1, 1, (SpokenWord("is", 2_000, 3, 5),)), in_us(0.5))
        await early.until(SoundPacket, lambda packet: packet.sequence == 1)
        late = await join(server)
        snapshot = late.welcome.snapshot
        assert (snapshot.state, snapshot.turn) == ("speaking", 1)
        (turn,) = snapshot.turns
        assert (turn.question, turn.reply, turn.complete, turn.outcome) == (
            "What is it?",
            "It is a voice.",
            True,
            None,
        )
        assert [word.text for word in turn.words] == ["It", "is"]
        assert (await late.until(SoundPacket)).sequence == 1
        await early.socket.close()
        await late.socket.close()


async def test_what_was_said_while_the_room_was_closed_is_known_to_who_joins() -> None:
    server = RoomServer(RoomOptions(port=0))
    tell_a_turn(server)
    server.start()
    try:
        client = await join(server)
        assert client.welcome.snapshot.turns[0].reply == "It is a voice."
        await client.socket.close()
    finally:
        await asyncio.to_thread(server.stop)


async def test_clock_probes_are_answered_on_the_server_clock() -> None:
    async with served() as server:
        client = await join(server)
        before_us = in_us(0.0)
        await client.send(m.Probe(7, 123))
        reply = await client.until(m.ProbeReply)
        assert (reply.id, reply.client_us) == (7, 123)
        assert before_us <= reply.received_us <= reply.sent_us <= in_us(0.0)
        await client.socket.close()


async def test_questions_stops_and_mutes_reach_the_conversation() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "owner")
        await client.send(m.Ask("Wie spät ist es?"))
        await client.send(m.Stop())
        await client.send(m.Mute(True))
        await commands.made("mute", True)
        assert commands.calls == [("ask", "Wie spät ist es?"), ("stop",), ("mute", True)]
        await client.socket.close()


async def test_a_session_outlives_the_server(tmp_path: Path) -> None:
    options = RoomOptions(port=0, sessions_file=tmp_path / "sessions.json")
    async with served(options) as server:
        client = await join(server, "talker", name="Kitchen")
        session = client.welcome.session
        room = client.welcome.snapshot.room
    assert await client.closed() == 1001
    async with served(options) as server:
        client = await join(server, session=session)
        assert (client.welcome.role, client.welcome.name) == ("talker", "Kitchen")
        assert client.welcome.snapshot.room != room
        await client.socket.close()


async def test_a_second_connection_of_a_session_replaces_the_first() -> None:
    async with served() as server:
        first = await join(server)
        second = await join(server, session=first.welcome.session)
        assert await first.closed() == 4409
        tell_a_turn(server)
        assert isinstance(await second.receive(), m.Transcript)
        await second.socket.close()


async def test_a_changed_format_holds_from_the_next_packet_on() -> None:
    async with served() as server:
        client = await join(server, format="none")
        server.audio(frame(1, 0), in_us(0.1))
        await present(server)  # by then the net thread has had the frame
        await client.send(m.SetFormat("f32le"))
        await client.send(m.Probe(1, 1))
        await client.until(m.ProbeReply)
        server.audio(frame(1, 1), in_us(0.2))
        packet = await client.until(SoundPacket)
        assert (packet.sequence, packet.format) == (1, "f32le")
        await client.socket.close()


async def test_owners_see_who_is_connected() -> None:
    async with served() as server:
        owner = await join(server, "owner", name="Desk")
        guest = await join(server, name="Phone", delay_ms=120)
        await guest.send(m.Report(130, 4.0, 500.0, 0.5, 2))
        seen = await owner.until(
            m.Listeners, lambda message: any(entry.late_packets == 2 for entry in message.listeners)
        )
        entry = next(entry for entry in seen.listeners if entry.name == "Phone")
        assert (entry.role, entry.delay_ms) == ("listener", 130)
        assert (entry.address, entry.format) == ("127.0.0.1", "s16le")
        await owner.socket.close()
        await guest.socket.close()


async def test_an_owner_invites_promotes_and_removes() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        owner = await join(server, "owner")
        await owner.send(m.Invite("listener"))
        invited = await owner.until(m.Invited)
        guest = await join(server, token=invited.token)
        await owner.send(m.Promote(guest.welcome.listener, "typist"))
        assert (await guest.until(m.RoleChanged)).role == "typist"
        await guest.send(m.Ask("Now?"))
        await commands.made("ask", "Now?")
        await owner.send(m.Remove(guest.welcome.listener))
        assert await guest.closed() == 4403
        await owner.send(m.Remove("00000000"))
        assert (await owner.until(m.Error)).code == "unknown_listener"
        await owner.socket.close()


async def test_a_hushed_talker_types_and_does_not_talk() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        owner, talker = await join(server, "owner"), await join(server, "talker")
        who = talker.welcome.listener
        await talker.send(m.Press())
        await talker.until(m.Talker)
        await owner.send(m.Hush(who, True))
        assert (await talker.until(m.Hushed)).hushed
        assert (await talker.until(m.Talker)).listener == ""  # at once, and what was said is no question
        await commands.made("stop")
        await talker.send(m.Press())
        assert (await talker.until(m.Error)).code == "hushed"
        await talker.send(m.Ask("By hand?"))
        await commands.made("ask", "By hand?")
        await owner.until(m.Listeners, lambda told: any(one.hushed for one in told.listeners))
        await talker.leave()
        again = await join(server, session=talker.welcome.session)
        assert (again.welcome.role, again.welcome.hushed) == ("talker", True)
        await owner.send(m.Hush(who, False))
        assert not (await again.until(m.Hushed)).hushed
        await again.send(m.Press())
        assert (await again.until(m.Talker)).listener == who
        await owner.send(m.Hush("00000000", True))
        assert (await owner.until(m.Error)).code == "unknown_listener"
        await owner.leave()
        await again.leave()


async def test_stopping_closes_everybody_and_frees_the_port() -> None:
    options = RoomOptions(port=free_port())
    async with served(options) as server:
        client = await join(server)
    assert await client.closed() == 1001
    async with served(options) as again:
        assert again.port == options.port


async def test_a_taken_port_is_named() -> None:
    async with served() as server:
        with pytest.raises(PortInUse, match=str(server.port)):
            RoomServer(RoomOptions(port=server.port)).start()


async def test_localhost_works_over_both_kinds_of_loopback() -> None:
    async with served() as server:
        for host in ("localhost", "127.0.0.1", "[::1]"):
            socket = await connect(
                f"ws://{host}:{server.port}/",
                origin=f"http://{host}:{server.port}",  # type: ignore[arg-type]  # a NewType of str
                subprotocols=[m.SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
            )
            await socket.close()


async def talked(client: Listening, blocks: int) -> None:
    """Sends so many blocks of 100 ms."""
    for sequence in range(blocks):
        await client.socket.send(encode_talk(TalkPacket(sequence, np.full(1_600, 0.25, np.float32))))


async def test_talk_reaches_the_conversations_microphone() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        talker, other = await join(server, "talker", name="Phone"), await join(server, "talker")
        await talker.send(m.Press())
        assert await talker.until(m.Talker) == m.Talker(talker.welcome.listener, "Phone")
        await other.send(m.Press())
        assert (await other.until(m.Error)).code == "talker_busy"
        await talked(talker, 5)
        await talker.send(m.Release())
        assert (await other.until(m.Talker, lambda message: not message.listener)).name == ""
        assert commands.calls == [("press",), ("release",)]
        assert commands.microphone is not None
        heard = commands.microphone.read()
        assert len(heard) == 8_000
        assert np.allclose(heard, 0.25, atol=1e-3)
        await other.send(m.Press())
        assert (await other.until(m.Talker)).listener == other.welcome.listener
        await talker.socket.close()
        await other.socket.close()
        await asyncio.to_thread(commands.wait, "stop")  # a talker that leaves has asked nothing


async def test_clients_that_left_leave_nothing_behind() -> None:
    options = RoomOptions(port=0, per_address=200, max_clients=200)
    async with served(options) as server:
        for _ in range(3):
            clients = [await join(server) for _ in range(20)]
            server.audio(frame(1, 0), in_us(0.1))
            for client in clients[:10]:
                await client.leave()
            for client in clients[10:]:
                client.socket.transport.abort()
        async with asyncio.timeout(20.0):
            while await present(server):  # noqa: ASYNC110 - a value to look at
                await asyncio.sleep(0.01)
        del clients, client
        gc.collect()
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Client)]


async def test_a_message_in_pieces_is_one_message() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "typist")
        text = m.encode(m.Ask("In three pieces?")).decode()
        await client.socket.send(part for part in (text[:9], text[9:20], text[20:]))
        await client.send(m.Probe(7, 1))
        assert (await client.until(m.ProbeReply)).id == 7
        await commands.made("ask", "In three pieces?")
        await client.leave()


async def test_a_fault_here_ends_one_connection_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served() as server:
        client, other = await join(server, "typist"), await join(server)

        def fail(*_: object) -> None:
            raise RuntimeError("a fault of the test")

        monkeypatch.setattr(Host, "do", fail)
        await client.send(m.Ask("Well?"))
        assert await client.closed() == 1011
        server.publish(ReplyDelta(TurnId(1), 1.0, "still here"))
        assert (await other.until(m.Delta)).text == "still here"
        await other.leave()
