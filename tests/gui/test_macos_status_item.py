"""The native item in the menu bar, against fakes whose signatures are those of PyObjC's wheels."""

from typing import Any

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.presence import Doing
from app.tray.appkit import POSITION_KEY, AppKitStatusItem
from tests.fakes.apple import SIGNATURES, Install
from tests.fakes.menu_bar import MenuBar


@pytest.fixture
def bar(install: Install) -> MenuBar:
    return MenuBar(install)


class Menu(QMenu):
    """A menu that says that it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0

    def popup(self, *args: Any, **kwargs: Any) -> None:
        self.opened += 1


def test_a_left_click_opens_the_window_and_a_right_one_the_menu(bar: MenuBar, qtbot: QtBot) -> None:
    menu, clicks = Menu(), []
    qtbot.addWidget(menu)
    item = AppKitStatusItem()
    item.show(lambda: clicks.append(1), menu)
    bar.click()
    assert (len(clicks), menu.opened) == (1, 0)
    bar.click("NSEventTypeRightMouseUp")
    for modifier in ("NSEventModifierFlagControl", "NSEventModifierFlagOption"):
        bar.click(modifiers=SIGNATURES["AppKit"]["enums"][modifier])
    assert (len(clicks), menu.opened) == (1, 3)


def test_the_native_item_shows_each_state_as_a_template(bar: MenuBar, qtbot: QtBot) -> None:
    item = AppKitStatusItem()
    item.tell(Doing.MUTED)  # before it is shown
    menu = Menu()
    qtbot.addWidget(menu)
    item.show(lambda: None, menu)
    (installed,) = bar.items
    assert installed.button().said["title"] == "Aloud: Muted"
    item.tell(Doing.LISTENING)
    assert installed.button().said["tool tip"] == "Aloud: Listening"
    item.tell(Doing.LISTENING, "Press again to ask")
    assert installed.button().said["title"] == "Aloud: Listening. Press again to ask"
    assert installed.button().said["image"].template


def test_a_detached_item_is_put_back(bar: MenuBar, qtbot: QtBot) -> None:
    item, menu = AppKitStatusItem(), Menu()
    qtbot.addWidget(menu)
    item.reinstall()
    assert bar.items == []
    item.show(lambda: None, menu)
    (first,) = bar.items
    item.reinstall()
    (second,) = bar.items
    assert first is not second and item.shown
    item.hide()
    item.hide()
    assert bar.items == [] and not item.shown


def test_the_place_to_which_it_was_dragged_is_kept(bar: MenuBar, qtbot: QtBot) -> None:
    item, menu = AppKitStatusItem(), Menu()
    qtbot.addWidget(menu)
    item.show(lambda: None, menu)
    bar.defaults[POSITION_KEY] = 312.5  # the person drags it
    item.reinstall()
    assert bar.placed == [None, 312.5]
    item.hide()  # Aloud is quit
    assert bar.defaults == {POSITION_KEY: 312.5}
