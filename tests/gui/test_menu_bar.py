"""A Mac's menu bar, by Qt's own menus: what every app has there, acting on what is in front."""

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.composition import App
from app.locale import Translation
from app.menu_bar import MenuBar
from app.running import run_app
from engine.settings import Settings
from engine.workers import Host
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import until

KEY, ROLE = QKeySequence.StandardKey, QAction.MenuRole


@pytest.fixture
def bar(qtbot: QtBot) -> MenuBar:
    made = MenuBar()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A window with a field and a button."""
    made = QWidget()
    made.field, made.button = QLineEdit("some words"), QPushButton("a button")  # type: ignore[attr-defined]
    column = QVBoxLayout(made)
    column.addWidget(made.field)  # type: ignore[attr-defined]
    column.addWidget(made.button)  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_it_has_what_every_app_has(bar: MenuBar) -> None:
    assert [menu.text() for menu in bar.actions()] == ["File", "Edit", "Window"]
    assert texts(bar.edit_menu) == ["Undo typing", "Redo typing", "Cut", "Copy", "Paste", "Select all"]
    assert texts(bar.window_menu) == ["Minimise", "Zoom", "Aloud"]


def test_the_apps_own_items_are_known_by_their_roles(bar: MenuBar) -> None:
    roles = {action.text(): action.menuRole() for action in bar.file_menu.actions()}
    assert roles == {
        "About Aloud": ROLE.AboutRole,
        "Settings…": ROLE.PreferencesRole,
        "Quit Aloud": ROLE.QuitRole,
        "New conversation": ROLE.NoRole,
        "Close": ROLE.NoRole,
    }


def test_it_has_the_shortcuts_that_every_app_has(bar: MenuBar) -> None:
    for action, key in (
        (bar.settings, KEY.Preferences), (bar.quit, KEY.Quit), (bar.new, KEY.New),
        (bar.close_window, KEY.Close),
        (bar.edits["undo"], KEY.Undo), (bar.edits["copy"], KEY.Copy), (bar.edits["selectAll"], KEY.SelectAll),
    ):  # fmt: skip
        assert action.shortcut() == QKeySequence(key), action.text()
    assert bar.minimise.shortcut() == QKeySequence("Ctrl+M")  # Qt's Ctrl is a Mac's Command


@pytest.mark.parametrize("name", ["about", "settings", "quit", "new", "open"])
def test_every_item_tells(bar: MenuBar, qtbot: QtBot, name: str) -> None:
    with qtbot.waitSignal(getattr(bar, f"{name}_wanted")):
        getattr(bar, name).trigger()


def test_what_has_the_keyboard_is_edited(bar: MenuBar, window: QWidget) -> None:
    field: QLineEdit = window.field  # type: ignore[attr-defined]
    field.setFocus()
    bar.edits["selectAll"].trigger()
    bar.edits["cut"].trigger()
    assert field.text() == ""
    bar.edits["undo"].trigger()
    assert field.text() == "some words"
    field.clear()
    bar.edits["paste"].trigger()
    assert field.text() == "some words" == QGuiApplication.clipboard().text()


def test_what_can_not_be_edited_is_not_offered(bar: MenuBar, window: QWidget) -> None:
    window.button.setFocus()  # type: ignore[attr-defined]
    bar.edit_menu.aboutToShow.emit()
    assert not any(action.isEnabled() for action in bar.edits.values())
    bar.edits["copy"].trigger()
    bar.edit_menu.aboutToHide.emit()
    assert all(action.isEnabled() for action in bar.edits.values())  # so that the shortcuts work
    window.field.setFocus()  # type: ignore[attr-defined]
    bar.edit_menu.aboutToShow.emit()
    assert all(action.isEnabled() for action in bar.edits.values())


def test_the_window_in_front_is_zoomed_minimised_and_closed(
    bar: MenuBar, window: QWidget, qtbot: QtBot
) -> None:
    seen: list[tuple[bool, bool, bool]] = []

    def look() -> None:
        seen.append((window.isMaximized(), window.isMinimized(), window.isVisible()))

    acts: tuple[Callable[[], None], ...] = (bar.zoom.trigger, bar.zoom.trigger, bar.close_window.trigger)
    for act in acts:
        act()
        look()
    assert seen == [(True, False, True), (False, False, True), (False, False, False)]
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    bar.minimise.trigger()
    assert window.isMinimized()


def test_with_no_window_in_front_nothing_happens(bar: MenuBar, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: QApplication.activeWindow() is None)
    bar.window_menu.aboutToShow.emit()
    assert not bar.minimise.isEnabled() and not bar.zoom.isEnabled()
    bar.window_menu.aboutToHide.emit()
    for action in (bar.minimise, bar.zoom, bar.close_window):
        action.trigger()


def test_it_follows_the_language(bar: MenuBar, qapp: QApplication) -> None:
    translation = Translation(qapp)
    try:
        translation.use("fr")
        QApplication.sendEvent(bar, QEvent(QEvent.Type.LanguageChange))
        assert bar.settings.text() == "Réglages…" and bar.edits["cut"].text() == "Couper"
    finally:
        translation.use("en")
        translation.deleteLater()


class Talk(FakeConversation):
    """A conversation that the app can close."""


def test_on_a_mac_the_app_has_it(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens the settings and the window, begins a conversation, and quits."""
    monkeypatch.setattr("app.composition.on_a_mac", lambda: True)
    begun: list[int] = []

    async def drive() -> None:
        await until(lambda: app.menu_bar is not None and app.conversation is not None)
        bar = app.menu_bar
        assert bar is not None
        bar.settings.trigger()
        assert app.side.settings is not None and app.side.settings.isVisible()
        app.window.hide()
        app.window.sidebar.new_wanted.connect(lambda: begun.append(1))
        bar.new.trigger()
        assert app.window.isVisible() and begun == [1]
        bar.about.trigger()
        bar.quit.trigger()

    def build(settings: Settings, host: Host) -> Talk:
        driving.append(asyncio.get_running_loop().create_task(drive()))
        return Talk()

    driving: list[asyncio.Task[None]] = []
    app = App(qapp, build)
    assert run_app(qapp, app) == []
    driving[0].result()
    app.window.deleteLater()
