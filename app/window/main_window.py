"""The window: it opens before any model is loaded and follows whatever the conversation tells."""

from collections.abc import Collection

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.announce import Announcer
from app.bridge import Bridge
from app.changes import Changes
from app.dates import this_day, time_of
from app.theme import Theme
from app.transcript.model import ShownTurn
from app.transcript.view import Transcript
from app.window.banner import Banner, BannerStack
from app.window.dock import Dock
from app.window.header import Header
from app.window.part import Part, noticed, summary, told
from app.window.parts_panel import PartsPanel
from app.window.sidebar import Sidebar
from app.window.toast import Toast
from app.window.welcome import Welcome
from engine.errors import UtteranceError
from engine.events import (
    BackendState,
    BackendStateChanged,
    Event,
    Failed,
    LevelMeasured,
    ListeningStarted,
    Port,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.metrics import Metrics
from engine.turn import TurnState
from engine.units import TurnId

DEMO_BRAIN = "SmolLM2"
_STATES: dict[type[Event], TurnState | None] = {
    ListeningStarted: TurnState.LISTENING,
    UtteranceCaptured: TurnState.TRANSCRIBING,
    TranscriptReady: TurnState.THINKING,
    SpeechStarted: TurnState.SPEAKING,
    TurnEnded: None,
}
LOADED = (Port.TRANSCRIBER, Port.LANGUAGE_MODEL, Port.SYNTHESIZER)


class MainWindow(QWidget):
    """Transcript, composer and talk button around one ``Bridge``.

    ``settings_wanted`` asks for the settings, ``brain_wanted`` for their page about the brain; ``closed``
    tells that the window was closed, which by itself ends nothing; ``all_ready`` that the last of the
    models has been loaded.
    """

    settings_wanted = Signal()
    brain_wanted = Signal()
    closed = Signal()
    all_ready = Signal()

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._bridge, self._theme = bridge, theme
        self._parts: dict[Port, Part] = {}
        self._serving: dict[Port, Part] = {}
        self._state: TurnState | None = None
        self._demo_dismissed = False
        self.setWindowTitle(self.tr("Aloud"))
        self.setMinimumSize(520, 440)
        self.resize(900, 680)
        colours = theme.colours
        self.sidebar = Sidebar(colours, self)
        self.header = Header(colours, self)
        self.error = Banner(colours, self)
        self.notice = Banner(colours, self, alarming=False)
        self.welcome = Welcome(colours)
        self.metrics = Metrics()
        self.transcript = Transcript(theme, seconds_of=self.metrics.seconds_of)
        self.dock = Dock(colours, self)
        self.panel = PartsPanel(theme, self)
        self._banners = BannerStack(self)
        self._stage = QWidget(self)
        self._pages = QStackedLayout(self._stage)
        self.toast = Toast(colours, self._stage)
        self.changes = Changes(bridge, self.transcript, self.toast, self)
        self._lay_out()
        self._connect_controls()
        self._connect_bridge()
        self.announcer = Announcer(bridge, self)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.dock.composer.setFocus()

    def _lay_out(self) -> None:
        for banner in (self.error, self.notice):
            banner.setParent(self._banners)
            banner.resized.connect(self._banners.place)
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.transcript)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._banners)
        column.addWidget(self._stage, 1)
        column.addWidget(self.dock)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addLayout(column, 1)
        self.sidebar.hide()

    def _connect_controls(self) -> None:
        bridge = self._bridge
        self.dock.composer.sent.connect(self._sent)
        self.dock.composer.resent.connect(self.changes.ask_again)
        self.dock.talk.held.connect(bridge.press)
        self.dock.talk.let_go.connect(bridge.release)
        self.dock.stop_wanted.connect(bridge.stop)
        self.header.mute_wanted.connect(bridge.mute)
        self.header.settings_wanted.connect(self.settings_wanted)
        self.header.status.toggled.connect(self._show_panel)
        self.header.sidebar_wanted.connect(self.sidebar.setVisible)
        self.notice.acted.connect(self.brain_wanted)
        self.notice.dismissed.connect(self._dismiss_demo)
        self.welcome.asked.connect(bridge.ask)
        for parts in (self.welcome, self.panel.list):
            parts.retry_wanted.connect(self._retry)
        self.transcript.again_wanted.connect(self.changes.ask_again)
        self.transcript.delete_wanted.connect(self.changes.delete)
        self.transcript.edit_wanted.connect(self._edit)
        self.changes.taken.connect(self._taken)
        self.transcript.filled.connect(self._show_page)
        for keys, slot in (
            (QKeySequence(Qt.Key.Key_Escape), self._escape),
            (QKeySequence("Ctrl+L"), self.dock.composer.setFocus),
            (QKeySequence("Ctrl+Shift+M"), self.header.mute.toggle),
            (QKeySequence("Ctrl+Shift+S"), self.header.sidebar.toggle),
            (QKeySequence.StandardKey.New, self.sidebar.new_wanted.emit),
            (QKeySequence.StandardKey.Find, self._find),
            (QKeySequence.StandardKey.Preferences, self.settings_wanted.emit),
            (QKeySequence.StandardKey.Close, self.close),
        ):
            QShortcut(keys, self).activated.connect(slot)

    def _connect_bridge(self) -> None:
        bridge = self._bridge
        bridge.told.connect(self.metrics)  # first: a turn that ends shows how long it took
        bridge.told.connect(self.transcript.tell)
        bridge.told.connect(self._follow)
        bridge.level_measured.connect(self._level)
        bridge.backend_state_changed.connect(self._part)
        bridge.failed.connect(self._failed)
        bridge.muted_changed.connect(self.header.show_muted)

    def set_key_name(self, name: str) -> None:
        """What the global key is called; "" where there is none."""
        self.dock.set_key_name(name)
        self.welcome.set_key_name(name)

    @property
    def turn_state(self) -> TurnState | None:
        """Where the turn in flight is; None between turns."""
        return self._state

    def _follow(self, event: Event) -> None:
        if isinstance(event, ReplyDelta | WordSpoken):
            return  # they come by the hundred, and only the transcript has to do with them
        device = noticed(event)
        if device is not None:
            self._show_part(device)
        if type(event) not in _STATES:
            return
        self._state = _STATES[type(event)]
        self.dock.show_state(self._state)
        if isinstance(event, ListeningStarted | TranscriptReady) and self.error.isVisible():
            self.error.hide()  # the person has moved on
            self._banners.place()
        if isinstance(event, TranscriptReady) and not event.typed:
            self.dock.composer.remember(event.text)

    def _level(self, event: LevelMeasured) -> None:
        self.dock.tell_level(event.level_dbfs)

    def _part(self, event: BackendStateChanged) -> None:
        part = told(event)
        if part.state is BackendState.READY:
            self._serving[part.port] = part
        elif part.state is BackendState.OFF:
            # A former backend goes once its successor serves; a successor that failed leaves the former.
            part = self._serving.get(part.port, part)
        self._show_part(part)

    def _show_part(self, part: Part) -> None:
        before = self._parts.get(part.port)
        if part == before:
            return
        self._parts[part.port] = part
        self.welcome.show_part(part)
        self.panel.list.show_part(part)
        state, progress = summary(self._parts)
        self.header.status.show_state(state, progress)
        if (
            state is BackendState.READY
            and part.port in LOADED
            and all(port in self._parts for port in LOADED)
        ):
            self.all_ready.emit()
        if self.panel.isVisible():
            self._place_panel()
        news = before is None or before.state is not BackendState.FAILED
        if part.state is BackendState.FAILED and news and self._pages.currentWidget() is not self.welcome:
            self.error.say(part.detail or self.tr("Something is not working."), part.remedy)
        if part.port is Port.LANGUAGE_MODEL:
            self._show_demo(part)

    def _show_demo(self, part: Part) -> None:
        demo = DEMO_BRAIN.lower() in part.name.lower() and part.state is BackendState.READY
        if demo and not self._demo_dismissed:
            self.notice.say(
                self.tr("The small brain is a demo"),
                self.tr("It answers offline, and often wrongly. Choose OpenAI or a local server."),
                self.tr("Choose…"),
            )
        elif not demo and self.notice.isVisible():
            self.notice.hide()
            self._banners.place()

    def _dismiss_demo(self) -> None:
        self._demo_dismissed = True

    def _failed(self, event: Failed) -> None:
        if event.turn_id and not isinstance(event.error, UtteranceError):
            return  # the turn itself says so, below its question
        self.error.say(str(event.error), event.error.remedy)

    def _retry(self, port: Port) -> None:
        self._bridge.retry(port)
        if port in (Port.MICROPHONE, Port.SPEAKER):  # which open when they are next used
            self._show_part(Part(port))

    def _edit(self, turn: ShownTurn) -> None:
        asked_at = time_of(turn.asked_at_s, this_day()) if turn.asked_at_s else ""
        composer = self.dock.composer
        composer.edit(turn.turn_id, turn.question, asked_at)
        self.announcer.say(composer.strip.text)

    def _taken(self, turn_ids: Collection[TurnId]) -> None:
        if self.dock.composer.editing in turn_ids:
            self.dock.composer.end_edit()

    def _sent(self, question: str) -> None:
        if self._bridge.has_conversation:
            self._bridge.ask(question)
        else:
            self.dock.composer.write(question)  # nobody is there yet: it is not to be lost

    def _show_page(self) -> None:
        self._pages.setCurrentWidget(self.transcript if self.transcript.shown else self.welcome)

    def _escape(self) -> None:
        if self.panel.isVisible():
            self.header.status.setChecked(False)
        elif self.dock.composer.editing is not None and not self._bridge.live:
            self.dock.composer.end_edit()
        else:
            self._bridge.stop()  # first: silence is what cannot wait

    def _find(self) -> None:
        self.header.sidebar.setChecked(True)
        self.sidebar.search.setFocus()
        self.sidebar.search.selectAll()

    def _show_panel(self, shown: bool) -> None:
        self.panel.setVisible(shown)
        if shown:
            self._place_panel()

    def _place_panel(self) -> None:
        right = self.header.status.mapTo(self, QPoint(self.header.status.width(), 0)).x()
        self.panel.place(right, self.header.height() - 2)

    def _restyle(self) -> None:
        colours = self._theme.colours
        self.setPalette(self._theme.palette())
        for part in (
            *(self.sidebar, self.header, self.error, self.notice),
            *(self.welcome, self.dock, self.panel.list, self.toast),
        ):
            part.set_colours(colours)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps what lies over the column in place."""
        super().resizeEvent(event)
        if self.panel.isVisible():
            self._place_panel()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closes the window only; the app goes on."""
        self.closed.emit()
        event.accept()
