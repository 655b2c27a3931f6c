"""Whether Aloud is an app with a Dock icon and menus, or one that lives in the menu bar only."""

import sys
from typing import Any, Protocol

from PySide6.QtGui import QGuiApplication


class Activation(Protocol):
    """The system's idea of what kind of app Aloud is now. Main thread."""

    def regular(self) -> bool:
        """With a Dock icon and a menu: while a window is open. Returns whether that is a change."""
        ...

    def accessory(self) -> bool:
        """In the menu bar only: while no window is open. Returns whether that is a change."""
        ...

    def come_forward(self) -> None:
        """Takes the keyboard from the app that has it; regular apps only."""
        ...

    def show_about(self) -> None:
        """Shows the system's own panel with the app's name, icon and version, where it has one."""
        ...


class MacActivation:
    """The activation policy of NSApplication."""

    def __init__(self) -> None:
        import AppKit

        self._kit: Any = AppKit

    def regular(self) -> bool:
        """Shows the Dock icon."""
        return self._change(self._kit.NSApplicationActivationPolicyRegular)

    def accessory(self) -> bool:
        """Takes the Dock icon away; the app that was in front before comes back."""
        return self._change(self._kit.NSApplicationActivationPolicyAccessory)

    def come_forward(self) -> None:
        """Whatever other app is in front: the person has asked for ours."""
        self._kit.NSApplication.sharedApplication().activateIgnoringOtherApps_(True)

    def show_about(self) -> None:
        """AppKit makes it of what the bundle says."""
        self._kit.NSApplication.sharedApplication().orderFrontStandardAboutPanel_(None)

    def is_regular(self) -> bool:
        """Whether there is a Dock icon now."""
        return self._policy() == int(self._kit.NSApplicationActivationPolicyRegular)

    def _policy(self) -> int:
        return int(self._kit.NSApplication.sharedApplication().activationPolicy())

    def _change(self, policy: int) -> bool:
        if self._policy() == policy:
            return False
        return bool(self._kit.NSApplication.sharedApplication().setActivationPolicy_(policy))


class NoActivation:
    """Systems that make no difference."""

    def regular(self) -> bool:
        """Nothing to do."""
        return False

    def accessory(self) -> bool:
        """Nothing to do."""
        return False

    def come_forward(self) -> None:
        """Nothing to do."""

    def show_about(self) -> None:
        """Nothing to do."""


def on_a_mac() -> bool:
    """Whether this is a Mac with its own windows, not one that draws offscreen for a test."""
    return sys.platform == "darwin" and QGuiApplication.platformName() == "cocoa"


def open_activation() -> Activation:
    """The one of this system."""
    return MacActivation() if on_a_mac() else NoActivation()
