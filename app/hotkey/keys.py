"""The keys that a chord can be made of, with their numbers in Qt, on a Mac and in X11."""

import string
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

_MAC_ORDER: Final = "asdfhgzxcv bqweryt123465=97-80]ou[ip lj'k;\\,/nm."
_MAC_LETTERS: Final = {sign: code for code, sign in enumerate(_MAC_ORDER) if sign != " "}
"""kVK_ANSI_* of HIToolbox's Events.h: the place of the key on an American keyboard."""

_MAC_FUNCTION_KEYS: Final = (
    *(122, 120, 99, 118, 96, 97, 98, 100, 101, 109, 103, 111, 105, 107, 113, 106, 64, 79, 80, 90),
)
"""kVK_F1 to kVK_F20."""


@dataclass(frozen=True, slots=True)
class Key:
    """``name`` in settings; ``label`` on the screen, in English; ``types`` whether it writes a character."""

    name: str
    label: str
    qt: Qt.Key
    mac: int
    keysym: int
    types: bool = False


def _named() -> list[Key]:
    q = Qt.Key
    return [
        Key("space", "Space", q.Key_Space, 49, 0x20, types=True),
        Key("return", "Return", q.Key_Return, 36, 0xFF0D, types=True),
        Key("tab", "Tab", q.Key_Tab, 48, 0xFF09, types=True),
        Key("escape", "Esc", q.Key_Escape, 53, 0xFF1B),
        Key("backspace", "Delete", q.Key_Backspace, 51, 0xFF08, types=True),
        Key("delete", "Forward Delete", q.Key_Delete, 117, 0xFFFF, types=True),
        Key("home", "Home", q.Key_Home, 115, 0xFF50),
        Key("left", "Left", q.Key_Left, 123, 0xFF51),
        Key("up", "Up", q.Key_Up, 126, 0xFF52),
        Key("right", "Right", q.Key_Right, 124, 0xFF53),
        Key("down", "Down", q.Key_Down, 125, 0xFF54),
        Key("pageup", "Page Up", q.Key_PageUp, 116, 0xFF55),
        Key("pagedown", "Page Down", q.Key_PageDown, 121, 0xFF56),
        Key("end", "End", q.Key_End, 119, 0xFF57),
    ]


def _punctuation() -> list[Key]:
    names = {
        "minus": "-",
        "equal": "=",
        "bracketleft": "[",
        "bracketright": "]",
        "backslash": "\\",
        "semicolon": ";",
        "quote": "'",
        "comma": ",",
        "period": ".",
        "slash": "/",
    }
    made = [
        Key(name, sign, Qt.Key(ord(sign)), _MAC_LETTERS[sign], ord(sign), types=True)
        for name, sign in names.items()
    ]
    return [*made, Key("grave", "`", Qt.Key.Key_QuoteLeft, 50, ord("`"), types=True)]


def _all() -> dict[str, Key]:
    letters = [
        Key(sign, sign.upper(), Qt.Key(ord(sign.upper())), _MAC_LETTERS[sign], ord(sign), types=True)
        for sign in string.ascii_lowercase + string.digits
    ]
    function_keys = [
        Key(f"f{n}", f"F{n}", Qt.Key(Qt.Key.Key_F1.value + n - 1), mac, 0xFFBE + n - 1)
        for n, mac in enumerate(_MAC_FUNCTION_KEYS, start=1)
    ]
    return {key.name: key for key in (*letters, *function_keys, *_named(), *_punctuation())}


KEYS: Final = _all()
BY_QT: Final = {key.qt: key for key in KEYS.values()} | {Qt.Key.Key_Enter: KEYS["return"]}
BY_MAC: Final = {key.mac: key for key in KEYS.values()}
