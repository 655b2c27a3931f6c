"""Chords: written, read, shown, and objected to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.hotkey.chord import Chord, Modifier, conflict, from_qt, objection, parse
from app.hotkey.keys import BY_MAC, BY_QT, KEYS
from engine.errors import SettingsError
from engine.settings import Settings

chords = st.builds(Chord, st.frozensets(st.sampled_from(Modifier)), st.sampled_from(list(KEYS.values())))


@given(chords)
def test_what_is_written_is_read_back(chord: Chord) -> None:
    assert parse(str(chord)) == chord
    *modifiers, key = str(chord).split("+")
    assert parse("+".join([*reversed(modifiers), key]).upper()) == chord


@given(chords, st.booleans())
def test_what_is_pressed_is_what_is_kept(chord: Chord, mac: bool) -> None:
    held = Qt.KeyboardModifier
    flags = {
        Modifier.CTRL: held.MetaModifier if mac else held.ControlModifier,
        Modifier.CMD: held.ControlModifier if mac else held.MetaModifier,
        Modifier.ALT: held.AltModifier,
        Modifier.SHIFT: held.ShiftModifier,
    }
    modifiers = held.NoModifier
    for one in chord.modifiers:
        modifiers |= flags[one]
    native = chord.key.mac if mac else 0
    assert from_qt(chord.key.qt.value, modifiers, native, mac=mac) == chord


def test_no_two_keys_share_a_number() -> None:
    assert len(BY_MAC) == len(KEYS)
    assert len({key.keysym for key in KEYS.values()}) == len(KEYS)
    assert len(BY_QT) == len(KEYS) + 1  # the keypad's Enter is a Return


def test_the_default_chord() -> None:
    chord = parse(Settings().general.hotkey)
    assert chord.symbols(mac=True) == "⌃⌥Space"
    assert chord.symbols(mac=False) == "Ctrl+Alt+Space"
    assert chord.words(mac=True) == "Control-Option-Space"
    assert (chord.key.mac, chord.carbon_modifiers) == (49, 0x1800)
    assert (chord.key.keysym, chord.x11_modifiers) == (0x20, 0x0C)
    assert objection(chord) == ""


@pytest.mark.parametrize("text", ["", "ctrl+", "ctrl+alt", "hyper+x", "ctrl+nosuchkey", "+", "ctrl++"])
def test_what_is_no_chord_is_told(text: str) -> None:
    with pytest.raises(SettingsError):
        parse(text)


def test_other_names_for_modifiers() -> None:
    assert parse("Control + Option + Space") == parse("ctrl+alt+space")
    assert parse("super+f5") == parse("command+F5") == parse("cmd+f5")


def test_a_modifier_alone_is_no_chord_yet() -> None:
    assert from_qt(Qt.Key.Key_Control.value, Qt.KeyboardModifier.ControlModifier) is None


def test_the_place_of_a_key_counts_on_a_mac() -> None:
    """On a French keyboard the key that writes A sits where an American one writes Q."""
    held = Qt.KeyboardModifier.MetaModifier
    assert str(from_qt(Qt.Key.Key_A.value, held, KEYS["q"].mac, mac=True)) == "ctrl+q"


@pytest.mark.parametrize("text", ["a", "shift+a", "alt+space", "alt+shift+a", "escape", "left"])
def test_what_would_be_missed_elsewhere_is_objected_to(text: str) -> None:
    assert objection(parse(text)).endswith(".")


@pytest.mark.parametrize("text", ["f5", "f19", "ctrl+a", "ctrl+alt+space", "cmd+shift+left", "alt+f1"])
def test_what_can_be_had_is_not_objected_to(text: str) -> None:
    assert objection(parse(text)) == ""


def test_known_uses_are_named() -> None:
    assert "Spotlight" in conflict(parse("cmd+space"), mac=True)
    assert "several input sources" in conflict(parse("ctrl+alt+space"), mac=True)
    assert conflict(parse("ctrl+alt+space"), mac=False) == ""
    assert "Paste" in conflict(parse("ctrl+v"), mac=False)
