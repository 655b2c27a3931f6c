"""What there is of Aloud while its window is closed: menu bar, talk key, pill, sounds, system events."""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, SignalInstance
from PySide6.QtGui import QGuiApplication

from app import errors
from app.bridge import Bridge
from app.device_changes import DeviceChanges
from app.hotkey.chord import Chord, parse
from app.hotkey.naming import KeyName
from app.hotkey.permission import KeyPermission
from app.hotkey.talk_key import TalkKey
from app.hud.hud import Hud
from app.login import LoginSwitch
from app.macos.activation import on_a_mac
from app.presence import Doing
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sounds import Sounds
from app.system import System
from app.theme import Theme
from app.tray.filling import Filling
from app.tray.menu import TrayMenu
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine.audio.open import open_sink
from engine.errors import AloudError, UtteranceError
from engine.events import NO_TURN, Failed
from engine.ports import AudioSink
from engine.settings import Settings

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
        self.key_permission = KeyPermission(system.keyboard.modifiers, self)
        self._key_complaint: AloudError | None = None
        self._hint = ""
        self.talk_key = self._make_talk_key()
        self.hud = Hud(
            bridge,
            self.presence,
            theme,
            system.keyboard.keys,
            in_front=window.isActiveWindow,
            talk_chord=self._chord,
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
        self.use_key()
        if system.off is not None:
            self._tell(system.off)

    def attach(self, services: Services) -> None:
        """Gives the settings' window what the shell has, and the menu what the settings have."""
        keyboard = self.system.keyboard
        services.talk_key, services.key_missing = self.talk_key, keyboard.missing
        if self.talk_key is not None:
            services.pause_key = self.talk_key.pause
        if keyboard.modifiers is not None:
            services.key_permission = self.key_permission
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
        self.system.status_item.tell(self.presence.doing, self._hint)

    def close(self) -> None:
        """Gives everything back to the system."""
        for signal, slot in self._follows:
            signal.disconnect(slot)
        self._follows.clear()
        if self._filling is not None:
            self._filling.close()
        for part in (self.talk_key, self.key_permission, self.hud, self.sounds, self.system):
            if part is not None:
                part.close()
        for timer in (self._launching, *self._reinstalling):
            timer.stop()
        self.menu.deleteLater()
        self.hud.pill.deleteLater()

    # Connecting --------------------------------------------------------------------------------

    def _make_talk_key(self) -> TalkKey | None:
        keyboard = self.system.keyboard
        if keyboard.keys is None:
            return None
        longest_s = self._store.settings.listening.longest_utterance_s
        key = TalkKey(keyboard.keys, keyboard.modifiers, self._bridge, longest_s=longest_s, parent=self)
        key.failed.connect(self._key_refused)
        key.taken.connect(self._key_taken)
        key.hands_free_changed.connect(self._show_hands_free)
        return key

    def _connect(self) -> None:
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self._follows: list[tuple[SignalInstance, Callable[..., None]]] = [
            (application.applicationStateChanged, self._state_changed),
            (self._windows.flipped, self._reinstall),
            (self._windows.emptied, self._emptied),
            (self.system.suspended, self._suspended),
            (self.system.resumed, self._resumed),
            (self.system.devices_changed, self._devices_changed),
            (self.system.turned_off, self._tell),
            (self.key_permission.changed, self._permission_changed),
            (self.key_permission.looked, self._settle_waiting),
        ]
        for signal, slot in self._follows:
            signal.connect(slot)
        for timer in self._reinstalling:
            timer.timeout.connect(lambda: self.system.status_item.reinstall())
        menu, bridge = self.menu, self._bridge
        menu.open_wanted.connect(self.show_window)
        menu.talk_wanted.connect(self._talk)
        menu.stop_wanted.connect(bridge.stop)
        menu.mute_wanted.connect(bridge.mute)
        menu.settings_wanted.connect(self._window.settings_wanted)
        menu.quit_wanted.connect(self._quit)
        menu.tell_muted(bridge.muted)
        bridge.muted_changed.connect(menu.tell_muted)
        bridge.failed.connect(self._notify)
        self.presence.changed.connect(self._doing_changed)
        self._doing_changed(self.presence.doing)
        self._store.changed.connect(self._settings_changed)

    def _emptied(self) -> None:
        """The last window was closed: Aloud goes on where the menu bar shows it, else it ends."""
        if not self.system.status_item.shown:
            self._quit()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        """On a Mac, opening an app that runs is only told by its coming to the front."""
        if state is Qt.ApplicationState.ApplicationActive and self._key_complaint is not None:
            self.key_permission.look()  # the person may come from the system's settings
        wanted = state is Qt.ApplicationState.ApplicationActive and on_a_mac()
        if wanted and not (self._launching.isActive() or self.menu.isVisible() or self._windows.any_in_sight):
            self.show_window()

    def _doing_changed(self, doing: Doing) -> None:
        if doing is not Doing.LISTENING and self.talk_key is None and self._hint:
            self._show_hands_free(False)
        self.system.status_item.tell(doing, self._hint)
        self.menu.tell(doing)
        if doing.live:
            self.system.activity.begin()
        else:
            self.system.activity.end()

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        old, new = before.general, after.general
        if (old.hotkey, old.hotkey_modifier_only) != (new.hotkey, new.hotkey_modifier_only):
            self.use_key()
        if self.talk_key is not None:
            self.talk_key.set_longest(after.listening.longest_utterance_s)

    # What happens ------------------------------------------------------------------------------

    def _talk(self) -> None:
        """Begins to listen until the next press, or asks what was said since."""
        key = self.talk_key
        if self.presence.doing is Doing.LISTENING and not (key is not None and key.state.listening):
            self._bridge.release()
        elif key is not None:
            key.toggle()
        else:
            self._show_hands_free(True)
            self._bridge.press()

    def _show_hands_free(self, hands_free: bool) -> None:
        """Says wherever the listening is shown that it lasts until the next press."""
        self._hint = self.tr("Press again to ask") if hands_free else ""
        self._window.set_hands_free(hands_free)
        self.hud.set_hands_free(hands_free)
        self.system.status_item.tell(self.presence.doing, self._hint)

    def _key_refused(self, error: AloudError) -> None:
        self._key_complaint = error
        self._tell(error)
        self.key_permission.look()

    def _key_taken(self) -> None:
        if self._key_complaint is not None:
            self._window.withdraw(self._key_complaint)
            self._key_complaint = None
        self._settle_waiting()

    def _permission_changed(self, allowed: bool) -> None:
        if self.talk_key is not None and self._store.settings.general.hotkey_modifier_only:
            self.talk_key.rearm()

    def _settle_waiting(self) -> None:
        """Somebody who sees that the permission is missing waits for it."""
        seen = self._key_complaint is not None and self._window.error.isVisible()
        self.key_permission.wait("complaint", seen and not self.key_permission.allowed)

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
