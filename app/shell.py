"""What there is of Aloud while its window is closed: menu bar, talk key, pill, sounds, system events."""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, SignalInstance
from PySide6.QtGui import QGuiApplication

from app import errors
from app.bridge import Bridge
from app.device_changes import DeviceChanges
from app.hotkey.chord import Chord
from app.hotkey.naming import KeyName
from app.hud.hud import Hud
from app.login import LoginSwitch
from app.macos.activation import on_a_mac
from app.presence import Doing
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sounds import Sounds
from app.system import System
from app.talking import Talking
from app.theme import Theme
from app.tray.filling import Filling
from app.tray.menu import TrayMenu
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine.audio.open import open_sink
from engine.errors import AloudError, UtteranceError
from engine.events import NO_TURN, Failed
from engine.ports import AudioSink

log = logging.getLogger(__name__)

LAUNCHING_MS = 2_000
"""So long after a start at login, being activated is a part of it and not a person's wish for the window."""

REINSTALL_AFTER_MS = (0, 250)
"""A change of the activation policy detaches the native item, at once or a moment later."""


class Shell(QObject):
    """Made before the window is shown, tied to the settings by ``attach``, ended by ``close``. Main thread.

    ``quit_app`` ends the app. ``system`` is closed with the shell. ``speaker`` is the chosen one unless a
    test brings another.
    """

    def __init__(
        self,
        bridge: Bridge,
        theme: Theme,
        window: MainWindow,
        store: SettingsStore,
        quit_app: Callable[[], None],
        *,
        windows: OpenWindows,
        system: System,
        speaker: Callable[[], AudioSink] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._window, self._store, self._quit = bridge, window, store, quit_app
        self._windows, self.system = windows, system
        self.presence = window.presence
        self.talking = Talking(
            bridge,
            self.presence,
            store,
            system.keyboard,
            complaint_seen=window.notices.error.isVisible,
            parent=self,
        )
        self._hint = ""
        self.hud = Hud(
            bridge,
            self.presence,
            theme,
            system.keyboard.keys,
            in_front=window.isActiveWindow,
            talk_chord=lambda: self.talking.chord,
            prepare=system.float_over_everything,
            parent=self,
        )
        self.sounds = Sounds(bridge, speaker or self._speaker, lambda: store.settings.general.sounds)
        self.menu = TrayMenu()
        self.login = LoginSwitch(store, system.login_item, self)
        self._launching = QTimer(self, singleShot=True, interval=LAUNCHING_MS)
        self._reinstalling = [
            QTimer(self, singleShot=True, interval=after_ms) for after_ms in REINSTALL_AFTER_MS
        ]
        self._filling: Filling | None = None
        self._named: Chord | str | None = None
        self._changes: DeviceChanges | None = None
        self.menu.set_colours(theme.colours)
        theme.changed.connect(lambda: self.menu.set_colours(theme.colours))
        self._connect()

    @property
    def in_menu_bar(self) -> bool:
        """Whether a person can find Aloud while no window is open."""
        return self.system.status_item.shown

    def start(self, *, hidden: bool = False) -> None:
        """Puts the item into the menu bar and takes the talk key. ``hidden``: nobody asked for a window."""
        if hidden:
            self._launching.start()
        system = self.system
        self._windows.watch(self._window)
        self._windows.follow(system.activation)
        system.show_status_item(self.show_window, self.menu)
        self.login.look()
        self.talking.use()
        if system.off is not None:
            self._tell(system.off)

    def attach(self, services: Services) -> None:
        """Gives the settings' window what the shell has, and the menu what the settings have."""
        keyboard = self.system.keyboard
        key = services.talk_key = self.talking.key
        services.key_missing = keyboard.missing
        if key is not None:
            services.pause_key = key.pause
        if keyboard.modifiers is not None:
            services.key_permission = self.talking.permission
        services.login = self.login
        permission = self.system.permission
        services.permission, services.ask_permission = permission.status, permission.ask
        self._filling = Filling(self.menu, self._store, services, self._window.sidebar, self.show_window)

    def follow_devices(self, conversation: object) -> None:
        """Lets ``conversation`` have the devices that come while the app runs."""
        self._changes = DeviceChanges(self._bridge, conversation, self)

    def show_window(self) -> None:
        """Brings the window to the front, with a Dock icon on a Mac."""
        self._windows.bring(self._window)

    def retranslate(self) -> None:
        """Says in another language what no widget of its own shows."""
        self._name_key(self._named)
        self.system.status_item.tell(self.presence.doing, self._hint)

    def close(self) -> None:
        """Gives everything back to the system."""
        for signal, slot in self._follows:
            signal.disconnect(slot)
        self._follows.clear()
        if self._filling is not None:
            self._filling.close()
        for part in (self.talking, self.hud, self.sounds, self.system):
            part.close()
        for timer in (self._launching, *self._reinstalling):
            timer.stop()
        self.menu.deleteLater()
        self.hud.pill.deleteLater()

    # Connecting --------------------------------------------------------------------------------

    def _connect(self) -> None:
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self._follows: list[tuple[SignalInstance, Callable[..., None]]] = [
            (application.applicationStateChanged, self._state_changed),
            (self._windows.flipped, self._reinstall),
            (self._windows.emptied, self._emptied),
            (self.system.suspended, self.talking.suspend),
            (self.system.resumed, self.talking.rearm),
            (self.system.devices_changed, self._devices_changed),
            (self.system.turned_off, self._tell),
        ]
        for signal, slot in self._follows:
            signal.connect(slot)
        for timer in self._reinstalling:
            timer.timeout.connect(lambda: self.system.status_item.reinstall())
        menu, bridge, talking = self.menu, self._bridge, self.talking
        talking.named.connect(self._name_key)
        talking.refused.connect(self._tell)
        talking.mended.connect(self._window.notices.withdraw)
        talking.hands_free_changed.connect(self._show_hands_free)
        menu.open_wanted.connect(self.show_window)
        menu.talk_wanted.connect(talking.toggle)
        menu.stop_wanted.connect(bridge.stop)
        menu.mute_wanted.connect(bridge.mute)
        menu.settings_wanted.connect(self._window.settings_wanted)
        menu.quit_wanted.connect(self._quit)
        menu.tell_muted(bridge.muted)
        bridge.muted_changed.connect(menu.tell_muted)
        bridge.failed.connect(self._notify)
        self.presence.changed.connect(self._doing_changed)
        self._doing_changed(self.presence.doing)

    def _emptied(self) -> None:
        """The last window was closed: Aloud goes on where the menu bar shows it, else it ends."""
        if not self.system.status_item.shown:
            self._quit()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        """On a Mac, opening an app that runs is only told by its coming to the front."""
        if state is not Qt.ApplicationState.ApplicationActive:
            return
        self.talking.look()
        busy = self._launching.isActive() or self.menu.isVisible() or self._windows.any_in_sight
        if on_a_mac() and not busy:
            self.show_window()

    def _doing_changed(self, doing: Doing) -> None:
        self.system.status_item.tell(doing, self._hint)
        self.menu.tell(doing)
        if doing.live:
            self.system.activity.begin()
        else:
            self.system.activity.end()

    # What happens ------------------------------------------------------------------------------

    def _show_hands_free(self, hands_free: bool) -> None:
        """Says wherever the listening is shown that it lasts until the next press."""
        self._hint = self.tr("Press again to ask") if hands_free else ""
        self._window.set_hands_free(hands_free)
        self.hud.set_hands_free(hands_free)
        self.system.status_item.tell(self.presence.doing, self._hint)

    def _devices_changed(self) -> None:
        if self._changes is not None:
            self._changes.noticed()

    def _reinstall(self) -> None:
        for timer in self._reinstalling:
            timer.start()

    def _name_key(self, wanted: Chord | str | None) -> None:
        self._named = wanted
        self._window.set_key_name(KeyName(wanted))
        self.menu.set_key_name(wanted.symbols() if isinstance(wanted, Chord) else "")

    def _speaker(self) -> AudioSink:
        return open_sink("device", self._store.settings.voice.output_device)

    def _notify(self, event: Failed) -> None:
        """What went wrong while no window is there to say it. What became of a sentence, the pill says."""
        if not self._windows.any_in_sight and not isinstance(event.error, UtteranceError):
            message, remedy = event.error.message, event.error.remedy
            self.system.notifications.tell(errors.words(message), errors.words(remedy))

    def _tell(self, error: AloudError) -> None:
        self._bridge.tell(Failed(NO_TURN, time.monotonic(), error))
