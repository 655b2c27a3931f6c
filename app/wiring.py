"""What ties the settings to the running app: a change is in force at once, a model as soon as it is here.

The conversation, the room, the history, the theme and the language follow the store; the settings'
window and the first run get what they need of the world from here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.settings.services import Services, SpeechFacts
from app.settings.store import SettingsStore
from app.settings.work import Work
from app.sharing import Room
from app.theme import Theme
from engine.errors import AloudError, BackendUnavailable
from engine.events import NO_TURN, Failed, Port
from engine.models import Models
from engine.models.states import ModelState
from engine.settings import Settings
from engine.workers import Host

if TYPE_CHECKING:
    from engine.history import History, Recorder

log = logging.getLogger(__name__)


class Apply(Protocol):
    """What ``engine.build.apply`` does."""

    def __call__(
        self,
        conversation: Any,
        old: Settings,
        new: Settings,
        host: Host,
        *,
        running: dict[Port, object] | None,
    ) -> Awaitable[None]:
        """Takes ``new`` into ``conversation``."""
        ...


def _backends(settings: Settings) -> dict[Port, object]:
    from engine.build import backends

    return backends(settings)


async def _apply(
    conversation: Any, old: Settings, new: Settings, host: Host, *, running: dict[Port, object] | None
) -> None:
    from engine.build import apply

    await apply(conversation, old, new, host, running=running)


def _facts_of(voice: Any) -> SpeechFacts:
    from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
    from engine.tts.kyutai.voices import MOST_SPEAKERS

    if not isinstance(voice, KyutaiSynthesizer):
        return SpeechFacts(real_time_factor=voice.real_time_factor)
    return SpeechFacts(MOST_SPEAKERS, voice.codebooks, voice.real_time_factor)


class Wiring(QObject):
    """Keeps a running conversation as the settings say. Lives on the conversation's loop.

    ``connect_to`` begins; before that, changes only wait in the store. Changes come into force one after
    the other; of several that came while one was being loaded, the last counts.
    """

    language_changed = Signal(str)
    text_size_changed = Signal(int)
    _model_ready = Signal(object)

    def __init__(
        self,
        store: SettingsStore,
        bridge: Bridge,
        theme: Theme,
        host: Host,
        *,
        models: Models | None = None,
        room: Room | None = None,
        apply: Apply = _apply,
        backends: Callable[[Settings], dict[Port, object]] = _backends,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store, self._bridge, self._theme, self._host = store, bridge, theme, host
        self._do_apply, self._backends = apply, backends
        self.models = models or Models(host=host)
        self.room = room or Room(parent=self)
        self.work = Work(self)
        self.history: History | None = None
        self.recorder: Recorder | None = None
        self.forget_shown: Callable[[], None] = lambda: None
        self._conversation: Any = None
        self._applied = store.settings
        self._running: dict[Port, object] | None = None
        self._wanted = self._taking = False
        self._idle = asyncio.Event()
        self.services = Services(
            bridge=bridge,
            models=self.models,
            room=self.room,
            key_changed=self.reconsider,
            voices=self.voices,
            speech_facts=self.speech_facts,
            measure_again=self.measure_again,
            say=self.say,
            delete_history=self.delete_history,
        )
        store.changed.connect(self._changed)
        self.room.failed.connect(self._tell)
        self._model_ready.connect(lambda state: self.reconsider())
        bridge.muted_changed.connect(lambda muted: store.change("voice", muted=muted))
        self._undo = self.models.when_ready(self._told_of_model)

    def connect_to(self, conversation: Any) -> None:
        """Keeps ``conversation`` as the settings say from now on; it was built under those in the store."""
        self._conversation = conversation
        self._applied = self.store.settings
        self.work.do(self._begin())

    async def close(self) -> None:
        """Lets go of the conversation and closes the room."""
        self._undo()
        self._conversation = None
        self.work.cancel()
        await self.room.close()

    def reconsider(self) -> None:
        """Chooses the backends anew: a model has come, or a key."""
        if self._conversation is not None:
            self._wanted = True
            self.work.do(self._take_over(), self._tell)

    # What the settings' window asks for --------------------------------------------------------

    async def voices(self) -> Sequence[str]:
        """The voices of the engine that runs, the default first; waits while it loads."""
        if self._conversation is None:
            return ()
        names: Sequence[str] = await self._conversation.voice.call(lambda voice: tuple(voice.voices()))
        return names

    async def speech_facts(self) -> SpeechFacts:
        """What the voice that runs tells of itself; waits while it loads."""
        if self._conversation is None:
            return SpeechFacts()
        facts: SpeechFacts = await self._conversation.voice.call(_facts_of)
        return facts

    async def measure_again(self) -> None:
        """Has the codebooks for this machine measured anew. Returns once the voice is loaded again.

        Raises an ``AloudError``.
        """
        from engine.registry import forget_speed

        await asyncio.to_thread(forget_speed, self.store.settings)
        await self._settled()
        if self._running is not None:
            self._running = self._running | {Port.SYNTHESIZER: None}  # so that it is loaded anew
        self._wanted = True
        await self._take_over()

    async def say(self, text: str) -> None:
        """Speaks ``text`` with the chosen voice. Raises an ``AloudError``."""
        from app.settings.sample import say

        if self._conversation is None:
            raise BackendUnavailable("There is no voice yet.", "Wait until it is loaded.")
        await self._settled()
        await say(self._conversation, text)

    async def delete_history(self) -> None:
        """Forgets every conversation, the present one too. Raises ``HistoryError``."""
        history, recorder = self.history, self.recorder
        self.forget_shown()
        if history is None or recorder is None:
            return
        await asyncio.to_thread(recorder.flush)
        await asyncio.to_thread(history.clear)
        self.forget_shown()

    # Following the store -----------------------------------------------------------------------

    def _changed(self, before: Settings, after: Settings) -> None:
        if before.general.appearance != after.general.appearance:
            self._theme.set_appearance(after.general.appearance)
        if before.general.language != after.general.language:
            self.language_changed.emit(after.general.language)
        if before.general.text_size_percent != after.general.text_size_percent:
            self.text_size_changed.emit(after.general.text_size_percent)
        if self.recorder is not None:
            self.recorder.enabled = after.privacy.history
        self._bridge.mute(after.voice.muted)
        if self._conversation is None:
            return
        self._choose(after)
        if before.sharing != after.sharing:
            self.work.do(self.room.follow(self._conversation, after.sharing), self._tell)
        self._wanted = True
        self.work.do(self._take_over(), self._tell)

    def _choose(self, settings: Settings) -> None:
        """What needs no loading need not wait until something else is loaded."""
        from engine.build import choices

        self._conversation.choices = choices(settings)

    async def _begin(self) -> None:
        settings = self._applied
        self._running = await asyncio.to_thread(self._backends, settings)
        await self.room.follow(self._conversation, settings.sharing)
        await self._take_over()

    async def _take_over(self) -> None:
        """Brings the conversation to what is wanted, unless that is under way already."""
        if self._taking or self._running is None:
            return
        self._taking = True
        try:
            while self._wanted and self._conversation is not None:
                self._wanted = False
                await self._take(self.store.settings)
        finally:
            self._taking = False
            self._idle.set()

    async def _take(self, new: Settings) -> None:
        conversation = self._conversation
        running, wanted = self._running, await asyncio.to_thread(self._backends, new)
        await self._do_apply(conversation, self._applied, new, self._host, running=running)
        self._applied, self._running = new, wanted
        if running is not None and running[Port.SYNTHESIZER] != wanted[Port.SYNTHESIZER]:
            await self._keep_known_voice()

    async def _keep_known_voice(self) -> None:
        """A voice's name means nothing to another engine, which then speaks with its own default."""
        chosen = self.store.settings.voice.voice
        if chosen and not set(chosen.split("+")) <= set(await self.voices()):
            self.store.change("voice", voice="")

    async def _settled(self) -> None:
        while self._taking:
            self._idle.clear()
            await self._idle.wait()

    def _told_of_model(self, state: ModelState) -> None:
        self._model_ready.emit(state)

    def _tell(self, error: AloudError) -> None:
        self._bridge.tell(Failed(NO_TURN, asyncio.get_running_loop().time(), error))
