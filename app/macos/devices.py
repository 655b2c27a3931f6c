"""Hears of sound devices that come, go, or become the default, which PortAudio itself never notices."""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.macos.activation import on_a_mac

log = logging.getLogger(__name__)

SETTLING_MS: Final = 300
"""A headset that connects tells of itself several times within this time."""


class DeviceListener(Protocol):
    """Tells until ``close``."""

    def close(self) -> None:
        """Tells no more."""
        ...


class MacDeviceListener(QObject):
    """Core Audio's property listeners on the list of devices and on both defaults.

    They call on a thread of their own; ``changed`` is called on the main thread, once things are quiet.
    """

    _heard = Signal()

    def __init__(self, changed: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        import CoreAudio

        self._core: Any = CoreAudio
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(changed)
        self._heard.connect(self._settling.start)
        self._listened: list[Any] = []
        self._closed = False

        def heard(count: int, addresses: Any) -> None:
            if not self._closed:
                self._heard.emit()

        self._block = heard
        for selector in (
            CoreAudio.kAudioHardwarePropertyDevices,
            CoreAudio.kAudioHardwarePropertyDefaultInputDevice,
            CoreAudio.kAudioHardwarePropertyDefaultOutputDevice,
        ):
            self._listen(
                CoreAudio.AudioObjectPropertyAddress(
                    selector,
                    CoreAudio.kAudioObjectPropertyScopeGlobal,
                    CoreAudio.kAudioObjectPropertyElementMain,
                )
            )

    def close(self) -> None:
        """Removes the listeners; one that PyObjC can't match to its block stays and is not heeded."""
        self._closed = True
        self._settling.stop()
        system = self._core.kAudioObjectSystemObject
        while self._listened:
            address = self._listened.pop()
            self._core.AudioObjectRemovePropertyListenerBlock(system, address, None, self._block)

    def _listen(self, address: Any) -> None:
        system = self._core.kAudioObjectSystemObject
        result = self._core.AudioObjectAddPropertyListenerBlock(system, address, None, self._block)
        if result == 0:
            self._listened.append(address)
        else:
            log.warning("changes of sound devices are not heard of: %d", result)


class NoDeviceListener:
    """Linux: the sound server moves streams by itself, and a device's end is noticed by its stream."""

    def close(self) -> None:
        """Nothing to do."""


def open_device_listener(changed: Callable[[], None], parent: QObject) -> DeviceListener:
    """The one of this system."""
    return MacDeviceListener(changed, parent) if on_a_mac() else NoDeviceListener()
