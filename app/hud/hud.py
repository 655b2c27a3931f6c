"""Shows the pill while a turn is in flight and another app is in front, with Escape to end the turn."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from app.bridge import Bridge
from app.hotkey.chord import Chord, parse
from app.hotkey.ports import ChordTaken, Keys, Undo
from app.hud.pill import Pill
from app.presence import Doing, Presence
from app.theme import Theme
from engine.errors import UtteranceError
from engine.events import Event, Failed, LevelMeasured, PartialTranscript, TranscriptReady, WordSpoken
from engine.wording import Wording

ESCAPE = "escape"
ERROR_SHOWN_MS = 4_000
"""Long enough to read a sentence, short enough not to be in the way."""


class Hud(QObject):
    """Follows ``presence`` and the bridge. Main thread; ``close`` when the app ends.

    ``in_front`` says whether Aloud's own window is in front: it shows all of this itself, and has its
    own Escape. ``talk_chord`` is the chord that may be held meanwhile. ``prepare`` is called once,
    before the pill first appears, to tell the system what kind of window it is.
    """

    def __init__(
        self,
        bridge: Bridge,
        presence: Presence,
        theme: Theme,
        keys: Keys | None,
        *,
        in_front: Callable[[], bool],
        talk_chord: Callable[[], Chord | None] = lambda: None,
        prepare: Callable[[Pill], None] = lambda pill: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._presence, self._keys = bridge, presence, keys
        self._in_front, self._talk_chord, self._prepare = in_front, talk_chord, prepare
        self._escapes: list[Undo] = []
        self._prepared = False
        self._closed = False
        self._heard: list[str] = []
        self._reading = QTimer(self, singleShot=True, interval=ERROR_SHOWN_MS)
        self._reading.timeout.connect(self.settle)
        self.pill = Pill(theme)
        presence.changed.connect(self._follow)
        bridge.told.connect(self._tell)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self.settle)

    def close(self) -> None:
        """Goes away at once, for good, and gives back Escape. Harmless when closed."""
        if self._closed:
            return
        self._closed = True
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.disconnect(self.settle)
        self._bridge.told.disconnect(self._tell)
        self._presence.changed.disconnect(self._follow)
        self._reading.stop()
        self._let_go_of_escape()
        self.pill.close()

    def set_hands_free(self, hands_free: bool) -> None:
        """Whether it listens until the next press of the key."""
        self.pill.set_note(Wording("Press again to ask") if hands_free else "")

    def settle(self) -> None:
        """Appears or vanishes, as what Aloud does and the window in front ask for."""
        live = self._presence.doing.live and not self._in_front()
        wanted = live or (self._reading.isActive() and not self._in_front())
        if live and not self._escapes:
            self._take_escape()
        elif not live:
            self._let_go_of_escape()
        if wanted and not self.pill.wanted:
            if not self._prepared:
                self._prepared = True
                self._prepare(self.pill)
            self.pill.appear()
        elif not wanted and self.pill.wanted:
            self.pill.vanish()

    def _follow(self, doing: Doing) -> None:
        if doing.live:
            self._reading.stop()
            self.pill.tell(doing)
        self.settle()

    def _tell(self, event: Event) -> None:
        match event:
            case LevelMeasured():
                self.pill.tell_level(event.level_dbfs)
            case PartialTranscript():
                self.pill.say(event.text)
            case TranscriptReady():
                self._heard.clear()
                self.pill.say(event.text)
            case WordSpoken():
                self._heard = [*self._heard[-30:], event.word.text]
                self.pill.say(" ".join(self._heard))
            case Failed() if event.turn_id or isinstance(event.error, UtteranceError):
                self._show_error(event.error.message)
            case _:
                pass

    def _show_error(self, sentence: str) -> None:
        """Says what became of the turn, for there is no other window to say it."""
        self.pill.tell(Doing.ERROR)
        self.pill.say(sentence)
        self.pill.set_hint("")
        self._reading.start()
        self.settle()

    def _take_escape(self) -> None:
        """Escape alone, and with the modifiers of the talk key, which may still be held."""
        if self._keys is None:
            return
        alone, talk = parse(ESCAPE), self._talk_chord()
        for chord in {alone, talk.with_key(ESCAPE) if talk else alone}:
            try:
                self._escapes.append(self._keys.grab(chord, self._bridge.stop, lambda: None))
            except ChordTaken:
                continue
        self.pill.set_hint(Wording("esc") if self._escapes else "")

    def _let_go_of_escape(self) -> None:
        while self._escapes:
            self._escapes.pop()()
