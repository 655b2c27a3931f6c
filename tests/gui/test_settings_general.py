"""The page of general settings: switches, and the talk key that is taken from the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.forms import Switch
from app.hotkey.chord import parse
from app.settings.general import GeneralPage
from app.settings.window import SettingsWindow
from app.theme import Theme
from engine.settings import General
from tests.gui.settings_world import World, kept, pick, press, settings_window, world

__all__ = ["settings_window", "world"]


def waits(page: GeneralPage) -> bool:
    return page.key.waiting


@pytest.fixture
def general(settings_window: SettingsWindow) -> GeneralPage:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)
    return page


def test_a_switch_is_saved_at_once(general: GeneralPage, world: World) -> None:
    assert isinstance(general.sounds.control, Switch)
    press(general.sounds.control)
    assert kept(world).general.sounds is False
    pick(general.appearance.control, "dark")
    assert kept(world).general.appearance == "dark"


def test_another_key_is_taken_from_the_keyboard(general: GeneralPage, world: World) -> None:
    press(general.key)
    assert waits(general)
    QTest.keyClick(
        general.key, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert not waits(general)
    assert kept(world).general.hotkey in ("ctrl+shift+j", "shift+cmd+j")  # Qt swaps them on a Mac
    assert general.usual.isVisible()
    press(general.usual)
    assert kept(world).general.hotkey == General().hotkey


def test_a_key_that_types_is_refused_and_the_old_one_stays(general: GeneralPage, world: World) -> None:
    press(general.key)
    QTest.keyClick(general.key, Qt.Key.Key_J)
    assert "types" in general.key_row.error.text()
    assert world.store.settings.general.hotkey == General().hotkey


def test_a_key_that_others_use_is_taken_with_a_word_about_them(general: GeneralPage, world: World) -> None:
    general.key.entered.emit(parse("cmd+q"))
    general.key.entered.emit(parse("ctrl+q"))
    assert "Quit" in general.key_row.hint.text() or kept(world).general.hotkey == "ctrl+q"


def test_escape_keeps_the_old_key_and_the_window(
    general: GeneralPage, world: World, settings_window: SettingsWindow
) -> None:
    press(general.key)
    QTest.keyClick(general.key, Qt.Key.Key_Escape)
    assert not waits(general)
    assert settings_window.isVisible()
    assert not world.store.path.exists()


def test_the_talk_key_rests_while_another_one_is_chosen(world: World, theme: Theme, qtbot: QtBot) -> None:
    pauses: list[bool] = []
    world.services.pause_key = pauses.append
    window = SettingsWindow(world.store, world.services, theme)
    qtbot.addWidget(window)
    page = window.show_section("general")
    assert isinstance(page, GeneralPage)
    window.show()
    press(page.key)
    QTest.keyClick(page.key, Qt.Key.Key_Escape)
    assert pauses == [True, False]


def test_the_self_test_shows_the_key_arriving(general: GeneralPage, world: World) -> None:
    assert general.lamp.words.text() == "Press your key now"
    world.key.arrived.emit(True)
    assert general.lamp.words.text() == "It is down"
    world.key.arrived.emit(False)
    assert general.lamp.arrived
    assert general.lamp.words.text().startswith("It arrives")
