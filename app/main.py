"""The app's composition root: Qt, one asyncio loop on it, the window, then the conversation behind it.

Order of starting: the window on the screen, then settings, then the conversation and its models.
Order of ending: the conversation (sound off, tasks cancelled, workers told to stop), then the
threads, the loop and Qt.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import qasync
from PySide6.QtCore import QByteArray, QEvent, QObject, QSettings, QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

from app.bridge import Bridge, ConversationLike
from app.garbage import GarbageCollector
from app.icons import icon
from app.locale import Translation
from app.renewal import take_place
from app.settings.store import SettingsStore
from app.single_instance import SingleInstance
from app.text_size import TextSize
from app.theme import LIGHT, Theme, use_readable_font
from app.threads import Threads
from app.transcript import markdown
from app.window.main_window import MainWindow
from engine import paths
from engine.errors import AloudError
from engine.events import NO_TURN, Failed
from engine.settings import Settings, load
from engine.workers import Host

if TYPE_CHECKING:
    from app.conversations import Conversations
    from app.onboarding.window import Onboarding
    from app.settings.window import SettingsWindow
    from app.shell import Shell
    from app.wiring import Wiring
    from engine.history import History, Recorder

log = logging.getLogger(__name__)

CLOSING_AT_MOST_S = 2.0
"""How long quitting waits for models and devices to let go, before it goes without them."""


class Startable(ConversationLike, Protocol):
    """A conversation that the app starts and closes."""

    def start(self) -> None:
        """Begins loading the models."""
        ...

    async def close(self) -> None:
        """Lets go of models, devices and threads."""
        ...


Build = Callable[[Settings, Host], Startable]


def build_real(settings: Settings, host: Host) -> Startable:
    """The conversation that the settings ask for; imported late, after the first paint."""
    from engine.build import build

    return build(settings, host=host)


class App(QObject):
    """Everything that lives as long as the app does."""

    def __init__(self, application: QApplication, build: Build = build_real) -> None:
        super().__init__()
        self._application, self._build = application, build
        settings, self._problems = load(paths.settings_file())
        self.store = SettingsStore(paths.settings_file(), settings, self)
        self.translation = Translation(application)
        self.translation.use(settings.general.language)
        self.text_size = TextSize(application)
        self.text_size.use(settings.general.text_size_percent)
        self.theme = Theme(self.settings.general.appearance)
        self.bridge = Bridge()
        self.window = MainWindow(self.bridge, self.theme)
        self.threads = Threads()
        self.conversation: Startable | None = None
        self.conversations: Conversations | None = None
        self._recorder: Recorder | None = None
        self._history: History | None = None
        self.wiring: Wiring | None = None
        self._settings_window: SettingsWindow | None = None
        self._onboarding: Onboarding | None = None
        self.shell: Shell | None = None
        self._quit_wanted: asyncio.Event | None = None
        self.window.settings_wanted.connect(self.show_settings)
        self.window.brain_wanted.connect(lambda: self.show_settings("brain"))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.store.settings

    def quit(self) -> None:
        """Ends the app soon; ``run`` then returns."""
        if self._quit_wanted is not None:
            self._quit_wanted.set()

    def show(self) -> None:
        """Brings the window to the front."""
        if self.shell is not None:
            self.shell.show_window()
        else:
            present(self.window)

    def show_settings(self, section: str = "") -> "SettingsWindow | None":
        """Opens the settings, or brings them to the front, at ``section`` if one is named."""
        from app.settings.window import SettingsWindow

        if self.wiring is None:
            return None
        if self._settings_window is None:
            self._settings_window = SettingsWindow(self.store, self.wiring.services, self.theme)
        if section:
            self._settings_window.show_section(section)
        present(self._settings_window)
        return self._settings_window

    def show_onboarding(self, step: int = 0) -> None:
        """Shows the first run's steps, from ``step`` on, over the window, which already talks."""
        from app.onboarding.window import Onboarding

        if self.wiring is not None and self._onboarding is None:
            self._onboarding = Onboarding(self.store, self.wiring.services, self.theme)
            self._onboarding.finished.connect(self._onboarded)
            self._onboarding.show_step(step)
        if self._onboarding is not None:
            present(self._onboarding)

    def _onboarded(self) -> None:
        if self._onboarding is not None:
            self._onboarding.deleteLater()
            self._onboarding = None
        self.window.activateWindow()

    def _speak(self, language: str) -> None:
        """Takes another language."""
        self.translation.use(language)
        self._renew()
        if self.shell is not None:
            self.shell.retranslate()
        if self.conversations is not None:
            self.conversations.refresh()

    def _renew(self) -> None:
        """Makes the settings and the first run anew, where they stand."""
        settings, first_run = self._settings_window, self._onboarding
        self._settings_window = self._onboarding = None
        if first_run is not None:
            first_run.step.leave()
            self.show_onboarding(first_run.index)
            first_run.hide()  # closing it would be the end of the first run
            first_run.deleteLater()
        if settings is not None:
            again = self.show_settings(settings.section) if settings.isVisible() else None
            if again is not None:
                take_place(settings, again, settings.page, again.page)
            settings.close()
            settings.deleteLater()

    async def run(self) -> None:
        """Shows the window, builds the conversation behind it, and returns after ``quit``."""
        self._quit_wanted = asyncio.Event()
        garbage = GarbageCollector(lambda: self.bridge.live, self)
        self.window.all_ready.connect(garbage.settle)
        restore_place(self.window)
        self.show()
        await _first_paint(self.window)
        markdown.warm()
        self._wire()
        self._start_conversation()
        if not self.settings.general.onboarded:
            self.show_onboarding()
        try:
            await self._quit_wanted.wait()
        finally:
            await self._close()
            garbage.stop()

    def _wire(self) -> None:
        from app.listeners import OnNetwork
        from app.shell import Shell
        from app.wiring import Wiring

        wiring = self.wiring = Wiring(self.store, self.bridge, self.theme, self.threads, parent=self)
        wiring.language_changed.connect(self._speak)
        wiring.text_size_changed.connect(self.text_size.use)
        self.text_size.changed.connect(self._renew)
        sign = OnNetwork(wiring.room, self.theme.colours, self.window.header)
        sign.clicked.connect(lambda: self.show_settings("sharing"))
        self.window.header.add_sign(sign)
        shell = self.shell = Shell(
            self.bridge, self.theme, self.window, self.store, self.quit, parent=self
        )
        shell.attach(wiring.services)
        shell.start()

    def _start_conversation(self) -> None:
        self.bridge.mute(self.settings.voice.muted)
        for problem in self._problems:
            self._tell(problem)
        try:
            conversation = self.conversation = self._build(self.settings, self.threads)
        except AloudError as error:
            self._tell(error)
            return
        self.bridge.connect_to(conversation)
        self._keep_history(conversation)
        conversation.start()
        if self.wiring is not None:
            self.wiring.connect_to(conversation)
        if self.shell is not None:
            self.shell.follow_devices(conversation)

    def _keep_history(self, conversation: Startable) -> None:
        from app.conversations import Conversations
        from engine.history import History, Recorder

        loop = asyncio.get_running_loop()
        try:
            history = self._history = History(paths.history_file())
        except AloudError as error:
            self._tell(error)
            return
        if history.notice is not None:
            self._tell(history.notice)

        def report(error: AloudError) -> None:
            loop.call_soon_threadsafe(self._tell, error)

        self._recorder = Recorder(
            history,
            timings_of=self.window.metrics.seconds_of,
            report=report,
            enabled=self.settings.privacy.history,
        )
        conversation.bus.subscribe(self._recorder)
        self.conversations = Conversations(history, self._recorder, self.bridge, self.window)
        if self.wiring is not None:
            self.wiring.history, self.wiring.recorder = history, self._recorder
            self.wiring.forget_shown = self.conversations.begin

    def _tell(self, error: AloudError) -> None:
        self.bridge.tell(Failed(NO_TURN, asyncio.get_running_loop().time(), error))

    async def _close(self) -> None:
        save_place(self.window)
        if self.shell is not None:
            self.shell.close()
        for window in (self.window, self._settings_window, self._onboarding):
            if window is not None:
                window.hide()
        if self.wiring is not None:
            await self.wiring.close()
        if self.conversation is not None:
            self.conversation.stop()  # so that the turn in flight is kept as far as it was heard
        if self.conversations is not None:
            await self.conversations.close()
        self.bridge.disconnect_from_conversation()
        if self._recorder is not None and self._history is not None:
            await asyncio.to_thread(self._recorder.close)
            self._history.close()
        if self.conversation is None:
            return
        try:
            await asyncio.wait_for(self.conversation.close(), CLOSING_AT_MOST_S)
        except TimeoutError:
            log.warning("the conversation did not close within %.0f s", CLOSING_AT_MOST_S)
        except Exception:
            log.exception("the conversation did not close cleanly")


