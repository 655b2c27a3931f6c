"""How well browsers play in step: ``python -m benchmarks.sync [--json] [--seconds 20] [--browsers 2]``.

Real Chromium, one process a listener, joins a room on this machine. Each plays into a channel of its own
of one virtual sound card, so that what left their loudspeakers is recorded on one clock. Linux, with
PulseAudio and Chromium.

skew_p50_ms, skew_p95_ms, skew_max_ms  between the earliest and the latest browser, in windows of 0.5 s,
                        from the cross-correlation of what they played
undisturbed_p95_ms      of the windows that are at least 1.5 s after the last stall of any browser: a browser
                        that gets no processor leaves its device without sound, which nothing can foresee
undisturbed_windows     how many these were, of windows
stalls                  holes of 2 ms and more in what was played
join_to_sound_ms        from the tap to the first sound, while somebody is speaking: the slower browser
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.machine import describe_machine, print_machine
from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ
from tests.fakes.browser import browser, chromium, open_page, page_options, speak
from tests.fakes.room import served
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio, available

WINDOW_S: Final = 0.5
FURTHEST_S: Final = 0.1
AUDIBLE: Final = 0.02
HOLE_S: Final = 0.002
RECOVERY_S: Final = 1.5

Channels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    browsers: int
    seconds: float
    windows: int
    skew_p50_ms: float
    skew_p95_ms: float
    skew_max_ms: float
    undisturbed_windows: int
    undisturbed_p95_ms: float
    stalls: int
    join_to_sound_ms: float


class SharedCard:
    """A virtual card with a channel for each browser, recorded as a whole."""

    def __init__(self, card: VirtualAudio, channels: int) -> None:
        self._environment = {**os.environ, **card.environment}
        self._channels = channels
        places = ["front-left", "front-right", "rear-left", "rear-right"][:channels]
        self._load(
            "module-null-sink", "sink_name=together", f"rate={CARD_RATE_HZ}", f"channels={channels}",
            f"channel_map={','.join(places)}", "norewinds=1",
        )  # fmt: skip
        for number, place in enumerate(places):
            self._load(
                "module-remap-sink", f"sink_name=part{number}", "master=together", "channels=1",
                "channel_map=mono", f"master_channel_map={place}", "remix=no",
            )  # fmt: skip

    def _load(self, *module: str) -> None:
        subprocess.run(
            ["pactl", "load-module", *module], env=self._environment, check=True, capture_output=True
        )

    def recorder(self) -> "subprocess.Popen[bytes]":
        """Begins to record; raw float32, all channels, on its standard output."""
        return subprocess.Popen(
            ["parec", "--raw", "--device=together.monitor", "--format=float32le", f"--rate={CARD_RATE_HZ}",
             f"--channels={self._channels}", "--latency-msec=10"],
            env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip


class Tape:
    """Reads a recorder in the background and knows when each sample arrived."""

    def __init__(self, recorder: "subprocess.Popen[bytes]", channels: int) -> None:
        self._recorder = recorder
        self._channels = channels
        self._data = bytearray()
        self._arrived: list[tuple[float, int]] = []
        self._reading = asyncio.create_task(asyncio.to_thread(self._read))

    def _read(self) -> None:
        assert self._recorder.stdout is not None
        while data := os.read(self._recorder.stdout.fileno(), 1 << 16):
            self._data += data
            self._arrived.append((time.monotonic(), len(self._data) // (4 * self._channels)))

    def __len__(self) -> int:
        """Samples so far, of each channel."""
        return len(self._data) // (4 * self._channels)

    def sample_at(self, at_s: float) -> int:
        """The sample that was being played at ``at_s`` (``time.monotonic``), to within about 10 ms.

        Of all arrivals the promptest one says where the recording stood.
        """
        begun_s = min(arrived_s - samples / CARD_RATE_HZ for arrived_s, samples in self._arrived)
        return round((at_s - begun_s) * CARD_RATE_HZ)

    async def stop(self) -> Channels:
        """Ends the recording and returns it, a row a channel."""
        self._recorder.terminate()
        await self._reading
        self._recorder.wait()
        if self._recorder.stdout is not None:
            self._recorder.stdout.close()
        whole = len(self._data) // (4 * self._channels) * 4 * self._channels
        return np.frombuffer(bytes(self._data[:whole]), np.float32).reshape(-1, self._channels).T


def noise(seconds: float) -> Pcm:
    """Speech-like noise: no two stretches of it are alike, so a delay can't be mistaken."""
    dice = np.random.default_rng(1)
    white = dice.standard_normal(round(seconds * SPEECH_RATE_HZ))
    spectrum = np.fft.rfft(white)
    hz = np.fft.rfftfreq(len(white), 1 / SPEECH_RATE_HZ)
    spectrum[(hz < 200) | (hz > 4_000)] = 0
    shaped = np.fft.irfft(spectrum, len(white))
    return (0.1 * shaped / np.std(shaped)).astype(np.float32)


