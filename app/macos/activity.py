"""Keeps macOS from slowing Aloud down (App Nap) or sleeping while a turn is in flight, and only then."""

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
        self._token: Any = None

    def begin(self) -> None:
        """Begins one, as latency-critical as sound is."""
        import Foundation

        if self._token is None:
            options = Foundation.NSActivityUserInitiatedAllowingIdleSystemSleep
            self._token = Foundation.NSProcessInfo.processInfo().beginActivityWithOptions_reason_(
                options | Foundation.NSActivityLatencyCritical, "A conversation is going on"
            )

    def end(self) -> None:
        """Ends it."""
        import Foundation

        token, self._token = self._token, None
        if token is not None:
            Foundation.NSProcessInfo.processInfo().endActivity_(token)


class NoActivity:
    """Systems that slow down nobody who plays sound."""

    def begin(self) -> None:
        """Nothing to do."""

    def end(self) -> None:
        """Nothing to do."""


def open_activity() -> Activity:
    """The one of this system."""
    return MacActivity() if on_a_mac() else NoActivity()
