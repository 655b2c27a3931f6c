"""The adapters to macOS, against fakes whose signatures are those of PyObjC's wheels."""

import asyncio
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.macos.activation import MacActivation
from app.macos.activity import MacActivity
from app.macos.devices import MacDeviceListener
from app.macos.launch import MacLaunch, open_launch
from app.macos.login_item import DesktopLoginItem, LoginItemRefused, MacLoginItem
from app.macos.notifications import MacNotifications
from app.macos.panel import _float
from app.macos.permissions import MacMicrophonePermission
from app.macos.power import MacPower
from app.macos.transports import CoreAudioTransports
from engine.audio.transports import Transport
from tests.fakes.apple import Install, ObjcModule, four_characters, installer
from tests.fakes.core_audio import CoreAudio
from tests.gui.conftest import Run


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    return installer(monkeypatch)


def test_the_kind_of_app_changes(install: Install) -> None:
    said: list[Any] = []

    class NSApplication:
        now = 1

        @classmethod
        def sharedApplication(cls) -> Any:
            return cls

        @classmethod
        def activationPolicy(cls) -> int:
            return cls.now

        @classmethod
        def setActivationPolicy_(cls, policy: int) -> bool:
            cls.now = policy
            said.append(policy)
            return True

        @staticmethod
        def activateIgnoringOtherApps_(ignoring: bool) -> None:
            said.append("front")

        @staticmethod
        def orderFrontStandardAboutPanel_(sender: None) -> None:
            said.append("about")

    install("AppKit", NSApplication)
    activation = MacActivation()
    assert not activation.accessory()
    assert activation.regular() and activation.is_regular()
    assert not activation.regular()  # the item in the menu bar is detached by a change only
    activation.come_forward()
    activation.show_about()
    assert activation.accessory() and not activation.is_regular()
    assert said == [0, "front", "about", 1]


def test_the_pill_floats(install: Install) -> None:
    said: dict[str, int] = {}

    class NSWindow:
        def setLevel_(self, level: int) -> None:
            said["level"] = level

        def setCollectionBehavior_(self, behaviour: int) -> None:
            said["behaviour"] = behaviour

        def styleMask(self) -> int:
            return 0b1000

        def setStyleMask_(self, mask: int) -> None:
            said["mask"] = mask

        def setHidesOnDeactivate_(self, hides: bool) -> None:
            said["hides"] = hides

        def setIgnoresMouseEvents_(self, ignores: bool) -> None:
            said["ignores"] = ignores

    install("AppKit", NSWindow)
    _float(NSWindow())
    assert said == {"level": 25, "behaviour": 1 | 16 | 64 | 256, "mask": 128 | 8, "hides": 0, "ignores": 1}


@pytest.mark.parametrize(("status", "word"), [(0, "unknown"), (1, "denied"), (2, "denied"), (3, "granted")])
def test_the_microphone_is_asked_for(install: Install, run: Run, status: int, word: str) -> None:
    class AVCaptureDevice:
        @staticmethod
        def authorizationStatusForMediaType_(kind: str) -> int:
            assert kind == "AVMediaTypeAudio"
            return status

        @staticmethod
        def requestAccessForMediaType_completionHandler_(kind: str, handler: Any) -> None:
            threading.Thread(target=handler, args=(status == 3,)).start()  # a queue of the system's own

    install("AVFoundation", AVCaptureDevice)
    permission = MacMicrophonePermission()
    assert permission.status() == word

    async def body() -> None:
        assert await permission.ask() == ("granted" if status == 3 else "denied")

    run(body())


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


def test_sleep_and_the_locked_screen_are_noticed(install: Install) -> None:
    watching: dict[str, Any] = {}

    class NSNotificationCenter:
        def addObserverForName_object_queue_usingBlock_(
            self, name: str, source: None, queue: Any, block: Any
        ) -> Any:
            assert queue == "main"
            watching[name] = block
            return name

        def removeObserver_(self, observer: str) -> None:
            del watching[observer]

    class NSDistributedNotificationCenter(NSNotificationCenter):
        @staticmethod
        def defaultCenter() -> Any:
            return NSDistributedNotificationCenter()

    class NSOperationQueue:
        @staticmethod
        def mainQueue() -> str:
            return "main"

    class NSWorkspace:
        @staticmethod
        def sharedWorkspace() -> Any:
            return NSWorkspace()

        def notificationCenter(self) -> Any:
            return NSNotificationCenter()

    install("AppKit", NSWorkspace)
    install("Foundation", NSDistributedNotificationCenter, NSOperationQueue)
    heard: list[str] = []
    power = MacPower(lambda: heard.append("suspended"), lambda: heard.append("resumed"))
    for name in ("NSWorkspaceWillSleepNotification", "NSWorkspaceDidWakeNotification"):
        watching[name]("a notification")
    for name in ("com.apple.screenIsLocked", "com.apple.screenIsUnlocked"):
        watching[name]("a notification")
    assert heard == ["suspended", "resumed"] * 2
    assert len(watching) == 6
    power.close()
    assert watching == {}


