"""The adapters to macOS, against fakes whose signatures are those of PyObjC's wheels."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from app.macos.activation import MacActivation
from app.macos.activity import MacActivity
from app.macos.notifications import MacNotifications
from app.macos.panel import _float
from app.macos.permissions import MacMicrophonePermission
from app.macos.power import MacPower
from tests.fakes.apple import Install
from tests.gui.conftest import Run


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
