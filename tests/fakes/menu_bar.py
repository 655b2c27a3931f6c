"""A Mac's menu bar that the test looks at and clicks: AppKit as far as the native item uses it."""

from types import SimpleNamespace
from typing import Any

from app.tray.appkit import _target_class
from tests.fakes.apple import SIGNATURES, Install


class MenuBar:
    """NSStatusBar with its items, and the event that is being handled."""

    def __init__(self, install: Install) -> None:
        self.items: list[Any] = []
        self.event: Any = None
        self.defaults: dict[str, Any] = {}
        self.placed: list[float | None] = []
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
                world.placed.append(world.defaults.get(f"NSStatusItem Preferred Position {name}"))

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
                world.defaults.clear()

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

        class NSUserDefaults:
            @staticmethod
            def standardUserDefaults() -> Any:
                return NSUserDefaults()

            def objectForKey_(self, key: str) -> Any:
                return world.defaults.get(key)

            def setObject_forKey_(self, value: Any, key: str) -> None:
                world.defaults[key] = value

        class NSObject:
            @classmethod
            def alloc(cls) -> Any:
                return cls()

            def init(self) -> Any:
                return self

        _target_class.cache_clear()
        install("AppKit", NSStatusBar, NSImage, NSApplication, NSStatusItem, Button)
        install("Foundation", NSData, NSObject, NSUserDefaults)

    def click(self, kind: str = "", modifiers: int = 0) -> None:
        number = SIGNATURES["AppKit"]["enums"].get(kind, 2)
        self.event = SimpleNamespace(type=lambda: number, modifierFlags=lambda: modifiers)
        (item,) = self.items
        said = item.button().said
        getattr(said["target"], said["action"].replace(":", "_"))(item.button())