def delay_ms(first: Channels, second: Channels) -> float:
    """By how much ``second`` is later than ``first``."""
    size = 2 * len(first)
    spectrum = np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size))
    correlation = np.fft.irfft(spectrum, size)
    furthest = round(FURTHEST_S * CARD_RATE_HZ)
    around = np.concatenate([correlation[-furthest:], correlation[: furthest + 1]])
    peak = int(np.argmax(around))
    if 0 < peak < len(around) - 1:  # between two samples, from the parabola through three
        left, middle, right = around[peak - 1 : peak + 2]
        offset = 0.5 * (left - right) / (left - 2 * middle + right)
    else:
        offset = 0.0
    return float((peak - furthest + offset) * 1_000 / CARD_RATE_HZ)


def heard_from(channel: Channels) -> int:
    """The first sample that is heard."""
    return int(np.argmax(np.abs(channel) > AUDIBLE))


def holes(channel: Channels) -> list[int]:
    """Where a stretch of silence ends that the voice did not have."""
    sounding = np.flatnonzero(np.abs(channel) > 1e-5)
    gaps = np.diff(sounding) > HOLE_S * CARD_RATE_HZ
    return [int(end) for end in sounding[1:][gaps]]


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of the recording: how far the browsers were apart, and whether none had just stalled."""

    skew_ms: float
    undisturbed: bool


def windows_of(channels: Channels) -> list[Window]:
    """Every window in which all are heard."""
    size = round(WINDOW_S * CARD_RATE_HZ)
    stalls = [end for channel in channels for end in (heard_from(channel), *holes(channel))]
    found = []
    for start in range(max(map(heard_from, channels)), channels.shape[1] - size, size):
        part = channels[:, start : start + size]
        if np.std(part, axis=1).min() < AUDIBLE:  # somebody does not play
            continue
        delays = [0.0, *(delay_ms(part[0], other) for other in part[1:])]
        calm = all(not start - RECOVERY_S * CARD_RATE_HZ < end < start + size for end in stalls)
        found.append(Window(max(delays) - min(delays), calm))
    return found


async def play_together(browsers: int, seconds: float) -> tuple[Channels, list[float]]:
    """Lets ``browsers`` join while a voice is heard: what each played, and milliseconds from tap to sound."""
    with VirtualAudio() as card:
        shared = SharedCard(card, browsers)
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(served(page_options()))
            pages = []
            for number in range(browsers):
                chrome = await stack.enter_async_context(browser((), {"PULSE_SINK": f"part{number}"}))
                pages.append(await open_page(chrome, server))
            tape = Tape(shared.recorder(), browsers)
            speak(server, 1, noise(seconds + 4.0), SPEECH_RATE_HZ)
            await asyncio.sleep(1.5)
            tapped_s = []
            for page in pages:
                tapped_s.append(time.monotonic())
                await page.get_by_role("button", name="Join").click()
            await asyncio.sleep(seconds)
            channels = await tape.stop()
    joined_ms = [
        (heard_from(channel) - tape.sample_at(at_s)) * 1_000 / CARD_RATE_HZ
        for channel, at_s in zip(channels, tapped_s, strict=True)
    ]
    return channels, joined_ms


def figures_of(seconds: float, channels: Channels, joined_ms: list[float]) -> Figures:
    """Sums up what was recorded."""
    windows = windows_of(channels)
    calm = [window.skew_ms for window in windows if window.undisturbed]
    p50, p95, most = np.percentile([window.skew_ms for window in windows], [50, 95, 100])
    return Figures(
        browsers=len(channels),
        seconds=seconds,
        windows=len(windows),
        skew_p50_ms=round(float(p50), 2),
        skew_p95_ms=round(float(p95), 2),
        skew_max_ms=round(float(most), 2),
        undisturbed_windows=len(calm),
        undisturbed_p95_ms=round(float(np.percentile(calm, 95)), 2) if calm else -1.0,
        stalls=sum(len(holes(channel)) for channel in channels),
        join_to_sound_ms=round(max(joined_ms), 1),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="How well browsers play in step.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--browsers", type=int, default=2, choices=range(2, 5))
    options = parser.parse_args()
    if chromium() is None or not available():
        parser.exit(1, "This needs Chromium and PulseAudio; packaging/system.sh installs both on Debian.\n")
    print_machine()
    channels, joined_ms = asyncio.run(play_together(options.browsers, options.seconds))
    figures = figures_of(options.seconds, channels, joined_ms)
    for name, value in asdict(figures).items():
        print(f"{name:22}{value}")
    if options.json:
        print(json.dumps({"benchmark": "sync", "machine": describe_machine(), **asdict(figures)}))


if __name__ == "__main__":
    main()
