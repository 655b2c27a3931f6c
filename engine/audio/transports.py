"""How the system says that its sound devices are connected: Bluetooth is not to be guessed from a name.

Linux is asked through PulseAudio (or PipeWire in its place); another system's answer is brought by the
app, with ``engine.audio.devices.use_transports``.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final, Literal, Protocol

log = logging.getLogger(__name__)

Kind = Literal["input", "output"]

ANSWER_WITHIN_S: Final = 1.0
ADAPTERS: Final = Path("/sys/class/bluetooth")
"""Linux lists the Bluetooth adapters here; a machine without one need not be asked."""

THROUGH_THE_SERVER: Final = ("default", "pulse", "pipewire")
"""ALSA's devices by which PortAudio plays to the sound server, whatever device that takes."""


class Transport(Enum):
    """What lies between the machine and the device."""

    BUILT_IN = "built-in"
    BLUETOOTH = "bluetooth"
    OTHER = "other"


class Transports(Protocol):
    """The system's word."""

    def of(self, kind: Kind) -> Mapping[str, Transport]:
        """The transports that are known, by PortAudio's names. Blocks for tens of ms. Never raises."""
        ...


class NoTransports:
    """A system that does not say."""

    def of(self, kind: Kind) -> Mapping[str, Transport]:
        """Nothing."""
        return {}


class PulseTransports:
    """What PulseAudio's own tool says of the default devices.

    PortAudio knows no other of its devices by name. ``adapters``: where the kernel lists Bluetooth
    adapters.
    """

    def __init__(self, adapters: Path = ADAPTERS) -> None:
        self._adapters = adapters

    def of(self, kind: Kind) -> Mapping[str, Transport]:
        """The transport of the default sink or source, under each name that leads to it."""
        if not self._any_adapter():
            return {}
        name = self._default(kind)
        if not name:
            return {}
        bluetooth = name.startswith("bluez") or self._bus(kind, name) == "bluetooth"
        transport = Transport.BLUETOOTH if bluetooth else Transport.OTHER
        return dict.fromkeys(THROUGH_THE_SERVER, transport)

    def _any_adapter(self) -> bool:
        try:
            return any(self._adapters.iterdir())
        except OSError:
            return False

    def _default(self, kind: Kind) -> str:
        what = "Sink" if kind == "output" else "Source"
        chosen = os.environ.get(f"PULSE_{what.upper()}")
        if chosen:
            return chosen
        lines = [line.partition(": ") for line in _pactl("info").splitlines()]
        return next((name.strip() for label, _, name in lines if label == f"Default {what}"), "")

    def _bus(self, kind: Kind, name: str) -> str:
        """The bus of the device of that name, among the properties that are listed below each name."""
        ours = False
        for line in _pactl("list", "sinks" if kind == "output" else "sources").splitlines():
            label, _, value = line.strip().partition(" ")
            if label == "Name:":
                ours = value == name
            elif ours and label == "device.bus":
                return value.strip('= "')
        return ""


def _pactl(*arguments: str) -> str:
    """What the tool prints in English; "" where it is missing, silent or slow."""
    try:
        done = subprocess.run(
            ["pactl", *arguments],
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("PulseAudio does not say how a device is connected: %s", type(error).__name__)
        return ""
    return done.stdout


def open_transports() -> Transports:
    """Those of this system, as far as the engine can ask it."""
    return PulseTransports() if sys.platform == "linux" else NoTransports()
