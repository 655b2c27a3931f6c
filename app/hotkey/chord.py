"""Chords: "ctrl+alt+space" in the settings, ⌃⌥Space on a Mac's screen, numbers for the systems."""

import sys
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt

from app.hotkey.keys import BY_MAC, BY_QT, KEYS, Key
from engine.errors import SettingsError

ON_A_MAC: Final = sys.platform == "darwin"


class Modifier(Enum):
    """The keys that are held with another, in the order in which they are written."""

    CTRL = "ctrl"
    ALT = "alt"
    SHIFT = "shift"
    CMD = "cmd"


_MAC_SYMBOLS: Final = {Modifier.CTRL: "⌃", Modifier.ALT: "⌥", Modifier.SHIFT: "⇧", Modifier.CMD: "⌘"}
_MAC_WORDS: Final = {
    Modifier.CTRL: "Control",
    Modifier.ALT: "Option",
    Modifier.SHIFT: "Shift",
    Modifier.CMD: "Command",
}
_WORDS: Final = {Modifier.CTRL: "Ctrl", Modifier.ALT: "Alt", Modifier.SHIFT: "Shift", Modifier.CMD: "Super"}
_CARBON: Final = {Modifier.CTRL: 0x1000, Modifier.ALT: 0x0800, Modifier.SHIFT: 0x0200, Modifier.CMD: 0x0100}
"""controlKey, optionKey, shiftKey and cmdKey of HIToolbox's Events.h."""
_X11: Final = {Modifier.CTRL: 0x04, Modifier.ALT: 0x08, Modifier.SHIFT: 0x01, Modifier.CMD: 0x40}
"""ControlMask, Mod1Mask, ShiftMask and Mod4Mask of X.h."""
_ALIASES: Final = {"control": "ctrl", "option": "alt", "meta": "cmd", "super": "cmd", "command": "cmd"}

_MAC_SYSTEM: Final = {
    "cmd+space": "Spotlight",
    "alt+cmd+space": "Spotlight",
    "cmd+tab": "switching apps",
    "shift+cmd+tab": "switching apps",
    "ctrl+space": "the previous input source",
    "ctrl+alt+space": "the next input source",
    "ctrl+cmd+space": "the emoji picker",
    "ctrl+up": "Mission Control",
    "ctrl+down": "Mission Control",
    "ctrl+left": "moving between Spaces",
    "ctrl+right": "moving between Spaces",
    "alt+cmd+escape": "Force Quit",
    "shift+cmd+3": "screenshots",
    "shift+cmd+4": "screenshots",
    "shift+cmd+5": "screenshots",
    "cmd+q": "Quit",
    "cmd+w": "Close",
    "cmd+c": "Copy",
    "cmd+v": "Paste",
    "cmd+x": "Cut",
    "cmd+a": "Select All",
    "cmd+z": "Undo",
}
_ONLY_WITH_SEVERAL_INPUT_SOURCES: Final = ("ctrl+space", "ctrl+alt+space")
_LINUX_SYSTEM: Final = {
    "alt+tab": "switching windows",
    "alt+f4": "Close",
    "ctrl+alt+delete": "the session menu",
    "ctrl+c": "Copy",
    "ctrl+v": "Paste",
    "ctrl+x": "Cut",
    "ctrl+a": "Select All",
    "ctrl+z": "Undo",
    "ctrl+q": "Quit",
    "ctrl+w": "Close",
}


