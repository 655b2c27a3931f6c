"""A whole Mac, as far as making the adapters takes one."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.apple import ObjcModule, installer
from tests.fakes.core_audio import CoreAudio
from tests.fakes.mac_keys import Carbon, Monitors
from tests.fakes.menu_bar import MenuBar


class NSApplication:
    @staticmethod
    def sharedApplication() -> Any:
        return NSApplication()

    def activationPolicy(self) -> int:
        return 1


class NSFont:
    @staticmethod
    def preferredFontForTextStyle_options_(style: Any, options: Any) -> Any:
        return SimpleNamespace(pointSize=lambda: 13.0)


class NSNotificationCenter:
    @staticmethod
    def defaultCenter() -> Any:
        return NSNotificationCenter()

    def addObserverForName_object_queue_usingBlock_(
        self, name: str, source: None, queue: Any, block: Any
    ) -> Any:
        return name

    def removeObserver_(self, observer: str) -> None:
        pass


class NSDistributedNotificationCenter(NSNotificationCenter):
    pass


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


class NSProcessInfo:
    @staticmethod
    def processInfo() -> Any:
        return NSProcessInfo()

    def beginActivityWithOptions_reason_(self, options: int, reason: str) -> Any:
        return reason

    def endActivity_(self, token: Any) -> None:
        pass


class SMAppService:
    @staticmethod
    def mainAppService() -> Any:
        return SimpleNamespace(status=lambda: 0)


class AVCaptureDevice:
    @staticmethod
    def authorizationStatusForMediaType_(kind: str) -> int:
        return 3


def install_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts all of Apple's frameworks that Aloud uses where it imports them from."""
    install = installer(monkeypatch)
    Carbon(monkeypatch)
    Monitors(install)
    MenuBar(install)
    install("AppKit", NSApplication, NSWorkspace, NSFont)
    install(
        "Foundation",
        NSNotificationCenter,
        NSDistributedNotificationCenter,
        NSOperationQueue,
        NSProcessInfo,
    )
    install("ServiceManagement", SMAppService)
    install("UserNotifications")
    install("AVFoundation", AVCaptureDevice)
    core_audio = CoreAudio(install, [("MacBook Pro Speakers", "bltn")])
    monkeypatch.setitem(sys.modules, "objc", core_audio.objc(ObjcModule()))
