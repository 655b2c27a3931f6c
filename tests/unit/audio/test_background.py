import threading
import time

import numpy as np
import pytest

from engine.audio.background import BackgroundSource
from engine.errors import DeviceLost, MicrophoneUnavailable
from engine.pcm import Pcm

WATCHDOG_S = 10.0


class SlowMicrophone:
    """Opens when a test lets it."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.calls: list[str] = []
        self.missing = False
        self.lost = False
        self.live = False
        self.closing_threads: list[str] = []

    def open(self) -> None:
        assert self.let.wait(WATCHDOG_S)
        self.calls.append("open")
        if self.missing:
            raise MicrophoneUnavailable("none", "get one")

    def read(self) -> Pcm:
        if self.lost:
            raise DeviceLost("gone", "plug it in")
        self.live = True
        return np.ones(4, np.float32)

    def close(self) -> None:
        self.calls.append("close")
        self.closing_threads.append(threading.current_thread().name)


def first_sound(source: BackgroundSource) -> Pcm:
    limit_s = time.monotonic() + WATCHDOG_S
    while not len(samples := source.read()):
        assert time.monotonic() < limit_s
        time.sleep(0.001)
    return samples


def test_nothing_is_heard_until_the_microphone_is_open() -> None:
    microphone = SlowMicrophone()
    source = BackgroundSource(microphone)
    source.open()
    assert len(source.read()) == 0
    microphone.let.set()
    assert len(first_sound(source)) == 4


def test_a_microphone_closed_while_it_opens_is_opened_and_closed_in_order() -> None:
    microphone = SlowMicrophone()
    source = BackgroundSource(microphone)
    source.open()
    source.close()
    source.close()
    assert len(source.read()) == 0
    source.open()
    source.open()
    microphone.let.set()
    first_sound(source)
    assert microphone.calls == ["open", "close", "open"]


@pytest.mark.parametrize("fault", ["missing", "lost"])
def test_what_fails_is_told_once_to_whoever_reads(fault: str) -> None:
    microphone = SlowMicrophone()
    microphone.let.set()
    setattr(microphone, fault, True)
    source = BackgroundSource(microphone)
    source.open()
    with pytest.raises(MicrophoneUnavailable if fault == "missing" else DeviceLost):
        first_sound(source)
    assert len(source.read()) == 0
    setattr(microphone, fault, False)
    source.open()
    assert len(first_sound(source)) == 4


def test_it_is_live_from_the_first_sound_until_it_is_closed() -> None:
    microphone = SlowMicrophone()
    source = BackgroundSource(microphone)
    told = [source.live]
    source.open()
    told.append(source.live)
    microphone.let.set()
    first_sound(source)
    told.append(source.live)
    source.close()
    told.append(source.live)
    assert told == [False, False, True, False]


def test_a_microphone_that_is_lost_is_closed_where_nobody_waits_for_it() -> None:
    microphone = SlowMicrophone()
    microphone.let.set()
    source = BackgroundSource(microphone)
    source.open()
    first_sound(source)
    microphone.lost = True
    with pytest.raises(DeviceLost):
        source.read()
    microphone.lost = False
    source.open()
    first_sound(source)
    assert microphone.calls == ["open", "close", "open"]
    assert threading.current_thread().name not in microphone.closing_threads
