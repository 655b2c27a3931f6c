"""A Mac's keyboard that the test types on: Carbon as quickmachotkey binds it, and NSEvent's monitors."""

import struct
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.fakes.apple import SIGNATURES, AppleModule, Install, ObjcModule, installer


class Carbon:
    """HIToolbox as quickmachotkey binds it: out-parameters come back behind the result."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.registered: dict[object, tuple[int, int, tuple[int, int], int]] = {}
        self.refuse = 0
        self.handlers: list[tuple[Callable[..., int], list[Any]]] = []
        self.down: set[int] = set()
        carbon = AppleModule("HIToolbox", *self._functions())
        package = ModuleType("quickmachotkey")
        package.handlerRef = "theirs"  # type: ignore[attr-defined]
        package._MinimalHIToolbox = carbon  # type: ignore[attr-defined]
        self.removed: list[object] = []
        for name, module in (
            ("quickmachotkey", package),
            ("quickmachotkey._MinimalHIToolbox", carbon),
            ("objc", ObjcModule()),
        ):
            monkeypatch.setitem(sys.modules, name, module)
        installer(monkeypatch)("Quartz", self._key_state())

    def _key_state(self) -> Callable[[int, int], bool]:
        def CGEventSourceKeyState(state: int, code: int) -> bool:
            assert state == SIGNATURES["Quartz"]["enums"]["kCGEventSourceStateHIDSystemState"]
            return code in self.down

        return CGEventSourceKeyState

    def _functions(self) -> list[Callable[..., Any]]:
        def GetEventDispatcherTarget() -> str:
            return "dispatcher"

        def InstallEventHandler(
            target: object, handler: Any, count: int, kinds: list[Any], data: None, out: None
        ) -> tuple[int, object]:
            assert (target, count) == ("dispatcher", len(kinds))
            self.handlers.append((handler, kinds))
            return 0, "ours"

        def RemoveEventHandler(reference: object) -> int:
            self.removed.append(reference)
            return 0

        def RegisterEventHotKey(
            code: int, modifiers: int, identity: tuple[int, int], target: object, options: int, out: None
        ) -> tuple[int, object]:
            if self.refuse:
                return self.refuse, None
            reference = object()
            self.registered[reference] = (code, modifiers, identity, options)
            return 0, reference

        def UnregisterEventHotKey(reference: object) -> int:
            del self.registered[reference]
            return 0

        def GetEventParameter(
            event: Any, name: int, kind: int, actual: None, size: int, actual_size: None, out: None
        ) -> tuple[int, int, int, bytes]:
            assert size == struct.calcsize("=II")
            return 0, kind, size, struct.pack("=II", *event.identity)

        def GetEventKind(event: Any) -> int:
            return int(event.kind)

        return [
            GetEventDispatcherTarget,
            InstallEventHandler,
            RemoveEventHandler,
            RegisterEventHotKey,
            UnregisterEventHotKey,
            GetEventParameter,
            GetEventKind,
        ]

    def send(self, kind: str, identity: tuple[int, int]) -> int:
        """What Carbon does at a key: calls the handler that wants events of this kind."""
        wanted = SIGNATURES["HIToolbox"]["enums"][kind]
        ((handler, kinds),) = self.handlers
        assert wanted in [event_kind for _, event_kind in kinds]
        return handler(None, SimpleNamespace(identity=identity, kind=wanted), None)


class Monitors:
    """NSEvent's monitors and the permission that they take."""

    def __init__(self, install: Install) -> None:
        self.trusted, self.asked = True, 0
        self.local: list[Callable[[Any], Any]] = []
        self.everywhere: list[Callable[[Any], Any]] = []
        world = self

        class NSEvent:
            @staticmethod
            def addGlobalMonitorForEventsMatchingMask_handler_(mask: int, handler: Any) -> Any:
                assert mask == SIGNATURES["AppKit"]["enums"]["NSEventMaskFlagsChanged"]  # no key is seen
                world.everywhere.append(handler)
                return handler

            @staticmethod
            def addLocalMonitorForEventsMatchingMask_handler_(mask: int, handler: Any) -> Any:
                world.local.append(handler)
                return handler

            @staticmethod
            def removeMonitor_(monitor: Any) -> None:
                for monitors in (world.local, world.everywhere):
                    if monitor in monitors:
                        monitors.remove(monitor)

        self.keys_gone_down = 0

        def CGEventSourceCounterForEventType(state: int, kind: int) -> int:
            enums = SIGNATURES["Quartz"]["enums"]
            assert (state, kind) == (enums["kCGEventSourceStateHIDSystemState"], enums["kCGEventKeyDown"])
            return self.keys_gone_down

        def AXIsProcessTrusted() -> bool:
            return self.trusted

        def AXIsProcessTrustedWithOptions(options: dict[str, bool]) -> bool:
            assert options == {"kAXTrustedCheckOptionPrompt": True}
            self.asked += 1
            return self.trusted

        install("AppKit", NSEvent)
        install("ApplicationServices", AXIsProcessTrustedWithOptions, AXIsProcessTrusted)
        install("Quartz", CGEventSourceCounterForEventType)

    def send(self, code: int, flags: int, *, here: bool = False) -> Any:
        """A modifier goes down or up."""
        event = SimpleNamespace(keyCode=lambda: code, modifierFlags=lambda: flags)
        (monitor,) = self.local if here else self.everywhere
        return monitor(event), event
