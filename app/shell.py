"""What there is of Aloud while its window is closed: menu bar, talk key, pill, sounds, system events."""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from app import errors
from app.bridge import Bridge
from app.device_changes import DeviceChanges
from app.hotkey.choose import Keyboard, open_keyboard
from app.hotkey.chord import Chord, parse
from app.hotkey.talk_key import TalkKey
from app.hud.hud import Hud
from app.hud.pill import Pill
from app.macos.activation import Activation, on_a_mac, open_activation
from app.macos.activity import open_activity
from app.macos.devices import open_device_listener
from app.macos.login_item import LoginItem, open_login_item
from app.macos.notifications import open_notifications
from app.macos.panel import float_over_everything
from app.macos.permissions import open_microphone_permission
from app.macos.power import open_power
from app.presence import Doing
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sounds import Sounds
from app.theme import Theme
from app.tray.filling import Filling
from app.tray.menu import TrayMenu
from app.tray.status_item import StatusItem, open_status_item
from app.window.main_window import MainWindow
from engine.audio.open import open_sink
from engine.errors import AloudError
from engine.events import NO_TURN, Failed
from engine.ports import AudioSink
from engine.settings import Settings

log = logging.getLogger(__name__)

REINSTALL_AFTER_MS = (0, 250)
"""A change of the activation policy detaches the native item, at once or a moment later."""


