"""Whether Aloud is an app with a Dock icon and menus, or one that lives in the menu bar only."""

import sys
from typing import Protocol

from PySide6.QtGui import QGuiApplication


class Activation(Protocol):
    """The system's idea of what kind of app Aloud is now. Main thread."""

    def regular(self) -> None:
        """With a Dock icon and a menu, and in front: while its window is open."""
        ...

    def accessory(self) -> None:
        """In the menu bar only: while no window is open."""
        ...


class MacActivation:
    """The activation policy of NSApplication."""

    def regular(self) -> None:
        """Shows the Dock icon, then comes to the front."""
        import AppKit

        application = AppKit.NSApplication.sharedApplication()
        application.setActivationPolicy_(AppKit.NSApplicationActivationPolicyRegular)
        application.activateIgnoringOtherApps_(True)

    def accessory(self) -> None:
        """Takes the Dock icon away; the app that was in front before comes back."""
        import AppKit

        application = AppKit.NSApplication.sharedApplication()
        application.setActivationPolicy_(AppKit.NSApplicationActivationPolicyAccessory)


class NoActivation:
    """Systems that make no difference."""

    def regular(self) -> None:
        """Nothing to do."""

    def accessory(self) -> None:
        """Nothing to do."""


def on_a_mac() -> bool:
    """Whether this is a Mac with its own windows, not one that draws offscreen for a test."""
    return sys.platform == "darwin" and QGuiApplication.platformName() == "cocoa"


def open_activation() -> Activation:
    """The one of this system."""
    return MacActivation() if on_a_mac() else NoActivation()
