"""A real conversation over fake backends, followed and led from the room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.null import NullSink, NullSource
from engine.audio.playout import Playout
from engine.audio.speech_detector import SpeechDetector
from engine.broadcast import messages as m
from engine.broadcast.clock import now_us, to_us
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.broadcast.relay import attach
from engine.broadcast.server import RoomServer
from engine.bus import Bus
from engine.choices import Choices, VoiceChoice
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.events import Event, Outcome, Port, SpeechStarted, TurnEnded
from engine.ports import Progress
from engine.settings import Sharing
from engine.sharing import SharedRoom
from engine.supervise import Supervisor
from engine.turn import Turn, TurnState
from engine.units import SPEECH_RATE_HZ, TurnId
from engine.workers import Worker, host_on_thread
from tests.fakes.language_model import FakeLanguageModel
from tests.fakes.room import WAIT_S, Listening, join, served
from tests.fakes.synthesizer import FakeSynthesizer
from tests.fakes.transcriber import FakeTranscriber
from tests.recorded_speech import RecordedUtterance

Made = TypeVar("Made")
Told = TypeVar("Told", bound=Event)
OPTIONS = RoomOptions(port=0)


class Stage:
    """A conversation over fakes that plays into a speaker of its own, and what it has told."""

    def __init__(self, *replies: list[str]) -> None:
        self.events: list[Event] = []
        self.bus = Bus()
        self._changed = asyncio.Event()
        self.bus.subscribe(self._hear)
        self.sink = NullSink(keep=True)
        self.talk = Conversation(
            Capture(NullSource(), SpeechDetector()),
            self._supervised(Port.TRANSCRIBER, FakeTranscriber),
            self._supervised(Port.LANGUAGE_MODEL, lambda: FakeLanguageModel(*replies)),
            self._supervised(Port.SYNTHESIZER, FakeSynthesizer),
            Playout(self.sink),
            self.bus,
            Choices(),
        )

    def _supervised(self, port: Port, make: Callable[[], Made]) -> Supervisor[Made]:
        def make_worker(progress: Progress) -> Worker[Made]:
            return Worker("fake", lambda report: make(), on_progress=progress)

        return Supervisor(port, "fake", make_worker, host_on_thread, self.bus.publish)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, kind: type[Told], count: int = 1) -> Told:
        async with asyncio.timeout(WAIT_S):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]


@contextlib.asynccontextmanager
async def shared(
    *replies: list[str], options: RoomOptions = OPTIONS
) -> AsyncIterator[tuple[Stage, RoomServer]]:
    stage = Stage(*replies)
    stage.talk.start()
    async with served(options) as server:
        undo = attach(stage.talk, server)
        try:
            yield stage, server
        finally:
            undo()
            await stage.talk.close()


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
