"""The app's composition root: the window, then the conversation behind it, and what ties them together.

Order of starting: the window on the screen, then settings, then the conversation and its models.
Order of ending: the conversation (sound off, tasks cancelled, workers told to stop), then the
threads, the loop and Qt.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.application import Application
from app.bridge import Bridge, ConversationLike
from app.first_paint import first_paint
from app.garbage import GarbageCollector
from app.locale import Translation
from app.macos.activation import on_a_mac
from app.macos.launch import Launch, ToldLaunch
from app.places import restore_place, save_place
from app.settings.store import SettingsStore
from app.side_windows import SideWindows
from app.text_size import TextSize
from app.theme import Theme
from app.threads import Threads
from app.transcript import markdown
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine import paths
from engine.errors import AloudError
from engine.events import NO_TURN, Failed
from engine.settings import Settings, load
from engine.workers import Host

if TYPE_CHECKING:
    from app.conversations import Conversations
    from app.menu_bar import MenuBar
    from app.remembering import Remembering
    from app.shell import Shell
    from app.wiring import Wiring

log = logging.getLogger(__name__)

CLOSING_AT_MOST_S = 2.0
"""How long quitting waits for models and devices to let go, before it goes without them."""

TRAY_COMES_WITHIN_S = 10.0
"""At login a desktop's tray may appear later than Aloud does; it is asked for as often as this:"""
LOOK_FOR_TRAY_EVERY_S = 0.5


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

    def __init__(
        self, application: QApplication, build: Build = build_real, *, launch: Launch | None = None
    ) -> None:
        super().__init__()
        self._application, self._build, self._launch = application, build, launch or ToldLaunch()
        settings, self._problems = load(paths.settings_file())
        self.store = SettingsStore(paths.settings_file(), settings, self)
        self.translation = Translation(application)
        self.translation.use(settings.general.language)
        self.text_size = TextSize(application)
        self.text_size.use(settings.general.text_size_percent)
        self.theme = Theme(self.settings.general.appearance)
        self.bridge = Bridge()
        self.window = MainWindow(self.bridge, self.theme)
        self.windows = OpenWindows(self)
        self.side = SideWindows(self.store, self.theme, self.windows, self.window, self)
        self.threads = Threads()
        self.conversation: Startable | None = None
        self._remembering: Remembering | None = None
        self.wiring: Wiring | None = None
        self.shell: Shell | None = None
        self.menu_bar: MenuBar | None = None
        self._quit_wanted = asyncio.Event()
        if isinstance(application, Application):
            application.quit_asked.connect(self.quit)
        self.window.settings_wanted.connect(self.side.show_settings)
        self.window.brain_wanted.connect(lambda: self.side.show_settings("brain"))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.store.settings

    @property
    def conversations(self) -> "Conversations | None":
        """What ties the side list to the history; None where there is no history."""
        return self._remembering.conversations if self._remembering is not None else None

    def quit(self) -> None:
        """Ends the app soon; ``run`` then returns."""
        self._quit_wanted.set()

    def show(self) -> None:
        """Brings the window to the front."""
        self.windows.bring(self.window)

    def _speak(self, language: str) -> None:
        """Takes another language."""
        self.translation.use(language)
        self.side.renew()
        if self.shell is not None:
            self.shell.retranslate()
        if self.conversations is not None:
            self.conversations.refresh()

    async def run(self) -> None:
        """Shows the window, unless the system opened Aloud at login, and the conversation behind it.

        Returns after ``quit``.
        """
        garbage = GarbageCollector(lambda: self.bridge.live, self)
        self.window.all_ready.connect(garbage.settle)
        restore_place(self.window)
        hidden = await self._launch.at_login()
        if not hidden:
            self.windows.bring(self.window)
            await first_paint(self.window)
        markdown.warm()
        shell = self._wire()
        shell.start(hidden=hidden)
        self._start_conversation()
        self.side.welcome(self.window)
        reachable = asyncio.ensure_future(self._stay_reachable(shell))
        try:
            await self._quit_wanted.wait()
        finally:
            reachable.cancel()
            await self._close()
            garbage.stop()

    async def _stay_reachable(self, shell: "Shell") -> None:
        """Opens the window after a hidden start where no menu bar and no tray shows Aloud."""
        deadline_s = asyncio.get_running_loop().time() + TRAY_COMES_WITHIN_S
        while not shell.in_menu_bar and not self.windows.any_open:
            if asyncio.get_running_loop().time() >= deadline_s:
                self.show()
            await asyncio.sleep(LOOK_FOR_TRAY_EVERY_S)

    def _wire(self) -> "Shell":
        from app.listeners import OnNetwork
        from app.shell import Shell
        from app.system import System
        from app.wiring import Wiring

        wiring = self.wiring = Wiring(self.store, self.bridge, self.theme, self.threads, parent=self)
        self.side.services = wiring.services
        wiring.language_changed.connect(self._speak)
        wiring.text_size_changed.connect(self.text_size.use)
        self.text_size.changed.connect(self.side.renew)
        sign = OnNetwork(wiring.room, self.theme.colours, self.window.header)
        sign.clicked.connect(lambda: self.side.show_settings("sharing"))
        self.window.header.add_sign(sign)
        shell = self.shell = Shell(
            self.bridge, self.theme, self.window, self.store, self.quit,
            windows=self.windows, system=System(self), parent=self,
        )  # fmt: skip
        shell.attach(wiring.services)
        if on_a_mac():
            self.menu_bar = self._make_menu_bar(shell)
        return shell

    def _make_menu_bar(self, shell: "Shell") -> "MenuBar":
        from app.menu_bar import MenuBar

        bar = MenuBar()
        bar.about_wanted.connect(shell.system.activation.show_about)
        bar.settings_wanted.connect(self.side.show_settings)
        bar.quit_wanted.connect(self.quit)
        bar.open_wanted.connect(self.show)
        bar.new_wanted.connect(self.window.sidebar.new_wanted)
        bar.new_wanted.connect(self.show)
        return bar

    def _start_conversation(self) -> None:
        self.bridge.mute(self.settings.voice.muted)
        for problem in self._problems:
            self._tell(problem)
        try:
            conversation = self.conversation = self._build(self.settings, self.threads)
        except AloudError as error:
            self._tell(error)
            self.window.presence.give_up()
            return
        self.bridge.connect_to(conversation)
        self._keep_history(conversation)
        conversation.start()
        if self.wiring is not None:
            self.wiring.connect_to(conversation)
        if self.shell is not None:
            self.shell.follow_devices(conversation)

    def _keep_history(self, conversation: Startable) -> None:
        from app.remembering import Remembering

        enabled = self.settings.privacy.history
        try:
            kept = Remembering(conversation, self.bridge, self.window, self._tell, enabled=enabled)
        except AloudError as error:
            self._tell(error)
            return
        self._remembering = kept
        if self.wiring is not None:
            kept.join(self.wiring)

    def _tell(self, error: AloudError) -> None:
        self.bridge.tell(Failed(NO_TURN, asyncio.get_running_loop().time(), error))

    async def _close(self) -> None:
        save_place(self.window)
        self.windows.close()
        self.text_size.close()
        if self.shell is not None:
            self.shell.close()
        if self.menu_bar is not None:
            self.menu_bar.deleteLater()
        self.window.hide()
        self.side.hide()
        if self.wiring is not None:
            await self.wiring.close()
        if self.conversation is not None:
            self.conversation.stop()  # so that the turn in flight is kept as far as it was heard
        if self._remembering is not None:
            await self._remembering.stop()
        self.bridge.disconnect_from_conversation()
        if self._remembering is not None:
            await self._remembering.close()
        if self.conversation is None:
            return
        try:
            async with asyncio.timeout(CLOSING_AT_MOST_S):
                await self.conversation.close()
        except TimeoutError:
            log.warning("the conversation did not close within %.0f s", CLOSING_AT_MOST_S)
        except Exception:
            log.exception("the conversation did not close cleanly")
