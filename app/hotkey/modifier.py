"""A modifier alone as the talk key, on a Mac: it takes a permission, so it is a choice, never the default."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QTimer

from app.hotkey.ports import ChordTaken, Told, Undo

KEY_CODES: Final = {"right_option": 61, "right_command": 54, "fn": 63}
"""kVK_RightOption, kVK_RightCommand, kVK_Function."""

DOWN_BITS: Final = {"right_option": 0x40, "right_command": 0x10, "fn": 1 << 23}
"""NX_DEVICERALTKEYMASK and NX_DEVICERCMDKEYMASK of IOLLEvent.h; NSEventModifierFlagFunction."""

ANY_MODIFIER_BITS: Final = 0xFF0000 & ~0x010000
"""All of NSEventModifierFlags but Caps Lock, which may well be on."""

GENERAL_BITS: Final = {"right_option": 1 << 19, "right_command": 1 << 20, "fn": 1 << 23}
"""NSEventModifierFlagOption, -Command and -Function, which are set by the key itself too."""

LOOK_EVERY_MS: Final = 50
"""How soon another key is noticed while the modifier is down."""


class MacModifierKeys:
    """The ``ModifierKeys`` port: watches the modifiers that go down and up in other apps and in ours.

    Of other keys it is never told. Whether one came down meanwhile is seen from the system's count of
    them, which says of none which it was.
    """

    def __init__(self) -> None:
        import AppKit
        import ApplicationServices
        import Quartz

        self._kit: Any = AppKit
        self._services: Any = ApplicationServices
        self._quartz: Any = Quartz

    def allowed(self) -> bool:
        """Whether Aloud is ticked in System Settings > Privacy & Security > Accessibility."""
        return bool(self._services.AXIsProcessTrusted())

    def ask(self) -> None:
        """Lets the system show its question, which leads to that place."""
        services = self._services
        services.AXIsProcessTrustedWithOptions({services.kAXTrustedCheckOptionPrompt: True})

    def watch(self, name: str, pressed: Told, released: Told, spoiled: Told) -> Undo:
        """Watches the modifier. Raises ``ChordTaken`` without the permission."""
        kit = self._kit
        if not self.allowed():
            raise ChordTaken(
                "A modifier alone needs a permission that Aloud does not have.",
                "Tick Aloud in System Settings > Privacy & Security > Accessibility.",
            )
        follow = _Follower(name, pressed, released, spoiled, self._keys_gone_down)

        def follow_here(event: Any) -> Any:
            follow.take(event)
            return event

        mask = kit.NSEventMaskFlagsChanged
        monitors = [
            kit.NSEvent.addGlobalMonitorForEventsMatchingMask_handler_(mask, follow.take),
            kit.NSEvent.addLocalMonitorForEventsMatchingMask_handler_(mask, follow_here),
        ]

        def undo() -> None:
            follow.close()
            while monitors:
                kit.NSEvent.removeMonitor_(monitors.pop())

        return undo

    def _keys_gone_down(self) -> int:
        """How many times a key that is no modifier has gone down since the Mac was started."""
        quartz = self._quartz
        state, kind = quartz.kCGEventSourceStateHIDSystemState, quartz.kCGEventKeyDown
        return int(quartz.CGEventSourceCounterForEventType(state, kind))


class _Follower:
    """Makes presses and releases of one modifier out of events' flags, and looks for other keys meanwhile."""

    def __init__(
        self, name: str, pressed: Told, released: Told, spoiled: Told, keys_gone_down: Callable[[], int]
    ) -> None:
        self._code, self._bit, self._general = KEY_CODES[name], DOWN_BITS[name], GENERAL_BITS[name]
        self._pressed, self._released, self._spoiled = pressed, released, spoiled
        self._keys_gone_down = keys_gone_down
        self._gone_down_before = 0
        self._down = False
        self._looking = QTimer(interval=LOOK_EVERY_MS)
        self._looking.timeout.connect(self._look)

    def take(self, event: Any) -> None:
        """The next event, of any modifier."""
        flags = int(event.modifierFlags())
        if event.keyCode() != self._code:
            if self._down and flags & ANY_MODIFIER_BITS & ~self._general:
                self._spoil()
        elif flags & self._bit:
            self._press(flags)
        elif self._down:
            self._look()
            self._down = False
            self._looking.stop()
            self._released()

    def close(self) -> None:
        """Looks no more."""
        self._looking.stop()

    def _press(self, flags: int) -> None:
        alone = not flags & ANY_MODIFIER_BITS & ~self._general
        if alone and not self._down:
            self._down = True
            self._gone_down_before = self._keys_gone_down()
            self._looking.start()
            self._pressed()

    def _look(self) -> None:
        if self._looking.isActive() and self._keys_gone_down() != self._gone_down_before:
            self._spoil()

    def _spoil(self) -> None:
        self._looking.stop()
        self._spoiled()