def present(window: QWidget) -> None:
    """Brings a window to the front."""
    window.show()
    window.raise_()
    window.activateWindow()


def _places() -> QSettings:
    return QSettings(str(paths.data_dir() / "window.ini"), QSettings.Format.IniFormat)


def restore_place(window: MainWindow) -> None:
    """Puts the window where it was last, with or without its side list; harmless when there is none."""
    places = _places()
    geometry = places.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    window.header.sidebar.setChecked(places.value("sidebar") == "shown")


def save_place(window: MainWindow) -> None:
    """Keeps where the window is for the next start."""
    places = _places()
    places.setValue("geometry", window.saveGeometry())
    places.setValue("sidebar", "shown" if window.header.sidebar.isChecked() else "hidden")
    places.sync()


async def _first_paint(window: MainWindow) -> None:
    """Returns once the window has been painted, so that nothing heavy comes before it."""
    painted = asyncio.Event()
    watcher = _PaintWatcher(painted.set)
    window.installEventFilter(watcher)
    with contextlib.suppress(TimeoutError):  # a hidden screen paints nothing
        await asyncio.wait_for(painted.wait(), 2.0)
    window.removeEventFilter(watcher)


class _PaintWatcher(QObject):
    def __init__(self, painted: Callable[[], None]) -> None:
        super().__init__()
        self._painted = painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self._painted()
        return False


