"""Opening at login on a Mac and on Linux, and who opened Aloud."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.macos.launch import MacLaunch, open_launch
from app.macos.login_item import DesktopLoginItem, LoginItemRefused, MacLoginItem
from tests.fakes.apple import Install, four_characters
from tests.gui.conftest import Run

# Opening at login -----------------------------------------------------------------------------


class Service:
    """SMAppService."""

    def __init__(self, install: Install, status: int, *, refuses: bool = False) -> None:
        self.now = status
        world = self

        class SMAppService:
            @staticmethod
            def mainAppService() -> Any:
                return SMAppService()

            def status(self) -> int:
                return world.now

            def registerAndReturnError_(self, out: None) -> tuple[bool, Any]:
                if refuses:
                    return False, SimpleNamespace(localizedDescription=lambda: "Not permitted")
                world.now = 2 if status == 3 else 1
                return True, None

            def unregisterAndReturnError_(self, out: None) -> tuple[bool, Any]:
                world.now = 0
                return True, None

        install("ServiceManagement", SMAppService)


def test_opening_at_login_on_a_mac(install: Install) -> None:
    Service(install, 0)
    item = MacLoginItem()
    assert not item.enabled()
    item.enable(True)
    assert item.enabled()
    item.enable(True)
    item.enable(False)
    assert not item.enabled()


def test_an_approval_that_is_missing_is_told(install: Install) -> None:
    Service(install, 3)
    with pytest.raises(LoginItemRefused) as refused:
        MacLoginItem().enable(True)
    assert "Login Items" in refused.value.remedy


def test_a_refusal_is_told_in_the_systems_words(install: Install) -> None:
    Service(install, 0, refuses=True)
    with pytest.raises(LoginItemRefused, match="Not permitted"):
        MacLoginItem().enable(True)


def test_opening_at_login_on_linux(tmp_path: Path) -> None:
    item = DesktopLoginItem(tmp_path)
    assert not item.enabled()
    item.enable(True)
    assert item.enabled()
    entry = (tmp_path / "aloud.desktop").read_text()
    assert f'Exec="{sys.executable}" "-m" "app" --hidden\n' in entry
    for switched_off in ("Hidden=true", "X-GNOME-Autostart-enabled = false"):
        (tmp_path / "aloud.desktop").write_text(f"{entry}{switched_off}\n")
        assert not item.enabled(), "the desktop's own settings count"
    item.enable(True)
    assert item.enabled()
    item.enable(False)
    item.enable(False)
    assert not item.enabled()
    (tmp_path / "file").write_text("")
    with pytest.raises(LoginItemRefused):
        DesktopLoginItem(tmp_path / "file").enable(True)


# Who opened Aloud -----------------------------------------------------------------------------


class Launching:
    """macOS while it tells an app that it has been launched."""

    def __init__(self, install: Install, event: str, about: str) -> None:
        self.blocks: dict[str, Any] = {}
        self.during = False
        world = self

        class NSNotificationCenter:
            @staticmethod
            def defaultCenter() -> Any:
                return NSNotificationCenter()

            def addObserverForName_object_queue_usingBlock_(
                self, name: str, source: None, queue: None, block: Any
            ) -> Any:
                world.blocks[name] = block
                return name

            def removeObserver_(self, observer: str) -> None:
                del world.blocks[observer]

        class NSAppleEventDescriptor:
            def eventID(self) -> int:
                return four_characters(event)

            def paramDescriptorForKeyword_(self, keyword: int) -> Any:
                assert keyword == four_characters("prdt")
                return SimpleNamespace(enumCodeValue=lambda: four_characters(about)) if about else None

        class NSAppleEventManager:
            @staticmethod
            def sharedAppleEventManager() -> Any:
                return NSAppleEventManager()

            def currentAppleEvent(self) -> Any:
                return NSAppleEventDescriptor() if world.during and event else None

        install("Foundation", NSNotificationCenter, NSAppleEventManager, NSAppleEventDescriptor)

    def tell(self) -> None:
        self.during = True
        self.blocks["NSApplicationDidFinishLaunchingNotification"]("a notification")
        self.during = False


@pytest.mark.parametrize(
    ("event", "about", "at_login"),
    [
        ("oapp", "lgit", True),
        ("oapp", "", False),
        ("oapp", "svce", False),
        ("rapp", "lgit", False),
        ("", "", False),
    ],
)
def test_opening_at_login_is_told_by_the_apple_event(
    install: Install, run: Run, event: str, about: str, at_login: bool
) -> None:
    launching = Launching(install, event, about)

    async def body() -> None:
        launch = MacLaunch()
        asyncio.get_running_loop().call_soon(launching.tell)
        assert await launch.at_login() is at_login
        assert launching.blocks == {}

    run(body())


def test_a_start_that_macos_tells_nothing_of_is_a_persons(
    install: Install, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Launching(install, "oapp", "lgit")
    monkeypatch.setattr("app.macos.launch.LONGEST_S", 0.0)

    async def body() -> None:
        assert not await MacLaunch().at_login()

    run(body())


def test_a_start_is_hidden_where_its_arguments_say_so(run: Run) -> None:
    async def body() -> None:
        assert await open_launch(["aloud", "--hidden"]).at_login()
        assert not await open_launch(["aloud"]).at_login()

    run(body())
