"""A real conversation over fake backends, and a room that it is shared in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from engine.audio.capture import Capture
from engine.audio.null import NullSink, NullSource
from engine.audio.playout import Playout
from engine.audio.speech_detector import SpeechDetector
from engine.broadcast.options import RoomOptions
from engine.broadcast.relay import attach
from engine.broadcast.server import RoomServer
from engine.bus import Bus
from engine.choices import Choices
from engine.conversation import Conversation
from engine.events import Event, Port
from engine.ports import Progress
from engine.supervise import Supervisor
from engine.workers import Worker, host_on_thread
from tests.fakes.language_model import FakeLanguageModel
from tests.fakes.room import WAIT_S, served
from tests.fakes.synthesizer import FakeSynthesizer
from tests.fakes.transcriber import FakeTranscriber

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
