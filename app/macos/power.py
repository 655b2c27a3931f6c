"""Sleep, waking up, and the locked screen: the times at which a key-up gets lost."""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from PySide6.QtCore import SLOT, QObject, Slot

from app.macos.activation import on_a_mac

log = logging.getLogger(__name__)

Told = Callable[[], None]

SCREEN_SAVERS: Final = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver")


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


class DesktopPower(QObject):
    """Linux, over D-Bus: systemd's login manager tells of sleep and of locks, desktops of their own locks.

    ``system`` and ``session`` are the two buses; None for the machine's own. Where there is none, or
    nobody on it, nothing is told.
    """

    def __init__(
        self,
        suspended: Told,
        resumed: Told,
        parent: QObject | None = None,
        *,
        system: Any = None,
        session: Any = None,
    ) -> None:
        super().__init__(parent)
        from PySide6.QtDBus import QDBusConnection

        self._suspended, self._resumed = suspended, resumed
        system = system or QDBusConnection.systemBus()
        session = session or QDBusConnection.sessionBus()
        login = "org.freedesktop.login1"
        self._asked: list[tuple[Any, tuple[Any, ...]]] = []
        for bus, service, path, interface, name, slot in (
            (system, login, "/org/freedesktop/login1", f"{login}.Manager", "PrepareForSleep", "_away(bool)"),
            (system, login, "", f"{login}.Session", "Lock", "_locked()"),
            (system, login, "", f"{login}.Session", "Unlock", "_unlocked()"),
            *((session, name, "", name, "ActiveChanged", "_away(bool)") for name in SCREEN_SAVERS),
        ):
            asked = (service, path, interface, name, self, SLOT(slot))
            if bus.isConnected() and bus.connect(*asked):
                self._asked.append((bus, asked))
        if not self._asked:
            log.info("no message bus: sleep and the locked screen are not noticed")

    def close(self) -> None:
        """Disconnects."""
        while self._asked:
            bus, asked = self._asked.pop()
            bus.disconnect(*asked)

    @Slot(bool)
    def _away(self, begins: bool) -> None:
        (self._suspended if begins else self._resumed)()

    @Slot()
    def _locked(self) -> None:
        self._suspended()

    @Slot()
    def _unlocked(self) -> None:
        self._resumed()


class NoPower:
    """Where nobody tells."""

    def close(self) -> None:
        """Nothing to do."""


def _calls(told: Told) -> Callable[[Any], None]:
    def handle(notification: Any) -> None:
        told()

    return handle


def open_power(suspended: Told, resumed: Told, parent: QObject) -> Power:
    """The one of this system. ``suspended`` and ``resumed`` may come twice in a row."""
    return MacPower(suspended, resumed) if on_a_mac() else DesktopPower(suspended, resumed, parent)