@contextlib.contextmanager
def _quit_on_signals(quit_app: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM quit; a Qt loop would otherwise not look at them until the next Python call."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    old_fd = signal.set_wakeup_fd(far.fileno())
    old = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    notifier = QSocketNotifier(near.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(quit_app)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(old_fd)
        for number, handler in old.items():
            signal.signal(number, handler)
        near.close()
        far.close()


def make_application(arguments: Sequence[str]) -> QApplication:
    """The one ``QApplication``, named and in our font; it does not end with its last window."""
    application = QApplication(list(arguments))
    application.setApplicationName("Aloud")
    application.setApplicationDisplayName("Aloud")
    application.setDesktopFileName("aloud")
    application.setQuitOnLastWindowClosed(False)
    application.setWindowIcon(icon("voice", LIGHT.accent, 64))
    use_readable_font(application)
    return application


def run_app(application: QApplication, app: App) -> list[str]:
    """Runs ``app`` to its end on a loop of its own; names the threads that would not end."""
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    hooks = sys.get_asyncgen_hooks()
    # Without these a reply that is broken off is finalised outside of the loop.
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
    try:
        with _quit_on_signals(app.quit):
            loop.run_until_complete(app.run())
        left = app.threads.join(CLOSING_AT_MOST_S)
        loop.run_until_complete(_drain(loop))
    finally:
        sys.set_asyncgen_hooks(*hooks)
        loop.close()
        asyncio.set_event_loop(None)
    return left


async def _drain(loop: Any) -> None:
    """Ends what tasks are left, so that none is destroyed while pending."""
    left = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()


def main(arguments: Sequence[str]) -> int:
    """Opens the app and blocks until it is quit."""
    application = make_application(arguments)
    instance = SingleInstance(paths.data_dir())
    if not instance.first:  # that one is before the person now
        return 0 if instance.answered else 1
    app = App(application)
    instance.shown_wanted.connect(app.show)
    left = run_app(application, app)
    instance.close()
    if left:  # a thread deep in a model can't be ended, and must not be destroyed while it runs
        logging.shutdown()
        os._exit(0)
    return 0
