"""The one place where the keyboard's adapter is chosen."""

import logging
import sys
from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication

from app.hotkey.ports import Keys, ModifierKeys
from engine.wording import Wording

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What this system offers. ``missing`` says why there are no ``keys``, for the settings; else "".

    ``failed``: there should have been keys, but the system's libraries refused.
    """

    keys: Keys | None
    modifiers: ModifierKeys | None = None
    missing: str = ""
    failed: bool = False


def open_keyboard(platform: str = "") -> Keyboard:
    """The keyboard of this system, by Qt's name for the platform. What fails is told by what is returned."""
    platform = platform or QGuiApplication.platformName()
    try:
        return _keyboard(platform)
    except Exception:  # whatever PyObjC or ctypes raises: the window has a button, too
        log.exception("no hotkey")
        missing = Wording("The system refused the hotkey. Use the button in the window.")
        return Keyboard(None, missing=missing, failed=True)


def _keyboard(platform: str) -> Keyboard:
    if sys.platform == "darwin" and platform == "cocoa":
        from app.hotkey.carbon import CarbonKeys
        from app.hotkey.modifier import MacModifierKeys

        return Keyboard(CarbonKeys(), MacModifierKeys())
    if platform == "xcb":
        from app.hotkey.x11 import DisplayUnavailable, X11Keys

        try:
            return Keyboard(X11Keys())
        except DisplayUnavailable as error:
            log.warning("no hotkey: %s", error)
            return Keyboard(
                None, missing=Wording("This X server has no hotkeys. Use the button in the window.")
            )
    if platform.startswith("wayland"):
        return Keyboard(
            None, missing=Wording("Wayland has no hotkeys for apps. Use the button in the window.")
        )
    return Keyboard(None, missing=Wording("There is no hotkey here. Use the button in the window."))
