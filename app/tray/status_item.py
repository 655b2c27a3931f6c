"""The item in the menu bar, or in the tray where there is no menu bar: what it must do, and Qt's own."""

import sys
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.presence import Doing, words
from app.tray.glyph import icon

LIGHT_TRAY = "#f2f2f4"
"""Linux paints trays dark whatever the windows are, and knows no template icons."""


class StatusItem(Protocol):
    """Shown from ``show`` to ``hide``; main thread only."""

    @property
    def shown(self) -> bool:
        """Whether a person can see it, so that the window may be closed without losing the app."""
        ...

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        """Appears. A left click calls ``clicked``; a right, Control or Option click opens ``menu``."""
        ...

    def tell(self, doing: Doing, hint: str = "") -> None:
        """Shows what Aloud does, and in words what there is to do meanwhile."""
        ...

    def reinstall(self) -> None:
        """Appears anew, where changing the activation policy may have detached it."""
        ...

    def hide(self) -> None:
        """Goes away. Harmless when hidden."""
        ...


def tool_tip(doing: Doing, hint: str) -> str:
    """What the item says where the pointer rests on it, and to screen readers."""
    return f"Aloud: {words(doing)}" + (f". {hint}" if hint else "")


class QtStatusItem(QObject):
    """The ``StatusItem`` of every desktop that has a tray."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray = QSystemTrayIcon(self)
        self._clicked: Callable[[], None] = lambda: None
        self._tray.activated.connect(self._activated)
        self.tell(Doing.IDLE)

    @property
    def shown(self) -> bool:
        """Whether it is shown and there is a tray to show it."""
        return self._tray.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        """Appears in the tray, now or once there is one."""
        self._clicked = clicked
        self._tray.setContextMenu(menu)
        self._tray.show()

    def tell(self, doing: Doing, hint: str = "") -> None:
        """Shows what Aloud does, as icon and as tool tip."""
        colour = "#000000" if sys.platform == "darwin" else LIGHT_TRAY
        self._tray.setIcon(icon(doing, colour))
        self._tray.setToolTip(tool_tip(doing, hint))

    def reinstall(self) -> None:
        """Nothing detaches it here."""

    def hide(self) -> None:
        """Leaves the tray."""
        self._tray.hide()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._clicked()


class NoStatusItem:
    """Platforms that draw nowhere have no tray either."""

    shown = False

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        """Nothing to show."""

    def tell(self, doing: Doing, hint: str = "") -> None:
        """Nothing to show."""

    def reinstall(self) -> None:
        """Nothing to show."""

    def hide(self) -> None:
        """Nothing to hide."""


def open_status_item(parent: QObject) -> StatusItem:
    """The status item of this system, not shown yet."""
    platform = QGuiApplication.platformName()
    if sys.platform == "darwin" and platform == "cocoa":
        from app.tray.appkit import AppKitStatusItem

        return AppKitStatusItem()
    return NoStatusItem() if platform in ("offscreen", "minimal") else QtStatusItem(parent)
