"""The keyboard's adapters on a Mac, against fakes whose signatures are those of PyObjC's wheels."""

import struct
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from app.hotkey.carbon import CarbonKeys
from app.hotkey.chord import parse
from app.hotkey.keys import KEYS
from app.hotkey.modifier import DOWN_BITS, GENERAL_BITS, KEY_CODES, MacModifierKeys
from app.hotkey.ports import ChordTaken
from tests.fakes.apple import (
    SIGNATURES,
    AppleModule,
    Install,
    ObjcModule,
    installer,
)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    return installer(monkeypatch)


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
            ("Quartz", AppleModule("Quartz", self._key_state())),
        ):
            monkeypatch.setitem(sys.modules, name, module)

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


@pytest.fixture
def carbon(monkeypatch: pytest.MonkeyPatch) -> Carbon:
    return Carbon(monkeypatch)


def test_a_hot_key_goes_down_and_up(carbon: Carbon) -> None:
    heard: list[str] = []
    keys = CarbonKeys()
    undo = keys.grab(parse("ctrl+alt+space"), lambda: heard.append("down"), lambda: heard.append("up"))
    ((code, modifiers, identity, options),) = carbon.registered.values()
    enums = SIGNATURES["HIToolbox"]["enums"]
    assert (code, options) == (enums["kVK_Space"], 1)
    assert modifiers == enums["controlKey"] | enums["optionKey"]
    assert carbon.send("kEventHotKeyPressed", identity) == 0
    assert carbon.send("kEventHotKeyReleased", identity) == 0
    assert heard == ["down", "up"]
    undo()
    undo()
    assert carbon.registered == {}
    keys.close()
    assert carbon.removed == ["theirs", "ours"]


def test_two_hot_keys_are_told_apart(carbon: Carbon) -> None:
    heard: list[str] = []
    keys = CarbonKeys()
    for text in ("ctrl+alt+space", "escape"):
        keys.grab(parse(text), lambda text=text: heard.append(text), lambda: None)  # type: ignore[misc]
    for _, _, identity, _ in tuple(carbon.registered.values())[::-1]:
        carbon.send("kEventHotKeyPressed", identity)
    assert heard == ["escape", "ctrl+alt+space"]


def test_a_hot_key_of_another_app_is_told(carbon: Carbon) -> None:
    carbon.refuse = -9878  # eventHotKeyExistsErr
    with pytest.raises(ChordTaken, match=r"ctrl\+alt\+space"):
        CarbonKeys().grab(parse("ctrl+alt+space"), lambda: None, lambda: None)


def test_events_of_others_go_on_to_them(carbon: Carbon) -> None:
    CarbonKeys()
    assert carbon.send("kEventHotKeyPressed", (0x1234, 1)) == -9874


