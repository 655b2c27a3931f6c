"""How Core Audio says that each sound device is connected."""

import logging
import struct
from collections.abc import Mapping
from typing import Any, Final

from app.macos.activation import on_a_mac
from engine.audio.transports import Kind, Transport, Transports, open_transports

log = logging.getLogger(__name__)

POINTER_BYTES: Final = 8
NUMBER_BYTES: Final = 4


class CoreAudioTransports:
    """The ``Transports`` port over Core Audio's device properties. Any thread."""

    def __init__(self) -> None:
        import CoreAudio
        import objc

        self._core: Any = CoreAudio
        self._objc: Any = objc
        self._meaning = {
            int(CoreAudio.kAudioDeviceTransportTypeBluetooth): Transport.BLUETOOTH,
            int(CoreAudio.kAudioDeviceTransportTypeBluetoothLE): Transport.BLUETOOTH,
            int(CoreAudio.kAudioDeviceTransportTypeBuiltIn): Transport.BUILT_IN,
        }

    def of(self, kind: Kind) -> Mapping[str, Transport]:
        """All devices: a headset is two of one name, one that plays and one that listens."""
        found: dict[str, Transport] = {}
        unlike: set[str] = set()
        try:
            for device in self._devices():
                name, transport = self._name(device), self._transport(device)
                if name and found.setdefault(name, transport) is not transport:
                    unlike.add(name)  # two devices of one name: which of them is meant is not known
        except Exception:  # whatever PyObjC raises: the name is a guess that is better than nothing
            log.exception("Core Audio does not say how its devices are connected")
        return {name: transport for name, transport in found.items() if name not in unlike}

    def _devices(self) -> tuple[int, ...]:
        core = self._core
        data = self._read(core.kAudioObjectSystemObject, core.kAudioHardwarePropertyDevices)
        return struct.unpack(f"={len(data) // NUMBER_BYTES}I", data)

    def _transport(self, device: int) -> Transport:
        data = self._read(device, self._core.kAudioDevicePropertyTransportType)
        code = struct.unpack("=I", data)[0] if len(data) == NUMBER_BYTES else 0
        return self._meaning.get(code, Transport.OTHER)

    def _name(self, device: int) -> str:
        """The name, out of the CFString that Core Audio gives a pointer to."""
        data = self._read(device, self._core.kAudioObjectPropertyName)
        pointer = struct.unpack("=Q", data)[0] if len(data) == POINTER_BYTES else 0
        return str(self._objc.objc_object(c_void_p=pointer)) if pointer else ""

    def _read(self, thing: int, selector: int) -> bytes:
        """A property's bytes; none where the thing does not have it."""
        core = self._core
        address = core.AudioObjectPropertyAddress(
            selector, core.kAudioObjectPropertyScopeGlobal, core.kAudioObjectPropertyElementMain
        )
        status, size = core.AudioObjectGetPropertyDataSize(thing, address, 0, b"", None)
        if status != 0 or not size:
            return b""
        status, size, data = core.AudioObjectGetPropertyData(thing, address, 0, b"", size, None)
        return bytes(data)[:size] if status == 0 else b""


def open_system_transports() -> Transports:
    """Those of this system."""
    return CoreAudioTransports() if on_a_mac() else open_transports()
