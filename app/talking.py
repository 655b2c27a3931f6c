"""The talk key as the settings want it: registered, complained of where it can't be had, and waited for."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.hotkey.choose import Keyboard
from app.hotkey.chord import Chord, parse
from app.hotkey.permission import KeyPermission
from app.hotkey.talk_key import TalkKey
from app.presence import Doing, Presence
from app.settings.store import SettingsStore
from engine.errors import AloudError
from engine.settings import Settings


class Talking(QObject):
    """Follows ``store`` from ``use`` until ``close``. Main thread.

    ``named`` carries the chord or the modifier's name that is wanted now, None for none; ``refused`` the
    error when it can't be had, and ``mended`` the same error once it can; ``hands_free_changed`` whether it
    listens until the next press. ``complaint_seen`` says whether a person sees what ``refused`` told.
    """

    named = Signal(object)
    refused = Signal(object)
    mended = Signal(object)
    hands_free_changed = Signal(bool)

    def __init__(
        self,
        bridge: Bridge,
        presence: Presence,
        store: SettingsStore,
        keyboard: Keyboard,
        *,
        complaint_seen: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._presence, self._store = bridge, presence, store
        self._complaint_seen = complaint_seen
        self._complaint: AloudError | None = None
        self._from_menu = False
        self.permission = KeyPermission(keyboard.modifiers, self)
        self.permission.changed.connect(self._permission_changed)
        self.permission.looked.connect(self._settle_waiting)
        self.key = self._make(keyboard)
        presence.changed.connect(self._doing_changed)
        store.changed.connect(self._settings_changed)

    @property
    def chord(self) -> Chord | None:
        """The chord that is registered now."""
        held = self.key.held if self.key is not None else None
        return held if isinstance(held, Chord) else None

    def use(self) -> None:
        """Takes the key that the settings name."""
        if self.key is None:
            return
        general = self._store.settings.general
        wanted: Chord | str | None
        try:
            wanted = general.hotkey_modifier_only or parse(general.hotkey)
        except AloudError as error:
            self.refused.emit(error)
            wanted = None
        self.key.use(wanted)
        self.named.emit(wanted)

    def toggle(self) -> None:
        """Listens until the next press, or asks what was said since: for what can't be held."""
        by_key = self.key is not None and self.key.state.listening
        if self._presence.doing is Doing.LISTENING and not by_key:
            self._bridge.release()
        elif self.key is not None:
            self.key.toggle()
        else:
            self._from_menu = True
            self.hands_free_changed.emit(True)
            self._bridge.press()

    def suspend(self) -> None:
        """The machine sleeps or the screen is locked."""
        if self.key is not None:
            self.key.suspend()

    def rearm(self) -> None:
        """Registers the key anew, as after sleep."""
        if self.key is not None:
            self.key.rearm()

    def look(self) -> None:
        """The person comes back to Aloud, and may have given the permission that was missing."""
        if self._complaint is not None:
            self.permission.look()

    def close(self) -> None:
        """Gives the key back and looks no more."""
        self.permission.close()
        if self.key is not None:
            self.key.close()

    def _make(self, keyboard: Keyboard) -> TalkKey | None:
        if keyboard.keys is None:
            return None
        longest_s = self._store.settings.listening.longest_utterance_s
        key = TalkKey(keyboard.keys, keyboard.modifiers, self._bridge, longest_s=longest_s, parent=self)
        key.failed.connect(self._refused)
        key.taken.connect(self._taken)
        key.hands_free_changed.connect(self.hands_free_changed)
        return key

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        old, new = before.general, after.general
        if (old.hotkey, old.hotkey_modifier_only) != (new.hotkey, new.hotkey_modifier_only):
            self.use()
        if self.key is not None:
            self.key.set_longest(after.listening.longest_utterance_s)

    def _doing_changed(self, doing: Doing) -> None:
        if self._from_menu and doing is not Doing.LISTENING:
            self._from_menu = False
            self.hands_free_changed.emit(False)

    def _refused(self, error: AloudError) -> None:
        self._complaint = error
        self.refused.emit(error)
        self.permission.look()

    def _taken(self) -> None:
        complaint, self._complaint = self._complaint, None
        if complaint is not None:
            self.mended.emit(complaint)
        self._settle_waiting()

    def _permission_changed(self, allowed: bool) -> None:
        if self._store.settings.general.hotkey_modifier_only:
            self.rearm()

    def _settle_waiting(self) -> None:
        """Somebody who sees that the permission is missing waits for it."""
        seen = self._complaint is not None and self._complaint_seen()
        self.permission.wait("complaint", seen and not self.permission.allowed)
