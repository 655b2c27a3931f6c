"""What Aloud has of the operating system: all of it can be made; what can't is off, and said so."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

import app.macos
from app.hotkey.choose import open_keyboard
from app.macos.login_item import LoginItemRefused, NoLoginItem
from app.macos.trial import AdaptersFailed, try_all
from app.system import FeaturesOff, System
from app.tray.status_item import QtStatusItem
from tests.fakes.mac import install_mac


@pytest.fixture
def system(qtbot: QtBot) -> Iterator[Callable[[], System]]:
    made: list[System] = []

    def build() -> System:
        made.append(System())
        return made[-1]

    yield build
    for one in made:
        one.close()
        one.deleteLater()


def test_every_adapter_to_macos_can_be_made(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    install_mac(monkeypatch)
    assert len(try_all()) >= 11


def test_no_adapter_to_macos_is_left_out_of_the_trial() -> None:
    trial = inspect.getsource(importlib.import_module("app.macos.trial"))
    modules = [f"app.macos.{module.name}" for module in pkgutil.iter_modules(app.macos.__path__)]
    modules += ["app.hotkey.carbon", "app.hotkey.modifier", "app.tray.appkit"]
    for name in modules:
        if name != "app.macos.trial":
            assert name in trial, name


def test_an_adapter_that_can_not_be_made_is_named(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    install_mac(monkeypatch)
    monkeypatch.setitem(sys.modules, "ServiceManagement", None)
    with pytest.raises(AdaptersFailed, match="login item: ModuleNotFoundError"):
        try_all()


def test_what_can_not_be_made_is_off_and_said_so(
    monkeypatch: pytest.MonkeyPatch, system: Callable[[], System]
) -> None:
    """A Mac on which not one of Apple's modules can be imported."""
    for place in ("activation", "activity", "devices", "login_item", "notifications", "permissions", "power"):
        monkeypatch.setattr(f"app.macos.{place}.on_a_mac", lambda: True)
    made = system()
    assert made.off is not None
    for feature in ("the Dock icon", "opening at login", "notifications", "noticing sleep"):
        assert feature in str(made.off)
    assert "log" in made.off.remedy
    made.activation.regular()
    made.activity.begin()
    assert made.permission.status() == "granted"
    with pytest.raises(LoginItemRefused):
        made.login_item.enable(True)
    NoLoginItem().enable(False)


def test_nothing_is_off_where_all_is_well(system: Callable[[], System]) -> None:
    assert system().off is None


def test_a_keyboard_that_can_not_be_made_is_off(
    monkeypatch: pytest.MonkeyPatch, system: Callable[[], System]
) -> None:
    def broken(platform: str) -> object:
        raise AttributeError("'method' object has no attribute 'pyobjc_closure'")

    monkeypatch.setattr("app.hotkey.choose._keyboard", broken)
    keyboard = open_keyboard("cocoa")
    assert keyboard.keys is None and keyboard.failed and "button" in keyboard.missing
    assert "the talk key" in str(system().off)


class BrokenItem:
    """A native item that the system refuses when it is shown."""

    shown = False

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        raise RuntimeError("no menu bar")

    def tell(self, doing: object, hint: str = "") -> None:
        pass

    def reinstall(self) -> None:
        pass

    def hide(self) -> None:
        pass


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)  # said where there is no tray at all
def test_a_native_item_that_fails_gives_way_to_qts_own(qtbot: QtBot) -> None:
    menu = QMenu()
    said: list[FeaturesOff] = []
    qtbot.addWidget(menu)
    system = System(status_item=BrokenItem())
    system.turned_off.connect(said.append)
    system.show_status_item(lambda: None, menu)
    assert isinstance(system.status_item, QtStatusItem)
    assert "menu bar" in str(said[0])
    system.close()


def test_a_pill_that_can_not_float_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.macos.panel.on_a_mac", lambda: True)
    system, pill = System(), QWidget()
    said: list[FeaturesOff] = []
    qtbot.addWidget(pill)
    system.turned_off.connect(said.append)
    system.float_over_everything(pill)
    assert "pill" in str(said[0])
    system.close()
