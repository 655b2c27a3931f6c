"""Sound devices on a Mac: when they change, and how they are connected."""

import sys
import threading
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.macos.devices import MacDeviceListener
from app.macos.transports import CoreAudioTransports
from engine.audio.transports import Transport
from tests.fakes.apple import Install, ObjcModule
from tests.fakes.core_audio import CoreAudio


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
