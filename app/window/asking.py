"""What a person does at the dock, told to the bridge, and the turn in flight, shown by the dock."""

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.window.dock import Dock
from engine.events import (
    Event,
    LevelMeasured,
    ListeningStarted,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.turn import TurnState

_STATES: dict[type[Event], TurnState | None] = {
    ListeningStarted: TurnState.LISTENING,
    UtteranceCaptured: TurnState.TRANSCRIBING,
    TranscriptReady: TurnState.THINKING,
    SpeechStarted: TurnState.SPEAKING,
    TurnEnded: None,
}


class Asking(QObject):
    """Ties ``dock`` to ``bridge``; ``follow`` is to be told the events of the conversation."""

    def __init__(self, bridge: Bridge, dock: Dock, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._dock = bridge, dock
        self._state: TurnState | None = None
        self._hands_free = False
        dock.composer.sent.connect(self._sent)
        dock.talk.held.connect(self._talk_held)
        dock.talk.let_go.connect(bridge.release)
        dock.stop_wanted.connect(bridge.stop)
        bridge.level_measured.connect(self._level)

    @property
    def turn_state(self) -> TurnState | None:
        """Where the turn in flight is; None between turns."""
        return self._state

    def set_hands_free(self, hands_free: bool) -> None:
        """Whether it listens until the next press of the key, or of the button, which then asks."""
        self._hands_free = hands_free
        self._dock.set_hands_free(hands_free)

    def follow(self, event: Event) -> None:
        """Shows what becomes of the turn in flight."""
        if type(event) not in _STATES:
            return
        self._state = _STATES[type(event)]
        self._dock.show_state(self._state)
        if isinstance(event, TranscriptReady) and not event.typed:
            self._dock.composer.remember(event.text)

    def _talk_held(self) -> None:
        if self._hands_free and self._state is TurnState.LISTENING:
            self._bridge.release()
        else:
            self._bridge.press()

    def _level(self, event: LevelMeasured) -> None:
        self._dock.tell_level(event.level_dbfs)

    def _sent(self, question: str) -> None:
        if self._bridge.has_conversation:
            self._bridge.ask(question)
        else:
            self._dock.composer.write(question)  # nobody is there yet: it is not to be lost
