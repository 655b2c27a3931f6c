"""Tells of what went wrong while no window is open."""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from app.macos.activation import on_a_mac

log = logging.getLogger(__name__)

ALERT_AND_SOUND: Final = 0b110
"""UNAuthorizationOptionAlert and UNAuthorizationOptionSound."""


class Notifications(Protocol):
    """The system's notifications. Main thread; never blocks and never raises."""

    def tell(self, title: str, text: str) -> None:
        """Shows a notification, where the person lets Aloud do so."""
        ...


class MacNotifications:
    """UserNotifications, which works only from the app's bundle; elsewhere nothing is shown."""

    def __init__(self) -> None:
        import Foundation
        import UserNotifications

        self._foundation: Any = Foundation
        self._notifications: Any = UserNotifications

    def tell(self, title: str, text: str) -> None:
        """Asks for the permission at the first time, and shows the notification once it is given."""
        foundation, notifications = self._foundation, self._notifications
        if foundation.NSBundle.mainBundle().bundleIdentifier() is None:
            return  # currentNotificationCenter would raise
        content = notifications.UNMutableNotificationContent.alloc().init()
        content.setTitle_(title)
        content.setBody_(text)
        request = notifications.UNNotificationRequest.requestWithIdentifier_content_trigger_(
            foundation.NSUUID.UUID().UUIDString(), content, None
        )
        centre = notifications.UNUserNotificationCenter.currentNotificationCenter()

        def show(granted: bool, error: Any) -> None:
            if granted:
                centre.addNotificationRequest_withCompletionHandler_(request, _shown)

        centre.requestAuthorizationWithOptions_completionHandler_(ALERT_AND_SOUND, show)


class TrayNotifications:
    """The balloon of the tray."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        self._show = show

    def tell(self, title: str, text: str) -> None:
        """Shows it."""
        self._show(title, text)


def _shown(error: Any) -> None:
    if error is not None:
        log.info("a notification was not shown: %s", error)


def open_notifications(show_in_tray: Callable[[str, str], None]) -> Notifications:
    """The one of this system."""
    return MacNotifications() if on_a_mac() else TrayNotifications(show_in_tray)
