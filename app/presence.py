"""What Aloud is doing, in one word, for whoever shows it in a small place."""

from enum import Enum

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.bridge import Bridge
from engine.events import (
    BackendState,
    BackendStateChanged,
    Event,
    ListeningStarted,
    Port,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)


class Doing(Enum):
    """From the most telling to the least: of several that are true, the first is shown."""

    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    ERROR = "error"
    MUTED = "muted"
    IDLE = "idle"

    @property
    def live(self) -> bool:
        """Whether a turn is in flight."""
        return self in (Doing.LISTENING, Doing.THINKING, Doing.SPEAKING)


_DURING = {
    ListeningStarted: Doing.LISTENING,
    UtteranceCaptured: Doing.THINKING,
    TranscriptReady: Doing.THINKING,
    SpeechStarted: Doing.SPEAKING,
    TurnEnded: None,
}


class Presence(QObject):
    """Follows the bridge; ``changed`` carries what Aloud does from now on. Main thread."""

    changed = Signal(Doing)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._turn: Doing | None = None
        self._failed: set[Port] = set()
        self.doing = Doing.MUTED if bridge.muted else Doing.IDLE
        bridge.told.connect(self._follow)
        bridge.muted_changed.connect(lambda _: self._settle())

    def _follow(self, event: Event) -> None:
        if isinstance(event, BackendStateChanged):
            failed = event.state is BackendState.FAILED
            (self._failed.add if failed else self._failed.discard)(event.port)
        elif type(event) in _DURING:
            self._turn = _DURING[type(event)]
        else:
            return
        self._settle()

    def _settle(self) -> None:
        resting = Doing.ERROR if self._failed else Doing.MUTED if self._bridge.muted else Doing.IDLE
        doing = self._turn or resting
        if doing is not self.doing:
            self.doing = doing
            self.changed.emit(doing)


def words(doing: Doing) -> str:
    """What is shown and told to screen readers."""
    texts = {
        Doing.IDLE: tr("Ready"),
        Doing.LISTENING: tr("Listening"),
        Doing.THINKING: tr("Thinking"),
        Doing.SPEAKING: tr("Speaking"),
        Doing.ERROR: tr("Something is not working"),
        Doing.MUTED: tr("The voice is off"),
    }
    return texts[doing]


def tr(text: str) -> str:
    """``text`` in the app's language."""
    return QCoreApplication.translate("Presence", text)
