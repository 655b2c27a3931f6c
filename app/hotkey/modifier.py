"""A modifier alone as the talk key, on a Mac: it takes a permission, so it is a choice, never the default."""

from collections.abc import Callable
from typing import Any, Final

from app.hotkey.chord import tr
from app.hotkey.ports import ChordTaken, Told, Undo

KEY_CODES: Final = {"right_option": 61, "right_command": 54, "fn": 63}
"""kVK_RightOption, kVK_RightCommand, kVK_Function."""

DOWN_BITS: Final = {"right_option": 0x40, "right_command": 0x10, "fn": 1 << 23}
"""NX_DEVICERALTKEYMASK and NX_DEVICERCMDKEYMASK of IOLLEvent.h; NSEventModifierFlagFunction."""

ANY_MODIFIER_BITS: Final = 0xFF0000 & ~0x010000
"""All of NSEventModifierFlags but Caps Lock, which may well be on."""

GENERAL_BITS: Final = {"right_option": 1 << 19, "right_command": 1 << 20, "fn": 1 << 23}
"""NSEventModifierFlagOption, -Command and -Function, which are set by the key itself too."""


class MacModifierKeys:
    """The ``ModifierKeys`` port: watches the flags of events meant for other apps and for us."""

    def __init__(self) -> None:
        import AppKit
        import ApplicationServices

        self._kit: Any = AppKit
        self._services: Any = ApplicationServices

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
                tr("A modifier alone needs a permission that Aloud does not have."),
                tr("Tick Aloud in System Settings > Privacy & Security > Accessibility."),
            )
        follow = _Follower(name, pressed, released, spoiled, kit.NSEventTypeFlagsChanged)

        def follow_here(event: Any) -> Any:
            follow.take(event)
            return event

        mask = kit.NSEventMaskFlagsChanged | kit.NSEventMaskKeyDown
        monitors = [
            kit.NSEvent.addGlobalMonitorForEventsMatchingMask_handler_(mask, follow.take),
            kit.NSEvent.addLocalMonitorForEventsMatchingMask_handler_(mask, follow_here),
        ]

        def undo() -> None:
            while monitors:
                kit.NSEvent.removeMonitor_(monitors.pop())

        return undo


class _Follower:
    """Makes presses and releases of one modifier out of the flags of events."""

    def __init__(self, name: str, pressed: Told, released: Told, spoiled: Told, flags_changed: int) -> None:
        self._code, self._bit, self._general = KEY_CODES[name], DOWN_BITS[name], GENERAL_BITS[name]
        self._pressed, self._released, self._spoiled = pressed, released, spoiled
        self._flags_changed = flags_changed
        self._down = False

    def take(self, event: Any) -> None:
        """The next event, of any modifier or key."""
        flags = int(event.modifierFlags())
        if event.type() != self._flags_changed:
            self._tell(self._spoiled)
        elif event.keyCode() != self._code:
            if flags & ANY_MODIFIER_BITS & ~self._general:
                self._tell(self._spoiled)
        elif flags & self._bit:
            self._press(flags)
        elif self._down:
            self._down = False
            self._released()

    def _press(self, flags: int) -> None:
        alone = not flags & ANY_MODIFIER_BITS & ~self._general
        if alone and not self._down:
            self._down = True
            self._pressed()

    def _tell(self, told: Callable[[], None]) -> None:
        if self._down:
            told()
