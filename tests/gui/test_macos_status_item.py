"""The native item in the menu bar, against fakes whose signatures are those of PyObjC's wheels."""

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.presence import Doing
from app.tray.appkit import AppKitStatusItem, _target_class
from tests.fakes.apple import SIGNATURES, Install, installer


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    return installer(monkeypatch)


class MenuBar:
    """NSStatusBar with its items, and the event that is being handled."""

    def __init__(self, install: Install) -> None:
        self.items: list[Any] = []
        self.event: Any = None
        world = self

        class Button:
            def __init__(self) -> None:
                self.said: dict[str, Any] = {}

            def setTarget_(self, target: Any) -> None:
                self.said["target"] = target

            def setAction_(self, action: str) -> None:
                self.said["action"] = action

            def sendActionOn_(self, mask: int) -> int:
                self.said["mask"] = mask
                return 0

            def setImage_(self, image: Any) -> None:
                self.said["image"] = image

            def setToolTip_(self, words: str) -> None:
                self.said["tool tip"] = words

            def setAccessibilityTitle_(self, words: str) -> None:
                self.said["title"] = words

        class NSStatusItem:
            def __init__(self) -> None:
                self.the_button = Button()

            def button(self) -> Button:
                return self.the_button

            def setAutosaveName_(self, name: str) -> None:
                pass

        class NSStatusBar:
            @staticmethod
            def systemStatusBar() -> Any:
                return NSStatusBar()

            def statusItemWithLength_(self, length: float) -> Any:
                assert length == -1  # variable
                world.items.append(NSStatusItem())
                return world.items[-1]

            def removeStatusItem_(self, item: Any) -> None:
                world.items.remove(item)

        class NSImage:
            template = False

            @classmethod
            def alloc(cls) -> Any:
                return cls()

            def initWithData_(self, data: bytes) -> Any:
                assert data[1:4] == b"PNG"
                return self

            def setSize_(self, size: tuple[float, float]) -> None:
                assert size == (18, 18)

            def setTemplate_(self, template: bool) -> None:
                self.template = template

            def setAccessibilityDescription_(self, words: str) -> None:
                pass

        class NSApplication:
            @staticmethod
            def sharedApplication() -> Any:
                return NSApplication()

            def currentEvent(self) -> Any:
                return world.event

        class NSData:
            @staticmethod
            def dataWithBytes_length_(content: bytes, length: int) -> bytes:
                return content[:length]

        class NSObject:
            @classmethod
            def alloc(cls) -> Any:
                return cls()

            def init(self) -> Any:
                return self

        _target_class.cache_clear()
        install("AppKit", NSStatusBar, NSImage, NSApplication, NSStatusItem, Button)
        install("Foundation", NSData, NSObject)

    def click(self, kind: str = "", modifiers: int = 0) -> None:
        number = SIGNATURES["AppKit"]["enums"].get(kind, 2)
        self.event = SimpleNamespace(type=lambda: number, modifierFlags=lambda: modifiers)
        (item,) = self.items
        said = item.button().said
        getattr(said["target"], said["action"].replace(":", "_"))(item.button())


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