class Shell(QObject):
    """Made before the window is shown, tied to the settings by ``attach``, ended by ``close``. Main thread.

    ``quit_app`` ends the app. ``keyboard``, ``status_item``, ``activation``, ``login_item`` and ``speaker``
    are the system's own unless a test brings others.
    """

    def __init__(
        self,
        bridge: Bridge,
        theme: Theme,
        window: MainWindow,
        store: SettingsStore,
        quit_app: Callable[[], None],
        *,
        keyboard: Keyboard | None = None,
        status_item: StatusItem | None = None,
        activation: Activation | None = None,
        login_item: LoginItem | None = None,
        speaker: Callable[[], AudioSink] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._window, self._store, self._quit = bridge, window, store, quit_app
        self.keyboard = keyboard or open_keyboard()
        self._activation = activation or open_activation()
        self._login_item = login_item or open_login_item()
        self.presence = window.presence
        self.talk_key = self._make_talk_key()
        self.hud = Hud(
            bridge,
            self.presence,
            theme,
            self.keyboard.keys,
            in_front=window.isActiveWindow,
            talk_chord=self._chord,
            prepare=float_over_everything,
            parent=self,
        )
        self.sounds = Sounds(bridge, speaker or self._speaker, lambda: store.settings.general.sounds)
        self.menu = TrayMenu()
        self.status_item = status_item or open_status_item(self)
        self._reinstalling = [
            QTimer(self, singleShot=True, interval=after_ms) for after_ms in REINSTALL_AFTER_MS
        ]
        for timer in self._reinstalling:
            timer.timeout.connect(self.status_item.reinstall)
        self._notifications = open_notifications(self._balloon)
        self._activity = open_activity()
        self._power = open_power(self._suspended, self._resumed, self)
        self._devices = open_device_listener(self._devices_changed, self)
        self._filling: Filling | None = None
        self._named: Chord | str | None = None
        self._changes: DeviceChanges | None = None
        self.menu.set_colours(theme.colours)
        theme.changed.connect(lambda: self.menu.set_colours(theme.colours))
        self._connect()

    def start(self) -> None:
        """Puts the item into the menu bar and takes the talk key."""
        self.status_item.show(self.show_window, self.menu)
        self.use_key()
        if self._window.isVisible():
            self._activation.regular()
            self._reinstall()

    def attach(self, services: Services) -> None:
        """Gives the settings' window what the shell has, and the menu what the settings have."""
        services.talk_key, services.key_missing = self.talk_key, self.keyboard.missing
        if self.talk_key is not None:
            services.pause_key = self.talk_key.pause
        if self.keyboard.modifiers is not None:
            services.keys_allowed = self.keyboard.modifiers.allowed
            services.ask_for_keys = self.keyboard.modifiers.ask
        permission = open_microphone_permission()
        services.permission, services.ask_permission = permission.status, permission.ask
        self._filling = Filling(self.menu, self._store, services, self._window.sidebar, self.show_window)

    def follow_devices(self, conversation: object) -> None:
        """Lets ``conversation`` have the devices that come while the app runs."""
        self._changes = DeviceChanges(self._bridge, conversation, self)

    def show_window(self) -> None:
        """Brings the window to the front, with a Dock icon on a Mac."""
        self._activation.regular()
        self._reinstall()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def window_closed(self) -> None:
        """The window was closed: the app goes on where the menu bar shows it, and ends where nothing does."""
        if self.status_item.shown:
            self._activation.accessory()
            self._reinstall()
        else:
            self._quit()

    def use_key(self) -> None:
        """Talks with the key that the settings name."""
        if self.talk_key is None:
            return
        general = self._store.settings.general
        wanted: Chord | str | None
        try:
            wanted = general.hotkey_modifier_only or parse(general.hotkey)
        except AloudError as error:
            self._tell(error)
            wanted = None
        self.talk_key.use(wanted)
        self._name_key(wanted)

    def retranslate(self) -> None:
        """Says in another language what no widget of its own shows."""
        self._name_key(self._named)
        self.status_item.tell(self.presence.doing)

    def close(self) -> None:
        """Gives everything back to the system."""
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        if self._filling is not None:
            self._filling.close()
        for part in (self.talk_key, self.hud, self.keyboard.keys, self.sounds, self._power, self._devices):
            if part is not None:
                part.close()
        for timer in self._reinstalling:
            timer.stop()
        self._activity.end()
        self.status_item.hide()
        self.menu.deleteLater()
        self.hud.pill.deleteLater()

    # Connecting --------------------------------------------------------------------------------

    def _make_talk_key(self) -> TalkKey | None:
        if self.keyboard.keys is None:
            return None
        longest_s = self._store.settings.listening.longest_utterance_s
        key = TalkKey(
            self.keyboard.keys, self.keyboard.modifiers, self._bridge, longest_s=longest_s, parent=self
        )
        key.failed.connect(self._tell)
        return key

    def _connect(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.installEventFilter(self)
        application.applicationStateChanged.connect(self._state_changed)
        menu, bridge = self.menu, self._bridge
        menu.open_wanted.connect(self.show_window)
        menu.talk_wanted.connect(self._talk)
        menu.stop_wanted.connect(bridge.stop)
        menu.mute_wanted.connect(bridge.mute)
        menu.settings_wanted.connect(self._open_settings)
        menu.quit_wanted.connect(self._quit)
        menu.tell_muted(bridge.muted)
        bridge.muted_changed.connect(menu.tell_muted)
        bridge.failed.connect(self._notify)
        self.presence.changed.connect(self._doing_changed)
        self._doing_changed(self.presence.doing)
        self._window.closed.connect(self.window_closed)
        self._store.changed.connect(self._settings_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The system asks Aloud to quit (its Dock menu, Command-Q, a logout): it does, in its own order."""
        if event.type() is QEvent.Type.Quit and watched is QApplication.instance():
            event.accept()
            self._quit()
            return True
        return False

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        """On a Mac, opening an app that runs is only told by its coming to the front."""
        active = state is Qt.ApplicationState.ApplicationActive
        if active and on_a_mac() and not self.menu.isVisible() and not _anything_open():
            self.show_window()

    def _doing_changed(self, doing: Doing) -> None:
        self.status_item.tell(doing)
        self.menu.tell(doing)
        if doing.live:
            self._activity.begin()
        else:
            self._activity.end()

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        old, new = before.general, after.general
        if (old.hotkey, old.hotkey_modifier_only) != (new.hotkey, new.hotkey_modifier_only):
            self.use_key()
        if self.talk_key is not None:
            self.talk_key.set_longest(after.listening.longest_utterance_s)
        if old.launch_at_login != new.launch_at_login:
            try:
                self._login_item.enable(new.launch_at_login)
            except AloudError as error:
                self._tell(error)

    # What happens ------------------------------------------------------------------------------

    def _talk(self) -> None:
        """Begins to listen, or asks what was said since."""
        if self.presence.doing is Doing.LISTENING:
            self._bridge.release()
        else:
            self._bridge.press()

    def _open_settings(self) -> None:
        self._activation.regular()
        self._reinstall()
        self._window.settings_wanted.emit()

    def _suspended(self) -> None:
        if self.talk_key is not None:
            self.talk_key.suspend()

    def _resumed(self) -> None:
        if self.talk_key is not None:
            self.talk_key.rearm()

    def _devices_changed(self) -> None:
        if self._changes is not None:
            self._changes.noticed()

    def _reinstall(self) -> None:
        for timer in self._reinstalling:
            timer.start()

    def _chord(self) -> Chord | None:
        held = self.talk_key.held if self.talk_key is not None else None
        return held if isinstance(held, Chord) else None

    def _name_key(self, wanted: Chord | str | None) -> None:
        self._named = wanted
        names = {
            "right_option": self.tr("Right Option"),
            "right_command": self.tr("Right Command"),
            "fn": self.tr("Fn"),
        }
        chord = wanted if isinstance(wanted, Chord) else None
        shown, spoken = (chord.symbols(), chord.words()) if chord else (names.get(str(wanted), ""), "")
        self._window.set_key_name(shown, spoken)
        self.menu.set_key_name(chord.symbols() if chord else "")

    def _speaker(self) -> AudioSink:
        return open_sink("device", self._store.settings.voice.output_device)

    def _notify(self, event: Failed) -> None:
        """What went wrong while no window is open to say it."""
        if not _anything_open():
            message, remedy = event.error.message, event.error.remedy
            self._notifications.tell(errors.words(message), errors.words(remedy))

    def _balloon(self, title: str, text: str) -> None:
        if self.status_item.shown:
            for tray in self.findChildren(QSystemTrayIcon):
                tray.showMessage(title, text)

    def _tell(self, error: AloudError) -> None:
        self._bridge.tell(Failed(NO_TURN, time.monotonic(), error))


def _anything_open() -> bool:
    """Whether a person has a window of ours before them; the pill and menus come and go by themselves."""
    windows = (one for one in QApplication.topLevelWidgets() if not isinstance(one, Pill | QMenu))
    return any(window.isVisible() for window in windows)
