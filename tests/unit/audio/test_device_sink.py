"""A speaker that is pulled out: whoever asks the sink meanwhile gets an answer, not a wait."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from engine.audio.device_sink import DeviceSink
from engine.audio.device_stream import CRing, Playing
from engine.audio.devices import UNUSABLE, Device, PortAudioFailed
from engine.errors import DeviceLost, SpeakerUnavailable
from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ

WATCHDOG_S = 10.0
HEARD_SAMPLES = 2_400


class Stream:
    """An ``OutputStream`` whose callback takes what a test lets it take."""

    rate_hz, latency_s, channels = SPEECH_RATE_HZ, 0.035, 1

    def __init__(self) -> None:
        self.lives = True
        self.closed = False
        self.ring: CRing | None = None
        self.heard = 0

    def play(self, ring: CRing) -> Playing:
        self.ring = ring
        return Playing(None, 0)

    def plays(self, playing: Playing) -> bool:
        return self.lives

    def alive(self) -> bool:
        return self.lives and not self.closed

    def block_frames(self) -> int:
        return 240

    def heard_frames(self, playing: Playing) -> int:
        assert not self.closed
        return self.heard

    def heard_from_s(self, playing: Playing) -> float | None:
        assert not self.closed
        return 1.0

    def underflows(self, playing: Playing) -> int:
        return 0

    def take(self, samples: int) -> None:
        """The callback takes samples, which are heard at once."""
        assert self.ring is not None
        self.ring.buffer.read(samples)
        self.heard += samples

    def close(self) -> None:
        self.closed = True


class Devices:
    """The machine's speakers: streams in the order they are opened, each when a test lets it be."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.let, self.opening = threading.Event(), threading.Event()
        self.let.set()
        self.missing = False
        self.opened_on: list[str] = []

    def open(self, device: Device, rate_hz: int, latency_s: float | None) -> Stream:
        self.opening.set()
        assert self.let.wait(WATCHDOG_S)
        if self.missing:
            raise PortAudioFailed(UNUSABLE, reason="no such device")
        self.opened_on.append(threading.current_thread().name)
        self.streams.append(Stream())
        return self.streams[-1]


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Iterator[Devices]:
    devices = Devices()
    only = Device("Any: speaker", "speaker", 0, 1, SPEECH_RATE_HZ, default=True)
    monkeypatch.setattr("engine.audio.device_sink.OutputStream", devices.open)
    monkeypatch.setattr("engine.audio.devices.outputs", lambda: [only])
    monkeypatch.setattr("engine.audio.devices.refresh", lambda: True)
    yield devices
    devices.let.set()


def until(condition: Callable[[], Any]) -> None:
    limit_s = time.monotonic() + WATCHDOG_S
    while not condition():
        assert time.monotonic() < limit_s, "it never came about"
        time.sleep(0.001)


def tone(seconds: float) -> Pcm:
    return np.full(round(seconds * SPEECH_RATE_HZ), 0.3, np.float32)


def playing(devices: Devices) -> DeviceSink:
    """A sink in the middle of a reply of one second, whose speaker has just been pulled out."""
    sink = DeviceSink()
    sink.open()
    sink.start()
    assert sink.write(tone(1.0)) == SPEECH_RATE_HZ
    devices.streams[0].take(HEARD_SAMPLES)
    assert sink.position_samples() == HEARD_SAMPLES
    devices.let.clear()
    devices.opening.clear()
    devices.streams[0].lives = False
    return sink


def test_the_reply_goes_on_at_another_device_and_nobody_waits_for_it_to_open(devices: Devices) -> None:
    sink = playing(devices)
    assert sink.position_samples() == HEARD_SAMPLES
    assert devices.opening.wait(WATCHDOG_S)
    assert sink.write(tone(0.1)) == 0, "there is no room until there is a device"
    assert sink.position_samples() == HEARD_SAMPLES
    assert sink.started_at_s() == 1.0
    assert sink.underruns() == 0
    sink.finish()
    assert not sink.drained()
    devices.let.set()
    until(lambda: len(devices.streams) == 2 and devices.streams[1].ring is not None)
    devices.streams[1].take(SPEECH_RATE_HZ - HEARD_SAMPLES)
    until(sink.drained)
    assert sink.position_samples() == SPEECH_RATE_HZ
    assert sink.underruns() == 1
    assert devices.opened_on[1] != threading.current_thread().name
    assert devices.streams[0].closed
    sink.close()


def test_a_reply_that_is_cut_between_two_devices_is_not_heard_at_the_next(devices: Devices) -> None:
    sink = playing(devices)
    sink.position_samples()
    assert devices.opening.wait(WATCHDOG_S)
    assert sink.flush() >= HEARD_SAMPLES
    devices.let.set()
    until(lambda: len(devices.streams) == 2)
    sink.open()  # returns once the move is over
    assert devices.streams[1].ring is None
    sink.start()
    assert sink.write(tone(0.1)) == 0.1 * SPEECH_RATE_HZ
    sink.close()


def test_a_speaker_without_a_substitute_is_told_and_the_next_reply_may_try_again(devices: Devices) -> None:
    sink = playing(devices)
    devices.missing = True
    sink.position_samples()
    devices.let.set()

    def told() -> bool:
        try:
            sink.position_samples()
        except DeviceLost as error:
            return bool(error.remedy)
        return False

    until(told)
    with pytest.raises(DeviceLost):
        sink.write(tone(0.1))
    with pytest.raises(SpeakerUnavailable):
        sink.open()
    devices.missing = False
    sink.open()
    sink.start()
    assert sink.write(tone(0.1)) == 0.1 * SPEECH_RATE_HZ
    sink.close()


def test_nobody_waits_for_a_device_that_is_being_opened_between_replies(devices: Devices) -> None:
    sink = playing(devices)
    sink.flush()
    opening = threading.Thread(target=sink.open)
    opening.start()
    assert devices.opening.wait(WATCHDOG_S)
    assert sink.write(tone(0.1)) == 0
    sink.flush()
    sink.position_samples()
    sink.finish()
    sink.drained()
    with pytest.raises(DeviceLost):
        sink.start()
    devices.let.set()
    opening.join(WATCHDOG_S)
    sink.start()
    sink.close()
