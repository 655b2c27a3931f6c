"""A real conversation over fake backends, followed and led from the room."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from engine.broadcast import messages as m
from engine.broadcast.clock import now_us, to_us
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.choices import VoiceChoice
from engine.events import SpeechStarted, TurnEnded
from engine.settings import Sharing
from engine.sharing import SharedRoom
from engine.units import SPEECH_RATE_HZ
from tests.fakes.room import Listening, join
from tests.integration.room_stage import Stage, shared
from tests.recorded_speech import RecordedUtterance


async def test_a_question_from_the_room_is_answered_in_the_room() -> None:
    async with shared(["It is ", "a voice."]) as (stage, server):
        client = await join(server, "typist")
        await client.send(m.Ask("What is it?"))
        received: list[object] = []
        while not isinstance(received[-1:] and received[-1], m.Ended):
            received.append(await client.receive())
        deltas = "".join(one.text for one in received if isinstance(one, m.Delta))
        assert deltas == "It is a voice."
        started = await stage.until(SpeechStarted)
        words = [word for one in received if isinstance(one, m.Words) for word in one.words]
        assert [deltas[word.start : word.end] for word in words] == ["It", "is", "a", "voice."]
        packets = [one for one in received if isinstance(one, SoundPacket)]
        sound = np.concatenate([packet.samples for packet in packets])
        assert [packet.sequence for packet in packets] == list(range(len(packets)))
        heard = stage.sink.played()
        assert abs(len(sound) - len(heard)) <= SPEECH_RATE_HZ // 2
        # The first sample leaves the host's speaker when it said so, and the room's 300 ms later.
        assert abs(packets[0].play_at_us - 300_000 - started.at_s * 1e6) < 60_000
        assert [word.at_us for word in words] == sorted(word.at_us for word in words)
        ended = received[-1]
        assert isinstance(ended, m.Ended)
        assert (ended.outcome, ended.question, ended.heard) == ("completed", "What is it?", "It is a voice.")
        await client.leave()


async def test_a_question_interrupts_and_cuts_the_sound_of_the_one_before() -> None:
    async with shared(["one two three four five six seven eight nine ten " * 4], ["New."]) as (stage, server):
        client = await join(server, "typist")
        await client.send(m.Ask("Count."))
        await client.until(SoundPacket)
        await client.until(m.State, lambda message: message.state == "speaking")
        await client.send(m.Ask("Stop it."))
        cut = await client.until(m.Cut)
        ended = await client.until(m.Ended)
        assert (ended.outcome, ended.turn) == ("interrupted", cut.turn)
        assert len(ended.heard) < len(ended.reply)
        following = await client.until(SoundPacket)
        assert following.epoch == cut.turn + 1
        await stage.until(TurnEnded, 2)
        await client.leave()


async def test_talk_from_the_room_is_understood(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    async with shared(["Good."]) as (stage, server):
        for backend in (stage.talk.ears, stage.talk.brain, stage.talk.voice):
            await backend.worker()
        client = await join(server, "talker", name="Phone")
        await client.send(m.Press())
        assert (await client.until(m.Talker)).name == "Phone"
        await client.until(m.State, lambda message: message.state == "listening")
        await talk(client, recorded_speech[1])
        await client.send(m.Release())
        transcript = await client.until(m.Transcript)
        assert (transcript.text, transcript.typed) == ("1.6 seconds", False)  # all that was said
        assert (await client.until(m.Ended)).outcome == "completed"
        await client.leave()


async def talk(client: Listening, utterance: RecordedUtterance) -> None:
    """Sends it in packets of 100 ms, somewhat faster than it was said."""
    for sequence, start in enumerate(range(0, len(utterance.samples), 1_600)):
        packet = TalkPacket(sequence, utterance.samples[start : start + 1_600])
        await client.socket.send(encode_talk(packet))
        await asyncio.sleep(0.04)


async def test_a_talked_question_is_filtered_as_a_typed_one(
    recorded_speech: tuple[RecordedUtterance, ...],
) -> None:
    options = RoomOptions(port=0, question_filter=lambda text: "seconds" not in text)
    async with shared(["Never."], options=options) as (stage, server):
        for backend in (stage.talk.ears, stage.talk.brain, stage.talk.voice):
            await backend.worker()
        client = await join(server, "talker")
        await client.send(m.Press())
        await client.until(m.State, lambda message: message.state == "listening")
        await talk(client, recorded_speech[1])
        await client.send(m.Release())
        received: list[object] = []
        while not (received and isinstance(received[-1], m.Ended)):
            received.append(await client.receive())
        assert isinstance(received[-1], m.Ended)
        assert (received[-1].outcome, received[-1].question) == ("discarded", "")
        assert not any(isinstance(one, m.Partial | m.Transcript | m.Delta) for one in received)
        assert any(isinstance(one, m.Failed) and "not asked here" in one.message for one in received)
        assert stage.talk.records == ()
        await client.leave()


async def test_what_is_not_to_be_spoken_is_written_and_left_out_of_the_voice() -> None:
    async with shared(["one two three shut ", "up four"]) as (stage, server):
        stage.talk.choices = replace(stage.talk.choices, voice=VoiceChoice(unspoken=("two", "shut up")))
        client = await join(server, "typist")
        await client.send(m.Ask("Count."))
        words: list[str] = []
        while not isinstance(received := await client.receive(), m.Ended):
            if isinstance(received, m.Words):
                words += [word.text for word in received.words]
        assert words == ["one", "three", "four."]
        assert received.reply == "one two three shut up four"
        await client.leave()


async def test_a_talker_who_leaves_has_asked_nothing(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    async with shared() as (stage, server):
        client = await join(server, "talker")
        await client.send(m.Press())
        await client.until(m.State, lambda message: message.state == "listening")
        await talk(client, recorded_speech[1])
        await client.leave()
        ended = await stage.until(TurnEnded)
        assert (ended.outcome.value, ended.question) == ("interrupted", "")


async def test_a_mute_from_the_room_silences_everybody() -> None:
    async with shared(["one two three four five six seven eight nine ten " * 4]) as (stage, server):
        client = await join(server, "owner")
        await client.send(m.Ask("Count."))
        await client.until(SoundPacket)
        await client.send(m.Mute(True))
        await client.until(m.Cut)
        assert (await client.until(m.Muted)).muted
        assert stage.talk.choices.muted
        assert (await client.until(m.Ended)).outcome == "completed"
        await client.leave()


async def test_a_mute_at_the_host_silences_the_room() -> None:
    long = "one two three four five six seven eight nine ten " * 4
    async with shared([long], ["Again."]) as (stage, server):
        client = await join(server)
        stage.talk.ask("Count.")
        await client.until(SoundPacket)
        stage.talk.mute(True)
        cut = await client.until(m.Cut)
        assert (await client.until(m.Muted)).muted
        assert (await client.until(m.Ended)).turn == cut.turn
        stage.talk.mute(False)
        stage.talk.ask("And now?")
        assert not (await client.until(m.Muted)).muted
        assert (await client.until(SoundPacket)).epoch == cut.turn + 1
        await client.leave()


async def test_a_mute_between_turns_reaches_the_room_at_once() -> None:
    async with shared() as (stage, server):
        client = await join(server)
        stage.talk.mute(True)
        assert (await client.until(m.Muted)).muted
        stage.talk.mute(True)  # which is nothing new
        stage.talk.mute(False)
        assert not (await client.until(m.Muted)).muted
        late = await join(server)
        assert not late.welcome.snapshot.muted
        await client.leave()
        await late.leave()


async def test_in_room_mode_the_host_waits_for_the_room_and_plays_with_it() -> None:
    stage = Stage(["It is a voice."])
    stage.talk.start()
    room = SharedRoom(Sharing(port=0, mode="room"))
    await asyncio.to_thread(room.open)
    room.attach(stage.talk)
    listener = await join(room.server)
    assert listener.welcome.mode == "room"
    stage.talk.ask("What is it?")
    packet = await listener.until(SoundPacket)
    assert packet.sequence == 0
    assert packet.play_at_us > now_us(), "it came before its time"
    started = await stage.until(SpeechStarted)
    assert to_us(started.at_s) - packet.play_at_us == pytest.approx(0, abs=2_000)
    room.detach()
    await listener.leave()
    await asyncio.to_thread(room.close)
    await stage.talk.close()
