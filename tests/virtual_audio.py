"""A speaker and a microphone on a machine that has none: a private PulseAudio with two null sinks.

PortAudio reaches them through ALSA's pulse plugin. What is played into the sink ``vmic`` is what the
microphone hears; the monitor of ``vsink`` is what left the speaker. Linux only; needs the packages
that ``packaging/system.sh`` lists for tests. Nothing of the user's own sound set-up is touched.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from engine.audio.jack import database_shut
from engine.pcm import Pcm, resample

CARD_RATE_HZ: Final = 48_000
"""The rate that the virtual card runs at, so that every stream is resampled as on a real one."""

STARTING_LIMIT_S: Final = 20.0
RECORDING_LIMIT_S: Final = 20.0

ALSA_CONFIG: Final = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.pulse { type pulse }
ctl.pulse { type pulse }
"""


class VirtualAudioFailed(Exception):
    """The virtual sound card does not start or gives no sound; the message holds PulseAudio's own words."""


def available() -> bool:
    """Whether this machine has what a virtual sound card needs."""
    return all(shutil.which(program) for program in ("pulseaudio", "pactl", "parec", "pacat"))


class Recording:
    """What leaves the virtual speaker, from ``VirtualAudio.record`` until ``stop``.

    A thread of its own reads, so that nothing is lost while the test does something else.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._data = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        self._grew = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="virtual-speaker", daemon=True)
        self._reader.start()
        self._wait_for(1)

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            with self._grew:
                self._data += data
                self._arrivals.append((time.monotonic(), len(self._data) // 4))
                self._grew.notify_all()

    def _wait_for(self, samples: int) -> None:
        with self._grew:
            if not self._grew.wait_for(lambda: len(self._data) // 4 >= samples, RECORDING_LIMIT_S):
                raise VirtualAudioFailed(f"the virtual speaker gave no sound for {RECORDING_LIMIT_S:g} s")

    def so_far(self, rate_hz: int = CARD_RATE_HZ) -> Pcm:
        """Everything recorded until now, mono at ``rate_hz``. The recording goes on."""
        with self._grew:
            whole = bytes(self._data[: len(self._data) // 4 * 4])
        return resample(np.frombuffer(whole, np.float32), CARD_RATE_HZ, rate_hz)

    def position_at(self, at_s: float, rate_hz: int = CARD_RATE_HZ) -> int:
        """The sample that the card played at ``at_s`` (``time.monotonic``), to within about 20 ms.

        The card keeps real time; whatever held up a piece of sound on its way here made it later, so
        the piece that was held up least tells when the recording began.
        """
        with self._grew:
            began_at_s = min(arrived_s - samples / CARD_RATE_HZ for arrived_s, samples in self._arrivals)
        return max(0, round((at_s - began_at_s) * rate_hz))

    def wait(self, more_s: float) -> None:
        """Blocks until ``more_s`` more seconds of sound (or silence) have been recorded."""
        with self._grew:
            present = len(self._data) // 4
        self._wait_for(present + round(more_s * CARD_RATE_HZ))

    def stop(self, rate_hz: int = CARD_RATE_HZ, *, tail_s: float = 0.3) -> Pcm:
        """Ends the recording after ``tail_s`` more and returns all of it, mono at ``rate_hz``.

        The tail lets what was in the card's buffers come out. Harmless when stopped.
        """
        if self._process.poll() is None:
            self.wait(tail_s)
        _end(self._process)
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return self.so_far(rate_hz)


class VirtualAudio:
    """The virtual sound card: a context manager that this process and its children then play to.

    ``environment`` is what they need; entering puts it into ``os.environ`` and makes an already
    imported sounddevice look again, leaving undoes both. ``PULSE_SINK`` and ``PULSE_SOURCE`` name
    the default devices, so PortAudio's "default" and "pulse" both lead here.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aloud-sound-"))
        socket = self.folder / "native"
        alsa = self.folder / "alsa.conf"
        alsa.write_text(ALSA_CONFIG, encoding="utf-8")
        self.environment = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_COOKIE": str(self.folder / "cookie"),
            "PULSE_RUNTIME_PATH": str(self.folder),
            "PULSE_SINK": "vsink",
            "PULSE_SOURCE": "vmic.monitor",
            "ALSA_CONFIG_PATH": str(alsa),
        }
        self._log = self.folder / "pulseaudio.log"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        try:
            self._start_daemon()
        except BaseException:
            self.close()
            raise
        self._before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        if "sounddevice" in sys.modules:  # it listed the devices when it was imported
            with database_shut():
                sys.modules["sounddevice"]._terminate()
                sys.modules["sounddevice"]._initialize()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_daemon(self) -> None:
        private = {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}
        modules = [  # the socket comes last: whoever can connect finds the sinks
            # Without norewinds a stream starts 1 to 2 s late on a null sink.
            f"module-null-sink sink_name=vsink rate={CARD_RATE_HZ} norewinds=1",
            f"module-null-sink sink_name=vmic rate={CARD_RATE_HZ} norewinds=1",
            f"module-native-protocol-unix socket={self.folder / 'native'} auth-anonymous=1",
        ]
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--realtime=no", "--high-priority=no"]
        loads = [part for module in modules for part in ("-L", module)]
        with self._log.open("wb") as log:
            self._daemon = subprocess.Popen(
                ["pulseaudio", *options, *loads],
                env=os.environ | private,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_for_daemon(self._daemon)

    def _wait_for_daemon(self, daemon: "subprocess.Popen[bytes]") -> None:
        until_s = time.monotonic() + STARTING_LIMIT_S
        while time.monotonic() < until_s and daemon.poll() is None:
            if self._pactl("info").returncode == 0:
                return
            time.sleep(0.05)
        said = self._log.read_text(errors="replace")[-2000:]
        raise VirtualAudioFailed(f"PulseAudio does not start:\n{said}")

    def _pactl(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            ["pactl", *arguments], env=os.environ | self.environment, capture_output=True, check=False
        )

    def play(self, samples: Pcm, rate_hz: int) -> "subprocess.Popen[bytes]":
        """Speaks mono ``samples`` into the microphone; returns at once. ``wait()`` on it for the end."""
        file = tempfile.NamedTemporaryFile(dir=self.folder, suffix=".f32", delete=False)  # noqa: SIM115 (pacat reads it later)
        with file:
            file.write(samples.astype("<f4").tobytes())
        form = ["--format=float32le", f"--rate={rate_hz}", "--channels=1", "--latency-msec=200"]
        player = subprocess.Popen(
            ["pacat", "--playback", "--raw", "--device=vmic", *form, file.name],
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
        )
        self._players.append(player)
        return player

    @contextmanager
    def record(self) -> Iterator[Recording]:
        """Records what leaves the speaker; sound is being captured from the first line of the block."""
        form = ["--format=float32le", f"--rate={CARD_RATE_HZ}", "--channels=1", "--latency-msec=20"]
        recording = Recording(
            subprocess.Popen(
                ["parec", "--raw", "--device=vsink.monitor", *form],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            )
        )
        try:
            yield recording
        finally:
            recording.stop(tail_s=0.0)

    def unplug(self) -> None:
        """Takes the whole card away while it may be in use. It does not come back."""
        if self._daemon is not None:
            _end(self._daemon)

    def close(self) -> None:
        """Ends the card and puts the environment back. Harmless when closed."""
        entered, self._before = self._before, {}
        plugged = self._daemon is not None and self._daemon.poll() is None
        sounddevice = sys.modules.get("sounddevice") if entered and plugged else None
        if sounddevice is not None:
            sounddevice._terminate()  # while the daemon answers: a stream left open hangs without it
        for process in (*self._players, *([self._daemon] if self._daemon else [])):
            _end(process)
        self._players, self._daemon = [], None
        for name, value in entered.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if sounddevice is not None:
            with database_shut():
                sounddevice._initialize()
        shutil.rmtree(self.folder, ignore_errors=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
