"""The window: it opens before any model is loaded and follows whatever the conversation tells."""

from collections.abc import Collection

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.announce import Announcer
from app.bridge import Bridge
from app.changes import Changes
from app.dates import this_day, time_of
from app.hotkey.naming import KeyName
from app.presence import Presence
from app.text_size import window_size
from app.theme import Theme
from app.transcript.column import COLUMN_PX
from app.transcript.model import ShownTurn
from app.transcript.view import Transcript
from app.window.asking import Asking
from app.window.dock import Dock
from app.window.header import Header
from app.window.notices import Notices
from app.window.part import LOADED, Part
from app.window.parts_panel import PartsPanel
from app.window.sidebar import Sidebar
from app.window.toast import Toast
from app.window.welcome import Welcome
from engine.errors import UtteranceError
from engine.events import (
    BackendState,
    Event,
    Failed,
    ListeningStarted,
    Port,
    ReplyDelta,
    TranscriptReady,
    WordSpoken,
)
from engine.metrics import Metrics
from engine.units import TurnId


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
        self.presence = Presence(bridge, bridge)  # the menu bar follows it longer than this window lives
        self.setWindowTitle(self.tr("Aloud"))
        self.setMinimumSize(window_size(520, 440))
        self.resize(window_size(900, 680))
        colours = theme.colours
        self.sidebar = Sidebar(colours, self)
        self.header = Header(colours, self)
        self.notices = Notices(colours, COLUMN_PX, self)
        self.welcome = Welcome(colours)
        self.metrics = Metrics()
        self.transcript = Transcript(theme, seconds_of=self.metrics.seconds_of)
        self.dock = Dock(colours, self)
        self.panel = PartsPanel(theme, self)
        self._stage = QWidget(self)
        self._pages = QStackedLayout(self._stage)
        self.toast = Toast(colours, self._stage)
        self.changes = Changes(bridge, self.transcript, self.toast, self)
        self.asking = Asking(bridge, self.dock, self)
        self._lay_out()
        self._connect_controls()
        self._connect_bridge()
        self.announcer = Announcer(bridge, self)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.dock.composer.setFocus()

    def _lay_out(self) -> None:
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.transcript)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notices)
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
        self.dock.composer.resent.connect(self.changes.ask_again)
        self.header.mute_wanted.connect(bridge.mute)
        self.header.settings_wanted.connect(self.settings_wanted)
        self.header.status.toggled.connect(self._show_panel)
        self.header.sidebar_wanted.connect(self.sidebar.setVisible)
        self.notices.brain_wanted.connect(self.brain_wanted)
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
        bridge.failed.connect(self._failed)
        bridge.muted_changed.connect(self.header.show_muted)
        self.presence.changed.connect(self._show_doing)
        self.presence.part_changed.connect(self._show_part)
        self._show_doing()

    def set_key_name(self, name: KeyName) -> None:
        """What the global key is called."""
        self.dock.set_key_name(name)
        self.welcome.set_key_name(name)

    def set_hands_free(self, hands_free: bool) -> None:
        """Whether it listens until the next press of the key, or of the button, which then asks."""
        self.asking.set_hands_free(hands_free)
        if hands_free:
            self.announcer.say(self.tr("Press again to ask"))

    def _follow(self, event: Event) -> None:
        if isinstance(event, ReplyDelta | WordSpoken):
            return  # they come by the hundred, and only the transcript has to do with them
        self.asking.follow(event)
        if isinstance(event, ListeningStarted | TranscriptReady):
            self.notices.move_on()  # as the person has

    def _show_doing(self) -> None:
        self.header.status.show_doing(self.presence.doing, self.presence.parts.progress)

    def _show_part(self, part: Part) -> None:
        failed_before = self.panel.list.rows[part.port].part.state is BackendState.FAILED
        self.welcome.show_part(part)
        self.panel.list.show_part(part)
        self._show_doing()
        if part.port in LOADED and self.presence.parts.all_loaded:
            self.all_ready.emit()
        if self.panel.isVisible():
            self._place_panel()
        news = part.state is BackendState.FAILED and not failed_before
        if news and self._pages.currentWidget() is not self.welcome:
            self.notices.tell_part(part)
        if part.port is Port.LANGUAGE_MODEL:
            self.notices.show_brain(part)

    def _failed(self, event: Failed) -> None:
        if self.transcript.shows(event.turn_id) and not isinstance(event.error, UtteranceError):
            return  # the turn itself says so, below its question
        self.notices.tell(event.error)

    def _retry(self, port: Port) -> None:
        self._bridge.retry(port)
        if port in (Port.MICROPHONE, Port.SPEAKER):  # which open when they are next used
            self.presence.forgive(port)

    def _edit(self, turn: ShownTurn) -> None:
        asked_at = time_of(turn.asked_at_s, this_day()) if turn.asked_at_s else ""
        composer = self.dock.composer
        composer.edit(turn.turn_id, turn.question, asked_at)
        self.announcer.say(composer.strip.text)

    def _taken(self, turn_ids: Collection[TurnId]) -> None:
        if self.dock.composer.editing in turn_ids:
            self.dock.composer.end_edit()

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
            *(self.sidebar, self.header, self.notices),
            *(self.welcome, self.dock, self.panel.list, self.toast),
        ):
            part.set_colours(colours)
        self.update()

    def fit_text(self) -> None:
        """Is never smaller than its text needs."""
        self.setMinimumSize(window_size(520, 440))
        if self.panel.isVisible():
            self._place_panel()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps what lies over the column in place."""
        super().resizeEvent(event)
        if self.panel.isVisible():
            self._place_panel()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closes the window only; the app goes on."""
        self.closed.emit()
        event.accept()
