"""Keeps macOS from slowing Aloud down (App Nap) while a turn is in flight, and only then.

The Mac itself may fall asleep all the same, as it does over music.
"""

from typing import Any, Protocol

from app.macos.activation import on_a_mac


class Activity(Protocol):
    """A turn in flight, as the system's scheduler sees it. Main thread; both harmless when it is so."""

    def begin(self) -> None:
        """What goes on now must not be late."""
        ...

    def end(self) -> None:
        """Nothing is going on."""
        ...


class MacActivity:
    """An activity of NSProcessInfo."""

    def __init__(self) -> None:
        import Foundation

        self._foundation: Any = Foundation
        self._token: Any = None

    def begin(self) -> None:
        """Begins one, as latency-critical as sound is."""
        foundation = self._foundation
        if self._token is None:
            options = foundation.NSActivityUserInitiatedAllowingIdleSystemSleep
            self._token = foundation.NSProcessInfo.processInfo().beginActivityWithOptions_reason_(
                options | foundation.NSActivityLatencyCritical, "A conversation is going on"
            )

    def end(self) -> None:
        """Ends it."""
        token, self._token = self._token, None
        if token is not None:
            self._foundation.NSProcessInfo.processInfo().endActivity_(token)


class NoActivity:
    """Systems that slow down nobody who plays sound."""

    def begin(self) -> None:
        """Nothing to do."""

    def end(self) -> None:
        """Nothing to do."""


def open_activity() -> Activity:
    """The one of this system."""
    return MacActivity() if on_a_mac() else NoActivity()
