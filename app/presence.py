"""What Aloud is doing, in one word and one colour, the same wherever it is shown."""

from enum import Enum

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.bridge import Bridge
from app.theme import Colours
from app.window.part import Part, Parts
from engine.events import (
    NO_TURN,
    Event,
    ListeningStarted,
    Port,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.units import TurnId


class Doing(Enum):
    """From the most telling to the least: of several that are true, the first is shown."""

    LISTENING = "listening"
    UNDERSTANDING = "understanding"
    THINKING = "thinking"
    SPEAKING = "speaking"
    ERROR = "error"
    LOADING = "loading"
    MUTED = "muted"
    IDLE = "idle"

    @property
    def live(self) -> bool:
        """Whether a turn is in flight."""
        return self in (Doing.LISTENING, Doing.UNDERSTANDING, Doing.THINKING, Doing.SPEAKING)


_DURING = {
    ListeningStarted: Doing.LISTENING,
    UtteranceCaptured: Doing.UNDERSTANDING,
    TranscriptReady: Doing.THINKING,
    SpeechStarted: Doing.SPEAKING,
}


class Presence(QObject):
    """Follows the bridge. Main thread.

    ``changed`` carries what Aloud does from now on; ``part_changed`` a ``Part`` that is another now,
    after ``changed``.
    """

    changed = Signal(Doing)
    part_changed = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._turn: Doing | None = None
        self._turn_id: TurnId = NO_TURN
        self.parts = Parts()
        self.doing = self._now()
        bridge.told.connect(self._follow)
        bridge.muted_changed.connect(lambda _: self._settle())

    def give_up(self) -> None:
        """There will be no conversation, whatever is waited for."""
        self.parts.give_up()
        self._settle()

    def forgive(self, port: Port) -> None:
        """That part is tried again; it is not known yet how it does."""
        self._put(self.parts.put(Part(port)))

    def _follow(self, event: Event) -> None:
        if type(event) in _DURING:
            self._turn, self._turn_id = _DURING[type(event)], event.turn_id
        elif isinstance(event, TurnEnded) and event.turn_id == self._turn_id:
            self._turn = None
        self._put(self.parts.tell(event))

    def _put(self, part: Part | None) -> None:
        self._settle()
        if part is not None:
            self.part_changed.emit(part)

    def _now(self) -> Doing:
        if self._turn is not None:
            return self._turn
        if self.parts.failed:
            return Doing.ERROR
        if not self.parts.ready:
            return Doing.LOADING
        return Doing.MUTED if self._bridge.muted else Doing.IDLE

    def _settle(self) -> None:
        doing = self._now()
        if doing is not self.doing:
            self.doing = doing
            self.changed.emit(doing)


def words(doing: Doing) -> str:
    """What is shown and told to screen readers."""
    texts = {
        Doing.IDLE: tr("Ready"),
        Doing.LISTENING: tr("Listening"),
        Doing.UNDERSTANDING: tr("Understanding"),
        Doing.THINKING: tr("Thinking"),
        Doing.SPEAKING: tr("Speaking"),
        Doing.ERROR: tr("Error"),
        Doing.LOADING: tr("Loading"),
        Doing.MUTED: tr("Muted"),
    }
    return texts[doing]


def colour(doing: Doing, colours: Colours) -> str:
    """The colour that stands for it, wherever there is colour."""
    return {
        Doing.IDLE: colours.good,
        Doing.ERROR: colours.bad,
        Doing.MUTED: colours.quiet,
    }.get(doing, colours.accent)


def tr(text: str) -> str:
    """``text`` in the app's language."""
    return QCoreApplication.translate("Presence", text)
