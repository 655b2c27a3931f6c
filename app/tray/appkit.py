"""The native item in the Mac's menu bar.

Not Qt's own: that one has a fixed length, which is not painted on a screen with a notch, and it opens
its menu at a left click too.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu

from app.presence import Doing, words
from app.tray.glyph import SIDE, png
from app.tray.status_item import tool_tip

BELOW_THE_BAR_PX: Final = 6

NAME: Final = "Aloud"
POSITION_KEY: Final = f"NSStatusItem Preferred Position {NAME}"
"""Where macOS keeps, in the app's defaults, the place to which a person has dragged the item of that name."""


@cache
def _target_class() -> Any:
    """The Objective-C class that the button calls; a process may define it only once."""
    from Foundation import NSObject

    class AloudStatusTarget(NSObject):  # type: ignore[misc]  # NSObject is untyped
        def clicked_(self, sender: object) -> None:
            self.told()

    return AloudStatusTarget


class AppKitStatusItem:
    """The ``StatusItem`` port over NSStatusItem. Main thread only."""

    def __init__(self) -> None:
        import AppKit
        import Foundation

        self._kit: Any = AppKit
        self._foundation: Any = Foundation
        self._item: Any = None
        self._doing, self._hint = Doing.IDLE, ""
        self._clicked: Callable[[], None] = lambda: None
        self._menu: QMenu | None = None
        self._target: Any = _target_class().alloc().init()
        self._target.told = self._told

    @property
    def shown(self) -> bool:
        """Whether it is in the menu bar."""
        return self._item is not None

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        """Appears in the menu bar."""
        self._clicked, self._menu = clicked, menu
        self._install()

    def tell(self, doing: Doing, hint: str = "") -> None:
        """Shows what Aloud does, as icon, tool tip and for VoiceOver."""
        self._doing, self._hint = doing, hint
        if self._item is not None:
            self._paint(self._item.button())

    def reinstall(self) -> None:
        """Takes the item away and puts in another, in the same place."""
        if self._item is not None:
            self.hide()
            self._install()

    def hide(self) -> None:
        """Leaves the menu bar. Removing an item makes macOS forget its place, so that is kept here."""
        if self._item is not None:
            defaults = self._foundation.NSUserDefaults.standardUserDefaults()
            place = defaults.objectForKey_(POSITION_KEY)
            self._kit.NSStatusBar.systemStatusBar().removeStatusItem_(self._item)
            self._item = None
            if place is not None:
                defaults.setObject_forKey_(place, POSITION_KEY)

    def _install(self) -> None:
        kit = self._kit
        self._item = kit.NSStatusBar.systemStatusBar().statusItemWithLength_(kit.NSVariableStatusItemLength)
        self._item.setAutosaveName_(NAME)  # it goes to the place that is kept under this name
        button = self._item.button()
        button.setTarget_(self._target)
        button.setAction_("clicked:")
        button.sendActionOn_(kit.NSEventMaskLeftMouseUp | kit.NSEventMaskRightMouseUp)
        self._paint(button)

    def _paint(self, button: Any) -> None:
        content = png(self._doing)
        data = self._foundation.NSData.dataWithBytes_length_(content, len(content))
        image = self._kit.NSImage.alloc().initWithData_(data)
        image.setSize_((SIDE, SIDE))
        image.setTemplate_(True)
        image.setAccessibilityDescription_(words(self._doing))
        button.setImage_(image)
        button.setToolTip_(tool_tip(self._doing, self._hint))
        button.setAccessibilityTitle_(tool_tip(self._doing, self._hint))

    def _told(self) -> None:
        kit = self._kit
        event = kit.NSApplication.sharedApplication().currentEvent()
        asks = kit.NSEventModifierFlagControl | kit.NSEventModifierFlagOption
        if event is not None and (
            event.type() == kit.NSEventTypeRightMouseUp or event.modifierFlags() & asks
        ):
            self._open_menu()
        else:
            self._clicked()

    def _open_menu(self) -> None:
        if self._menu is not None:
            self._menu.popup(QCursor.pos() + QPoint(0, BELOW_THE_BAR_PX))  # never exec(): it would nest loops
