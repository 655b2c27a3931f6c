"""The switch for opening at login and what the system says of it, kept the same."""

import logging

from PySide6.QtCore import QObject, QTimer, Signal

from app import errors
from app.macos.login_item import LoginItem
from app.settings.store import SettingsStore
from engine.errors import AloudError
from engine.settings import Settings

log = logging.getLogger(__name__)


class LoginSwitch(QObject):
    """Takes what the person switches to ``item``, and what the system says into ``store``: its word counts.

    ``told``: it was read anew. Main thread; asking the system takes milliseconds.
    """

    told = Signal()

    def __init__(self, store: SettingsStore, item: LoginItem, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._item = store, item
        self._wanted: bool | None = None
        self._refusal: AloudError | None = None
        store.changed.connect(self._changed)

    @property
    def complaint(self) -> str:
        """Why the system did not do as it was told; "" where it did."""
        return errors.told(self._refusal) if self._refusal is not None else ""

    def look(self) -> None:
        """Reads what the system says, which can be changed in its own settings too."""
        enabled = self._enabled()
        if enabled is not None:
            self._store.change("general", launch_at_login=enabled)
            if enabled is self._wanted:
                self._refusal = None
        self.told.emit()

    def _changed(self, before: Settings, after: Settings) -> None:
        wanted = after.general.launch_at_login
        if before.general.launch_at_login == wanted or self._enabled() == wanted:
            return
        self._wanted, self._refusal = wanted, None
        try:
            self._item.enable(wanted)
        except AloudError as error:
            self._refusal = error
        QTimer.singleShot(0, self, self.look)  # after all have followed this change

    def _enabled(self) -> bool | None:
        try:
            return self._item.enabled()
        except Exception:
            log.exception("it is not known whether Aloud opens at login")
            return None