@dataclass(frozen=True, slots=True)
class Chord:
    """A key with the modifiers that are held with it."""

    modifiers: frozenset[Modifier]
    key: Key

    def __str__(self) -> str:
        """As in the settings; ``parse`` reads it back."""
        return "+".join([*(one.value for one in self._ordered()), self.key.name])

    def symbols(self, *, mac: bool = ON_A_MAC) -> str:
        """As keyboards and menus show it, in the app's language: ⌃⌥Space, or Ctrl+Alt+Space."""
        if mac:
            return "".join(_MAC_SYMBOLS[one] for one in self._ordered()) + tr(self.key.label)
        return "+".join([*(tr(_WORDS[one]) for one in self._ordered()), tr(self.key.label)])

    def words(self, *, mac: bool = ON_A_MAC) -> str:
        """As one says it in the app's language: Control-Option-Space, Contrôle-Option-Espace."""
        words = _MAC_WORDS if mac else _WORDS
        return ("-" if mac else "+").join([*(tr(words[one]) for one in self._ordered()), tr(self.key.label)])

    @property
    def carbon_modifiers(self) -> int:
        """The modifiers for ``RegisterEventHotKey``; the key's code is ``key.mac``."""
        return sum(_CARBON[one] for one in self.modifiers)

    @property
    def x11_modifiers(self) -> int:
        """The modifiers for a grab; the key's symbol is ``key.keysym``."""
        return sum(_X11[one] for one in self.modifiers)

    def with_key(self, name: str) -> "Chord":
        """The same modifiers with another key."""
        return Chord(self.modifiers, KEYS[name])

    def _ordered(self) -> list[Modifier]:
        return [one for one in Modifier if one in self.modifiers]


def parse(text: str) -> Chord:
    """The chord that ``text`` names, whatever the order of its modifiers. Raises ``SettingsError``."""
    *names, key_name = (part.strip().lower() for part in text.split("+"))
    modifiers = []
    for name in names:
        try:
            modifiers.append(Modifier(_ALIASES.get(name, name)))
        except ValueError:
            raise _unreadable(text, name) from None
    if key_name not in KEYS:
        raise _unreadable(text, key_name)
    return Chord(frozenset(modifiers), KEYS[key_name])


def _unreadable(text: str, part: str) -> SettingsError:
    return SettingsError(
        'The hotkey "{hotkey}" can not be read: there is no key "{key}".',
        "Choose a hotkey in the settings, such as ctrl+alt+space.",
        hotkey=text,
        key=part,
    )


def from_qt(
    key: int, modifiers: Qt.KeyboardModifier, native_virtual_key: int = 0, *, mac: bool = ON_A_MAC
) -> Chord | None:
    """The chord of a Qt key event, or None while only modifiers, or a key not in the table, are down.

    ``native_virtual_key``: ``QKeyEvent.nativeVirtualKey()``, which on a Mac names the place of the key,
    as Carbon wants it. Qt calls Command "Control" on a Mac, and Control "Meta".
    """
    place = BY_MAC.get(native_virtual_key) if mac else None
    try:
        known = BY_QT.get(Qt.Key(key))
    except ValueError:
        known = None
    found = place if known is not None and place is not None else known
    if found is None:
        return None
    held = Qt.KeyboardModifier
    names = {
        held.ControlModifier: Modifier.CMD if mac else Modifier.CTRL,
        held.MetaModifier: Modifier.CTRL if mac else Modifier.CMD,
        held.AltModifier: Modifier.ALT,
        held.ShiftModifier: Modifier.SHIFT,
    }
    return Chord(frozenset(name for flag, name in names.items() if modifiers & flag), found)


def objection(chord: Chord) -> str:
    """Why ``chord`` can't be the talk key, as a sentence; "" where it can."""
    strong = chord.modifiers - {Modifier.SHIFT}
    if chord.key.name == "escape":
        return tr("Esc stops Aloud, so it can not also talk.")
    if chord.key.types and not strong:
        return tr("This key types. Hold Control, Option or Command with it.")
    if chord.key.types and strong == {Modifier.ALT}:
        return tr("With Option alone this key types a character. Add Control or Command.")
    if not chord.key.types and not chord.modifiers and not chord.key.name.startswith("f"):
        return tr("Every app needs this key. Hold Control, Option or Command with it.")
    return ""


def conflict(chord: Chord, *, mac: bool = ON_A_MAC) -> str:
    """What the system or most apps use ``chord`` for, as a sentence; "" where nothing is known."""
    used = (_MAC_SYSTEM if mac else _LINUX_SYSTEM).get(str(chord))
    if used is None:
        return ""
    shown = chord.symbols(mac=mac)
    if mac and str(chord) in _ONLY_WITH_SEVERAL_INPUT_SOURCES:
        return tr("Where several input sources are set up, macOS uses %s for %s.") % (shown, tr(used))
    return tr("%s is commonly used for %s.") % (shown, tr(used))


def tr(text: str) -> str:
    """``text`` in the app's language."""
    return QCoreApplication.translate("Chord", text)
