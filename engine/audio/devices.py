"""Which sound devices there are and which one to use.

PortAudio lists the devices once, when it is initialised: what is plugged in later is seen only after
``refresh``, and that is possible only while no stream is open. Everything here blocks for some
milliseconds, ``refresh`` for some tens. The rules (``choose``, ``choose_microphone``) are pure.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.audio.jack import database_shut
from engine.audio.transports import Kind, Transport, Transports, open_transports
from engine.errors import DeviceError

BLUETOOTH_WORDS: Final = ("airpods", "bluetooth", "buds", "beats", "hands-free", "wh-1000", "wf-1000", "bose")
BUILT_IN_WORDS: Final = ("built-in", "macbook", "imac", "mac mini", "mac studio", "internal")


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device as one direction sees it.

    ``id`` (host API and name) means the same device at the next start; ``index`` is PortAudio's
    number until the next ``refresh``. ``bluetooth`` and ``built_in`` are guesses by the name until
    ``as_connected`` has asked the system.
    """

    id: str
    name: str
    index: int
    channels: int
    rate_hz: int
    default: bool = False
    bluetooth: bool = False
    built_in: bool = False


def inputs() -> list[Device]:
    """The microphones that PortAudio knows, the default first. Raises ``PortAudioFailed``."""
    return _devices("input")


def outputs() -> list[Device]:
    """The speakers that PortAudio knows, the default first. Raises ``PortAudioFailed``."""
    return _devices("output")


def use_transports(transports: Transports) -> None:
    """Asks ``transports`` from now on how a device is connected."""
    global _transports
    _transports = transports


def as_connected(devices: Sequence[Device], kind: Kind) -> list[Device]:
    """``devices`` with the system's word in place of guesses, where it has one. Blocks for tens of ms."""
    known = _transports.of(kind)
    return [_connected(device, known[device.name]) if device.name in known else device for device in devices]


def choose(devices: Sequence[Device], wanted: str) -> Device | None:
    """The device with the id or name ``wanted``, else the default, else any; None where there is none."""
    named = [device for device in devices if wanted and wanted in (device.id, device.name)]
    return next(iter([*named, *(device for device in devices if device.default), *devices]), None)


def find(devices: Sequence[Device], wanted: str | int | None) -> Device | None:
    """As ``choose``, with a device also given by its PortAudio index."""
    if isinstance(wanted, int):
        return next((device for device in devices if device.index == wanted), None)
    return choose(devices, wanted or "")


def choose_microphone(
    microphones: Sequence[Device], wanted: str, speaker: Device | None, *, avoid_bluetooth: bool = True
) -> Device | None:
    """As ``choose``, but a Bluetooth headset that plays is not made to listen as well unless asked for.

    Opening its microphone would turn its sound into that of a telephone and lose the first 0.7 s.
    """
    chosen = choose(microphones, wanted)
    if chosen is None or (wanted and wanted in (chosen.id, chosen.name)):
        return chosen
    if not (avoid_bluetooth and chosen.bluetooth and speaker is not None and speaker.bluetooth):
        return chosen
    others = sorted((one for one in microphones if not one.bluetooth), key=lambda one: not one.built_in)
    return others[0] if others else chosen


_transports: Transports = open_transports()
_lock = threading.RLock()
_open_streams = 0


UNUSABLE: Final = "The sound devices can't be used: {reason}."
INSTALL_PACKAGES: Final = "Run: make install"
INSTALL_LIBRARY: Final = (
    "Run: sudo apt install libportaudio2 libasound2-plugins  (or what corresponds to it on your system)"
    if sys.platform == "linux"
    else INSTALL_PACKAGES
)
RESTART_SOUND: Final = (
    "Start the sound service anew: systemctl --user restart pipewire pulseaudio"
    if sys.platform == "linux"
    else "Start the sound service anew: sudo killall coreaudiod"
)


class PortAudioFailed(DeviceError):
    """PortAudio is missing or refuses something, which ``reason`` in its message says."""

    @property
    def words(self) -> str:
        """What PortAudio says."""
        return str(self.message.values["reason"])


@contextmanager
def portaudio() -> Iterator[Any]:
    """The sounddevice module, with nobody else opening, closing or listing devices meanwhile.

    Raises ``PortAudioFailed`` for whatever of PortAudio's goes wrong in the block.
    """
    with _lock:
        sounddevice = _imported()
        try:
            yield sounddevice
        except sounddevice.PortAudioError as error:
            raise PortAudioFailed(UNUSABLE, RESTART_SOUND, reason=_words(error)) from error
        except ImportError as error:  # rtmixer, which plays and records
            raise PortAudioFailed(UNUSABLE, INSTALL_PACKAGES, reason=error) from error


def _imported() -> Any:
    """The sounddevice module, whose import finds the library and initialises it: tens of milliseconds."""
    try:
        with nullcontext() if "sounddevice" in sys.modules else database_shut():
            import sounddevice
    except ImportError as error:
        raise PortAudioFailed(UNUSABLE, INSTALL_PACKAGES, reason=error) from error
    except OSError as error:  # the library is not there, or not what it needs itself
        raise PortAudioFailed(UNUSABLE, INSTALL_LIBRARY, reason=error) from error
    except Exception as error:
        if type(error).__name__ != "PortAudioError":  # the module that defines it was not imported
            raise
        raise PortAudioFailed(UNUSABLE, RESTART_SOUND, reason=_words(error)) from error
    return sounddevice


def _words(error: Exception) -> str:
    return str(error.args[0]) if error.args else "unknown error"


def stream_opened() -> None:
    """Tells that a stream is open, which forbids ``refresh``."""
    global _open_streams
    with _lock:
        _open_streams += 1


def stream_closed() -> None:
    """Tells that a stream was closed."""
    global _open_streams
    with _lock:
        _open_streams -= 1


def refresh() -> bool:
    """Makes PortAudio look for devices again; False where an open stream forbids it."""
    with portaudio() as sounddevice:
        if _open_streams:
            return False
        with database_shut():
            sounddevice._terminate()
            sounddevice._initialize()
        return True


def _devices(kind: Kind) -> list[Device]:
    with portaudio() as sounddevice:
        hosts = [host["name"] for host in sounddevice.query_hostapis()]
        default = sounddevice.default.device[0 if kind == "input" else 1]
        listed = [
            _device(index, entry, hosts[entry["hostapi"]], kind, default)
            for index, entry in enumerate(sounddevice.query_devices())
            if entry[f"max_{kind}_channels"] > 0
        ]
    return sorted(listed, key=lambda device: not device.default)


def _connected(device: Device, transport: Transport) -> Device:
    return replace(
        device,
        bluetooth=transport is Transport.BLUETOOTH,
        built_in=transport is Transport.BUILT_IN or (transport is Transport.OTHER and device.built_in),
    )


def _device(index: int, entry: dict[str, Any], host: str, kind: Kind, default: int) -> Device:
    name = str(entry["name"])
    return Device(
        id=f"{host}: {name}",
        name=name,
        index=index,
        channels=entry[f"max_{kind}_channels"],
        rate_hz=round(entry["default_samplerate"]),
        default=index == default,
        bluetooth=any(word in name.lower() for word in BLUETOOTH_WORDS),
        built_in=any(word in name.lower() for word in BUILT_IN_WORDS),
    )
