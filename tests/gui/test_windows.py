"""What is open decides what kind of app Aloud is; what is asked for comes to the front, wherever it was."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.application import Application, bundle_has_icon
from app.icons import APP_ICON_PX, app_icon
from app.windows import OpenWindows
from tests.fakes.system import FakeActivation


class World:
    """Two windows, and the system's idea of the app."""

    def __init__(self, qtbot: QtBot) -> None:
        self.activation = FakeActivation()
        self.windows = OpenWindows()
        self.flips = self.emptied = 0
        self.windows.flipped.connect(self._flip)
        self.windows.emptied.connect(self._empty)
        self.main, self.settings = QWidget(), QWidget()
        for window in (self.main, self.settings):
            qtbot.addWidget(window)
            self.windows.watch(window)
        self.windows.follow(self.activation)

    def _flip(self) -> None:
        self.flips += 1

    def _empty(self) -> None:
        self.emptied += 1


@pytest.fixture
def world(qtbot: QtBot) -> Iterator[World]:
    made = World(qtbot)
    yield made
    made.windows.close()
    made.windows.deleteLater()


def test_an_app_has_a_dock_icon_while_any_of_its_windows_is_open(world: World) -> None:
    assert world.activation.now == "accessory"
    world.windows.bring(world.settings)
    assert (world.activation.now, world.flips) == ("regular", 1)
    world.windows.bring(world.main)
    world.main.close()
    assert (world.activation.now, world.flips, world.emptied) == ("regular", 1, 0)
    world.settings.close()
    assert (world.activation.now, world.flips, world.emptied) == ("accessory", 2, 1)


def test_a_window_opened_by_whomever_counts(world: World) -> None:
    world.main.show()
    assert world.activation.now == "regular"
    world.main.hide()
    assert (world.activation.now, world.emptied) == ("accessory", 1)


def seen(world: World) -> tuple[bool, bool]:
    return world.windows.any_open, world.windows.any_in_sight


def test_a_dialog_counts_until_it_is_closed(world: World, qtbot: QtBot) -> None:
    stranger = QDialog()
    qtbot.addWidget(stranger)
    stranger.show()
    assert seen(world) == (False, False)
    world.windows.bring(world.main)
    dialog = QDialog(world.main)
    dialog.show()
    qtbot.waitExposed(dialog)
    world.main.close()
    assert seen(world) == (True, True) and world.activation.now == "regular"
    dialog.activateWindow()
    dialog.close()
    qtbot.waitUntil(lambda: world.activation.now == "accessory")


def test_a_minimised_window_comes_back(world: World, qtbot: QtBot) -> None:
    world.windows.bring(world.main)
    world.main.showMaximized()
    world.main.showMinimized()
    assert seen(world) == (True, False)
    assert world.activation.now == "regular"  # else nothing could bring it back
    world.windows.bring(world.main)
    assert not world.main.isMinimized() and world.main.isMaximized()
    assert seen(world) == (True, True)


def test_what_is_asked_for_takes_the_keyboard(world: World) -> None:
    world.windows.bring(world.main)
    world.windows.bring(world.main)
    assert world.activation.forward == 2


def test_windows_open_before_the_system_is_known_are_told_to_it(qtbot: QtBot) -> None:
    windows, window, activation = OpenWindows(), QWidget(), FakeActivation()
    qtbot.addWidget(window)
    windows.bring(window)
    windows.follow(activation)
    assert (activation.now, activation.forward) == ("regular", 1)
    windows.close()
    window.close()
    assert activation.now == "regular"  # once closed it follows nothing
    windows.deleteLater()


def test_a_window_that_is_gone_is_forgotten(world: World, qtbot: QtBot) -> None:
    gone = QWidget()
    world.windows.bring(gone)
    gone.deleteLater()
    qtbot.waitUntil(lambda: len(world.windows._windows) == 2)
    assert seen(world) == (False, False)


def test_the_icon_is_the_apps_own(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    icon = app_icon()
    assert sorted(size.width() for size in icon.availableSizes()) == list(APP_ICON_PX)
    drawn = icon.pixmap(256).toImage()
    assert drawn.pixelColor(0, 0).alpha() == 0
    assert drawn.pixelColor(128, 32).blue() > drawn.pixelColor(128, 32).red()  # the plate, not the bare glyph
    assert not bundle_has_icon()
    monkeypatch.setattr("app.application.QGuiApplication.platformName", lambda: "cocoa")
    assert not bundle_has_icon()  # from source there is no bundle
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert bundle_has_icon()
    assert isinstance(qapp, Application)