def test_a_callback_that_fails_is_not_raised_into_carbon(
    carbon: Carbon, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("inside")

    CarbonKeys().grab(parse("f5"), fail, fail)
    ((_, _, identity, _),) = carbon.registered.values()
    assert carbon.send("kEventHotKeyPressed", identity) == -9874
    assert "could not be handled" in caplog.text


def test_the_keyboard_is_looked_at(carbon: Carbon) -> None:
    keys = CarbonKeys()
    assert keys.is_down(parse("ctrl+alt+space")) is False
    carbon.down.add(49)
    assert keys.is_down(parse("ctrl+alt+space")) is True


def test_the_codes_of_keys_are_those_of_the_system() -> None:
    names = {
        "space": "Space", "return": "Return", "tab": "Tab", "escape": "Escape", "backspace": "Delete",
        "delete": "ForwardDelete", "home": "Home", "left": "LeftArrow", "up": "UpArrow",
        "right": "RightArrow", "down": "DownArrow", "pageup": "PageUp", "pagedown": "PageDown",
        "end": "End", "minus": "ANSI_Minus", "equal": "ANSI_Equal", "bracketleft": "ANSI_LeftBracket",
        "bracketright": "ANSI_RightBracket", "backslash": "ANSI_Backslash", "semicolon": "ANSI_Semicolon",
        "quote": "ANSI_Quote", "comma": "ANSI_Comma", "period": "ANSI_Period", "slash": "ANSI_Slash",
        "grave": "ANSI_Grave",
    }  # fmt: skip
    enums = SIGNATURES["HIToolbox"]["enums"]
    for key in KEYS.values():
        usual = key.name.upper() if key.name[1:].isdigit() else f"ANSI_{key.name.upper()}"
        assert enums["kVK_" + names.get(key.name, usual)] == key.mac, key
    codes = {"right_option": "RightOption", "right_command": "RightCommand", "fn": "Function"}
    assert {name: enums[f"kVK_{code}"] for name, code in codes.items()} == KEY_CODES


# A modifier alone ----------------------------------------------------------------------------


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

        def AXIsProcessTrusted() -> bool:
            return self.trusted

        def AXIsProcessTrustedWithOptions(options: dict[str, bool]) -> bool:
            assert options == {"kAXTrustedCheckOptionPrompt": True}
            self.asked += 1
            return self.trusted

        install("AppKit", NSEvent)
        install("ApplicationServices", AXIsProcessTrustedWithOptions, AXIsProcessTrusted)

    def send(self, code: int, flags: int, *, key: bool = False, here: bool = False) -> Any:
        enums = SIGNATURES["AppKit"]["enums"]
        kind = 10 if key else enums["NSEventTypeFlagsChanged"]
        event = SimpleNamespace(keyCode=lambda: code, modifierFlags=lambda: flags, type=lambda: kind)
        (monitor,) = self.local if here else self.everywhere
        return monitor(event), event


@pytest.fixture
def monitors(install: Install) -> Monitors:
    return Monitors(install)


@pytest.mark.parametrize("name", KEY_CODES)
@pytest.mark.parametrize("here", [True, False])
def test_a_modifier_goes_down_and_up(monitors: Monitors, name: str, here: bool) -> None:
    heard: list[str] = []
    undo = MacModifierKeys().watch(
        name, lambda: heard.append("down"), lambda: heard.append("up"), lambda: heard.append("spoiled")
    )
    code, down = KEY_CODES[name], DOWN_BITS[name] | GENERAL_BITS[name]
    answer, event = monitors.send(code, down, here=here)
    assert (answer is event) == here  # an event of our own must go on to the window
    monitors.send(code, 0, here=here)
    assert heard == ["down", "up"]
    undo()
    assert monitors.local == monitors.everywhere == []


def test_a_shortcut_with_the_modifier_is_no_talk(monitors: Monitors) -> None:
    heard: list[str] = []
    MacModifierKeys().watch(
        "right_option", lambda: heard.append("down"), lambda: heard.append("up"), lambda: heard.append("no")
    )
    monitors.send(61, 0x80040)
    monitors.send(14, 0x80040, key=True)
    monitors.send(61, 0)
    assert heard == ["down", "no", "up"]
    heard.clear()
    monitors.send(61, 0x180040)  # Command is down already
    monitors.send(61, 0x100000)
    monitors.send(14, 0, key=True)
    assert heard == []


def test_the_left_one_is_another_key(monitors: Monitors) -> None:
    heard: list[str] = []
    MacModifierKeys().watch("right_option", lambda: heard.append("down"), lambda: None, lambda: None)
    monitors.send(58, 0x80020)
    assert heard == []


def test_without_the_permission_nothing_is_watched(monitors: Monitors) -> None:
    monitors.trusted = False
    keys = MacModifierKeys()
    assert not keys.allowed()
    with pytest.raises(ChordTaken) as refused:
        keys.watch("fn", lambda: None, lambda: None, lambda: None)
    assert "Accessibility" in refused.value.remedy
    keys.ask()
    assert monitors.asked == 1
