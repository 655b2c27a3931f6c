"""Whether Aloud may see modifier keys, followed while somebody waits for it: macOS tells nobody."""

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.hotkey.ports import ModifierKeys

LOOK_EVERY_MS: Final = 1_000


class KeyPermission(QObject):
    """The permission for ``modifiers``, as it was when last looked at. Main thread; a look is quick.

    ``changed`` tells that it was given or taken away, ``looked`` that a look was taken, whatever it saw.
    Without ``modifiers`` there is nothing to allow.
    """

    changed = Signal(bool)
    looked = Signal()

    def __init__(self, modifiers: ModifierKeys | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._modifiers = modifiers
        self._waiting: set[str] = set()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self.allowed = self._allowed()

    def ask(self) -> None:
        """Lets the system show its question."""
        if self._modifiers is not None:
            self._modifiers.ask()

    def look(self) -> None:
        """Looks now."""
        before, self.allowed = self.allowed, self._allowed()
        if self.allowed != before:
            self.changed.emit(self.allowed)
        self.looked.emit()

    def wait(self, who: str, waits: bool) -> None:
        """Looks now, and every second while any ``who`` waits."""
        (self._waiting.add if waits else self._waiting.discard)(who)
        if not self._waiting:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
            self.look()

    def close(self) -> None:
        """Looks no more."""
        self._waiting.clear()
        self._timer.stop()

    def _allowed(self) -> bool:
        return self._modifiers is None or self._modifiers.allowed()
