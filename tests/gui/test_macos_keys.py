"""The keyboard's adapters on a Mac, against fakes whose signatures are those of PyObjC's wheels."""

import pytest
from pytestqt.qtbot import QtBot

from app.hotkey.carbon import CarbonKeys
from app.hotkey.chord import parse
from app.hotkey.keys import KEYS
from app.hotkey.modifier import DOWN_BITS, GENERAL_BITS, KEY_CODES, MacModifierKeys
from app.hotkey.ports import ChordTaken
from tests.fakes.apple import SIGNATURES, Install
from tests.fakes.mac_keys import Carbon, Monitors


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


@pytest.fixture
def monitors(install: Install, qtbot: QtBot) -> Monitors:
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


def test_a_shortcut_with_the_modifier_is_no_talk(monitors: Monitors, qtbot: QtBot) -> None:
    heard: list[str] = []
    undo = MacModifierKeys().watch(
        "right_option", lambda: heard.append("down"), lambda: heard.append("up"), lambda: heard.append("no")
    )
    monitors.keys_gone_down = 70  # typed before
    monitors.send(61, 0x80040)
    monitors.keys_gone_down += 1
    qtbot.waitUntil(lambda: heard == ["down", "no"])  # while it is still held
    monitors.keys_gone_down += 1
    monitors.send(61, 0)
    assert heard == ["down", "no", "up"]
    heard.clear()
    monitors.send(61, 0x80040)
    monitors.keys_gone_down += 1
    monitors.send(61, 0)  # sooner than anybody looked
    assert heard == ["down", "no", "up"]
    heard.clear()
    monitors.send(61, 0x180040)  # Command is down already
    monitors.keys_gone_down += 1
    monitors.send(61, 0x100000)
    assert heard == []
    monitors.send(61, 0x80040)
    monitors.send(55, 0x180040)  # Command comes down with it
    monitors.send(61, 0x100000)
    assert heard == ["down", "no", "up"]
    monitors.send(61, 0x80040)
    undo()


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
