"""What the room knows of the conversation: turns forgotten, another conversation, a room opened late."""

import asyncio
from dataclasses import replace

import pytest

from engine.broadcast import messages as m
from engine.broadcast.packets import SoundPacket
from engine.broadcast.relay import attach
from engine.errors import AloudError
from engine.events import Outcome, SpeechStarted, TurnEnded
from engine.turn import Turn, TurnState
from engine.units import TurnId
from tests.fakes.room import join, served
from tests.integration.room_stage import OPTIONS, Stage, shared


async def test_a_room_that_is_opened_while_the_voice_is_off_knows_it() -> None:
    stage = Stage()
    stage.talk.start()
    stage.talk.mute(True)
    async with served(OPTIONS) as server:
        undo = attach(stage.talk, server)
        client = await join(server)
        assert client.welcome.snapshot.muted
        undo()
        await client.leave()
    await stage.talk.close()


async def test_a_forgotten_turn_is_gone_from_the_room_too() -> None:
    replies = ["One."], ["Two."], ["three four five six seven eight nine ten " * 6], ["Anew."]
    async with shared(*replies) as (stage, server):
        client = await join(server, "typist")
        for count, question in enumerate(("First?", "Second?"), 1):
            await client.send(m.Ask(question))
            await stage.until(TurnEnded, count)
        stage.talk.ask("Third?")
        await client.until(SoundPacket, lambda packet: packet.epoch == 3)
        assert stage.talk.turn is not None
        stage.talk.forget([stage.talk.records[1].turn_id, stage.talk.turn.turn_id])
        assert (await client.until(m.Cut)).turn == 3
        resync = await client.until(m.Resync)
        assert [turn.question for turn in resync.snapshot.turns] == ["First?"]
        assert (resync.snapshot.state, resync.snapshot.turns[0].typed) == ("idle", True)
        assert resync.snapshot.room == client.welcome.snapshot.room
        stage.talk.ask("Second, better?")
        assert (await client.until(SoundPacket)).epoch == 4  # and nothing more of the third
        await stage.until(TurnEnded, 4)
        late = await join(server)
        questions = [turn.question for turn in late.welcome.snapshot.turns]
        assert questions == ["First?", "Second, better?"]
        await client.leave()
        await late.leave()


async def test_another_conversation_takes_the_room_over() -> None:
    async with shared(["One."], ["Two."], ["Three."]) as (stage, server):
        stage.talk.mute(True)
        stage.talk.ask("Old?")
        old = await stage.until(TurnEnded)
        client = await join(server)
        assert old.question == client.welcome.snapshot.turns[0].question
        held = Turn(TurnId(7), TurnState.ENDED, question="Older?", reply="Yes.", outcome=Outcome.COMPLETED)
        stage.talk.resume([replace(held, heard_text="Yes.")])
        resync = await client.until(m.Resync)
        assert [(turn.question, turn.heard) for turn in resync.snapshot.turns] == [("Older?", "Yes.")]
        assert resync.snapshot.muted  # that is the room's, not the conversation's
        stage.talk.resume([])
        assert (await client.until(m.Resync)).snapshot.turns == ()
        await client.leave()


async def test_the_room_is_closed_and_opened_at_will() -> None:
    async with shared(["It is a voice."], ["Still."]) as (stage, server):
        first = await join(server, "typist")
        await first.send(m.Ask("What is it?"))
        await stage.until(TurnEnded)
        await asyncio.to_thread(server.stop)
        assert await first.closed() == 1001
        with pytest.raises(AloudError, match="not open"):
            server.invite("listener")
        stage.talk.ask("And now?")
        await stage.until(TurnEnded, 2)
        await asyncio.to_thread(server.start)
        again = await join(server)
        assert [turn.heard for turn in again.welcome.snapshot.turns] == ["It is a voice.", "Still."]
        await again.leave()


async def test_a_room_that_is_opened_late_knows_what_was_said_before() -> None:
    stage = Stage(["It is a voice."])
    stage.talk.start()
    stage.talk.ask("What is it?")
    await stage.until(TurnEnded)
    async with served(OPTIONS) as server:
        early = await join(server)
        assert early.welcome.snapshot.turns == ()
        undo = attach(stage.talk, server)
        assert (await early.until(m.Resync)).snapshot.turns[0].question == "What is it?"
        undo()
        undo_again = attach(stage.talk, server)
        late = await join(server)
        assert len(late.welcome.snapshot.turns) == 1
        undo_again()
        await early.leave()
        await late.leave()
    assert not stage.talk.frame_taps
    await stage.talk.close()


async def test_a_room_that_is_opened_in_the_middle_of_a_turn_knows_it() -> None:
    stage = Stage(["one two three four five six seven eight nine ten " * 4])
    stage.talk.start()
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    async with served(OPTIONS) as server:
        undo = attach(stage.talk, server)
        client = await join(server)
        (turn,) = client.welcome.snapshot.turns
        assert (client.welcome.snapshot.state, turn.question) == ("speaking", "Count.")
        assert turn.reply.startswith("one two")
        stage.talk.stop()
        assert (await client.until(m.Ended)).turn == turn.turn
        undo()
        await client.leave()
    await stage.talk.close()
