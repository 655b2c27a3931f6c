"""The real app on the virtual sound card: real window, real models, real PortAudio."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from app.composition import App
from engine import paths
from engine.conversation import Conversation
from engine.events import Event
from engine.pcm import Pcm
from engine.settings import Brain, General, Settings, save
from tests.virtual_audio import VirtualAudio

Told = TypeVar("Told", bound=Event)
Run = Callable[[Coroutine[Any, Any, None]], None]

WATCHDOG_S = 100.0
"""Models are loaded and sentences spoken in real time."""

LONGEST_GOODBYE_S = 60.0


class Person:
    """Somebody at the running app, who can wait for what it tells."""

    def __init__(self, app: App, card: VirtualAudio) -> None:
        self.app = app
        self.card = card
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    @property
    def talk(self) -> Conversation:
        assert isinstance(self.app.conversation, Conversation)
        return self.app.conversation

    async def arrive(self) -> None:
        """Waits until the app has a conversation and every model is loaded."""
        while self.app.conversation is None:  # noqa: ASYNC110 - it is built after the first paint, which tells nobody
            await asyncio.sleep(0.01)
        self.talk.bus.subscribe(self._hear)
        for backend in (self.talk.ears, self.talk.brain, self.talk.voice):
            await backend.worker()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def all(self, kind: type[Told]) -> list[Told]:
        """Every event of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[Told], count: int = 1) -> Told:
        """The ``count``-th event of a kind."""
        while len(found := self.all(kind)) < count:
            self._changed.clear()
            await self._changed.wait()
        return found[count - 1]

    async def say(self, samples: Pcm, rate_hz: int) -> None:
        """Speaks into the microphone, to the end."""
        player = self.card.play(samples, rate_hz)
        while player.poll() is None:  # noqa: ASYNC110 - another process, which tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
def person(qapp: QApplication, virtual_audio: VirtualAudio, home: Path) -> Iterator[tuple[Person, Run]]:
    """The app opened with a deterministic brain, and what runs a story in it; quits at the end."""
    brain = Brain(temperature=0.0, longest_reply_tokens=60)
    save(paths.settings_file(), Settings(general=General(onboarded=True, sounds=False), brain=brain))
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
    app = App(qapp)
    person = Person(app, virtual_audio)

    def run(story: Coroutine[Any, Any, None]) -> None:
        async def whole() -> None:
            running = asyncio.ensure_future(app.run())
            try:
                await person.arrive()
                await story
            finally:
                app.quit()
                await running

        loop.run_until_complete(asyncio.wait_for(whole(), WATCHDOG_S))

    yield person, run
    assert app.threads.join(LONGEST_GOODBYE_S) == []
    loop.run_until_complete(loop.shutdown_asyncgens())
    sys.set_asyncgen_hooks(*hooks)
    loop.close()
    asyncio.set_event_loop(None)