def test_devices_that_change_are_told_once_things_are_quiet(install: Install, qtbot: QtBot) -> None:
    blocks: list[Any] = []
    removed: list[Any] = []

    def AudioObjectAddPropertyListenerBlock(system: int, address: Any, queue: None, block: Any) -> int:
        assert system == 1 and len(address) == 3
        blocks.append(block)
        return 0

    def AudioObjectRemovePropertyListenerBlock(system: int, address: Any, queue: None, block: Any) -> int:
        removed.append(address)
        return 0

    install("CoreAudio", AudioObjectAddPropertyListenerBlock, AudioObjectRemovePropertyListenerBlock)
    changes: list[int] = []
    listener = MacDeviceListener(lambda: changes.append(threading.get_ident()))
    listener._settling.setInterval(30)
    assert len(blocks) == 3
    for block in blocks:
        thread = threading.Thread(target=block, args=(1, None))
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: changes == [threading.get_ident()])
    listener.close()
    blocks[0](1, None)
    assert len(removed) == 3 and not listener._settling.isActive()


def test_an_activity_lasts_as_long_as_a_turn(install: Install) -> None:
    going_on: list[Any] = []

    class NSProcessInfo:
        @staticmethod
        def processInfo() -> Any:
            return NSProcessInfo()

        def beginActivityWithOptions_reason_(self, options: int, reason: str) -> Any:
            assert options & 0xFF00000000 == 0xFF00000000  # latency-critical
            going_on.append(reason)
            return reason

        def endActivity_(self, token: Any) -> None:
            going_on.remove(token)

    install("Foundation", NSProcessInfo)
    activity = MacActivity()
    activity.end()
    activity.begin()
    activity.begin()
    assert len(going_on) == 1
    activity.end()
    activity.end()
    assert going_on == []


@pytest.mark.parametrize(
    ("bundled", "granted", "shown"), [(True, True, 1), (True, False, 0), (False, True, 0)]
)
def test_a_notification_is_shown_where_it_may_be(
    install: Install, bundled: bool, granted: bool, shown: int
) -> None:
    requests: list[Any] = []

    class NSBundle:
        @staticmethod
        def mainBundle() -> Any:
            return SimpleNamespace(bundleIdentifier=lambda: "org.aloud" if bundled else None)

    class NSUUID:
        @staticmethod
        def UUID() -> Any:
            return SimpleNamespace(UUIDString=lambda: "1")

    class UNMutableNotificationContent:
        @classmethod
        def alloc(cls) -> Any:
            return cls()

        def init(self) -> Any:
            return self

        def setTitle_(self, title: str) -> None:
            self.title = title

        def setBody_(self, body: str) -> None:
            self.body = body

    class UNNotificationRequest:
        @staticmethod
        def requestWithIdentifier_content_trigger_(identifier: str, content: Any, trigger: None) -> Any:
            return (content.title, content.body)

    class UNUserNotificationCenter:
        @staticmethod
        def currentNotificationCenter() -> Any:
            return UNUserNotificationCenter()

        def requestAuthorizationWithOptions_completionHandler_(self, options: int, handler: Any) -> None:
            handler(granted, None)

        def addNotificationRequest_withCompletionHandler_(self, request: Any, handler: Any) -> None:
            requests.append(request)
            handler(None)

    install("Foundation", NSBundle, NSUUID)
    install(
        "UserNotifications", UNMutableNotificationContent, UNNotificationRequest, UNUserNotificationCenter
    )
    MacNotifications().tell("No microphone", "Connect one.")
    assert requests == [("No microphone", "Connect one.")] * shown


def test_no_loop_is_left_waiting_for_an_answer_that_comes_twice(install: Install, run: Run) -> None:
    class AVCaptureDevice:
        @staticmethod
        def requestAccessForMediaType_completionHandler_(kind: str, handler: Any) -> None:
            handler(True)
            handler(True)

    install("AVFoundation", AVCaptureDevice)

    async def body() -> None:
        assert await MacMicrophonePermission().ask() == "granted"
        await asyncio.sleep(0)

    run(body())


# How sound devices are connected -------------------------------------------------------------


def transports(
    monkeypatch: pytest.MonkeyPatch, install: Install, *devices: tuple[str, str]
) -> CoreAudioTransports:
    monkeypatch.setitem(sys.modules, "objc", CoreAudio(install, devices).objc(ObjcModule()))
    return CoreAudioTransports()


def test_bluetooth_is_known_whatever_the_device_is_called(
    monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    found = transports(
        monkeypatch, install,
        ("Jabra Elite 85t", "blue"), ("Jabra Elite 85t", "blue"), ("JBL TUNE", "blea"),
        ("MacBook Pro Microphone", "bltn"), ("AirPods case on a cable", "usb "), ("BlackHole 2ch", ""),
    ).of("input")  # fmt: skip
    assert found == {
        "Jabra Elite 85t": Transport.BLUETOOTH,
        "JBL TUNE": Transport.BLUETOOTH,
        "MacBook Pro Microphone": Transport.BUILT_IN,
        "AirPods case on a cable": Transport.OTHER,
        "BlackHole 2ch": Transport.OTHER,
    }


def test_two_unlike_devices_of_one_name_are_not_known(
    monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    found = transports(monkeypatch, install, ("Headset", "blue"), ("Headset", "usb "), ("Desk", "usb "))
    assert found.of("output") == {"Desk": Transport.OTHER}


def test_a_core_audio_that_fails_says_nothing(monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    made = transports(monkeypatch, install, ("Headset", "blue"))
    monkeypatch.setattr(made, "_objc", None)
    assert made.of("output") == {}


# Who opened Aloud ----------------------------------------------------------------------------


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
