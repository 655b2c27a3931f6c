"""Sleep, waking up, and the locked screen: the times at which a key-up gets lost."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Slot

from app.macos.activation import on_a_mac

log = logging.getLogger(__name__)

Told = Callable[[], None]


class Power(Protocol):
    """Tells from its making until ``close``, on the main thread."""

    def close(self) -> None:
        """Tells no more."""
        ...


class MacPower:
    """The workspace's notifications, and the one that macOS sends when the screen is locked."""

    def __init__(self, suspended: Told, resumed: Told) -> None:
        import AppKit
        from Foundation import NSDistributedNotificationCenter, NSOperationQueue

        self._observers: list[tuple[Any, Any]] = []
        near = AppKit.NSWorkspace.sharedWorkspace().notificationCenter()
        far = NSDistributedNotificationCenter.defaultCenter()
        queue = NSOperationQueue.mainQueue()
        for centre, name, told in (
            (near, AppKit.NSWorkspaceWillSleepNotification, suspended),
            (near, AppKit.NSWorkspaceDidWakeNotification, resumed),
            (near, AppKit.NSWorkspaceSessionDidResignActiveNotification, suspended),
            (near, AppKit.NSWorkspaceSessionDidBecomeActiveNotification, resumed),
            (far, "com.apple.screenIsLocked", suspended),
            (far, "com.apple.screenIsUnlocked", resumed),
        ):
            observer = centre.addObserverForName_object_queue_usingBlock_(name, None, queue, _calls(told))
            self._observers.append((centre, observer))

    def close(self) -> None:
        """Removes the observers."""
        while self._observers:
            centre, observer = self._observers.pop()
            centre.removeObserver_(observer)


class LogindPower(QObject):
    """systemd's login manager over D-Bus: sleep, and the lock of this session."""

    SERVICE = "org.freedesktop.login1"

    def __init__(
        self, suspended: Told, resumed: Told, parent: QObject | None = None, bus: Any = None
    ) -> None:
        super().__init__(parent)
        from PySide6.QtDBus import QDBusConnection

        self._suspended, self._resumed = suspended, resumed
        self._bus = bus or QDBusConnection.systemBus()
        manager, session = f"{self.SERVICE}.Manager", f"{self.SERVICE}.Session"
        self._asked = [
            ("/org/freedesktop/login1", manager, "PrepareForSleep", "1_sleep(bool)"),
            ("/org/freedesktop/login1/session/auto", session, "Lock", "1_locked()"),
            ("/org/freedesktop/login1/session/auto", session, "Unlock", "1_unlocked()"),
        ]
        if not self._bus.isConnected():
            log.info("no system bus: sleep is not noticed")
            self._asked = []
        for path, interface, name, slot in self._asked:
            self._bus.connect(self.SERVICE, path, interface, name, self, slot.encode())

    def close(self) -> None:
        """Disconnects."""
        for path, interface, name, slot in self._asked:
            self._bus.disconnect(self.SERVICE, path, interface, name, self, slot.encode())
        self._asked = []

    @Slot(bool)
    def _sleep(self, begins: bool) -> None:
        (self._suspended if begins else self._resumed)()

    @Slot()
    def _locked(self) -> None:
        self._suspended()

    @Slot()
    def _unlocked(self) -> None:
        self._resumed()


def _calls(told: Told) -> Callable[[Any], None]:
    def handle(notification: Any) -> None:
        told()

    return handle


def open_power(suspended: Told, resumed: Told, parent: QObject) -> Power:
    """The one of this system. ``suspended`` and ``resumed`` may come twice in a row."""
    return MacPower(suspended, resumed) if on_a_mac() else LogindPower(suspended, resumed, parent)
