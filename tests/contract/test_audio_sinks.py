"""What every AudioSink does, whatever is behind it: nothing, a WAV file, or a device that is heard."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.audio.device_sink import DeviceSink
from engine.audio.null import NullSink
from engine.audio.wav_file import WavFileSink
from engine.pcm import Pcm
from engine.ports import AudioSink
from engine.units import SPEECH_RATE_HZ
from tests.fakes.clock import StillClock

WATCHDOG_S = 20.0
CLOCKS_DIFFER_S = 0.05
"""By how much a device's clock, read between two looks at this machine's, may seem to lead it."""

LONGEST_CUT_S = 0.3
"""A device block or two and the fade: what sounds on behind a flush."""


@dataclass
class Rig:
    """A sink, the clock it goes by, and a way to let time pass there."""

    sink: AudioSink
    clock: Callable[[], float]
    pass_s: Callable[[float], None]

    def until(self, condition: Callable[[], bool]) -> None:
        began_s = self.clock()
        while not condition():
            assert self.clock() - began_s < WATCHDOG_S, "it never came about"
            self.pass_s(0.01)


@pytest.fixture(params=["null", "wav", "device", "device that resamples"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    clock = StillClock()
    if request.param == "null":
        rig = Rig(NullSink(clock=clock), clock, clock.go)
    elif request.param == "wav":
        rig = Rig(WavFileSink(tmp_path / "heard.wav", real_time=True, clock=clock), clock, clock.go)
    else:
        request.getfixturevalue("virtual_audio")
        rate_hz = SPEECH_RATE_HZ if request.param == "device" else 44_100
        rig = Rig(DeviceSink(rate_hz=rate_hz), time.monotonic, time.sleep)
    rig.sink.open()
    yield rig
    rig.sink.close()


def tone(seconds: float) -> Pcm:
    time_s = np.arange(round(seconds * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    return (0.3 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


def test_nothing_has_happened_before_the_first_sample(rig: Rig) -> None:
    rig.sink.start()
    assert rig.sink.position_samples() == 0
    assert rig.sink.started_at_s() is None
    assert not rig.sink.drained()
    assert rig.sink.underruns() == 0


def test_a_reply_plays_to_its_end_at_the_pace_of_speech(rig: Rig) -> None:
    rig.sink.start()
    began_s = rig.clock()
    assert rig.sink.write(tone(0.4)) == round(0.4 * SPEECH_RATE_HZ)
    rig.sink.finish()
    positions = []
    first_heard_s = []

    def drained() -> bool:
        positions.append(rig.sink.position_samples())
        if positions[-1]:
            first_heard_s.append(rig.clock() - positions[-1] / SPEECH_RATE_HZ)
        return rig.sink.drained()

    rig.until(drained)
    assert rig.clock() - began_s >= 0.39
    assert positions == sorted(positions)
    assert rig.sink.position_samples() == round(0.4 * SPEECH_RATE_HZ)
    started_at_s = rig.sink.started_at_s()
    assert started_at_s is not None
    assert began_s <= started_at_s <= min(first_heard_s) + CLOCKS_DIFFER_S
    assert rig.sink.underruns() == 0


def test_a_full_sink_takes_less_and_takes_the_rest_later(rig: Rig) -> None:
    rig.sink.start()
    piece = tone(4.0)
    while (taken := rig.sink.write(piece)) == len(piece):
        pass
    later = 0

    def room_again() -> bool:
        nonlocal later
        later += rig.sink.write(piece[taken + later : taken + 480])
        return later == 480

    rig.until(room_again)


def test_a_gap_counts_when_the_reply_goes_on(rig: Rig) -> None:
    rig.sink.start()
    rig.sink.write(tone(0.1))
    rig.until(lambda: rig.sink.position_samples() >= 0.03 * SPEECH_RATE_HZ)
    rig.pass_s(0.3)
    assert rig.sink.underruns() == 0
    rig.sink.write(tone(0.1))
    assert rig.sink.underruns() == 1
    rig.sink.finish()
    positions = [round(0.03 * SPEECH_RATE_HZ)]

    def drained() -> bool:
        positions.append(rig.sink.position_samples())
        return rig.sink.drained()

    rig.until(drained)
    assert positions == sorted(positions)
    assert rig.sink.position_samples() == round(0.2 * SPEECH_RATE_HZ)
    assert rig.sink.underruns() == 1


def test_a_flush_ends_the_reply_where_it_says(rig: Rig) -> None:
    rig.sink.start()
    rig.sink.write(tone(3.0))
    rig.until(lambda: rig.sink.position_samples() > 0)
    before, before_s = rig.sink.position_samples(), rig.clock()
    cut = rig.sink.flush()
    passed_s = rig.clock() - before_s
    assert before < cut <= before + (LONGEST_CUT_S + passed_s) * SPEECH_RATE_HZ
    assert rig.sink.write(tone(0.1)) == 0
    assert rig.sink.flush() == cut
    rig.pass_s(0.5)
    assert rig.sink.position_samples() == cut
    assert not rig.sink.drained()
    rig.sink.finish()
    assert rig.sink.drained()


def test_an_empty_reply_is_over_at_once(rig: Rig) -> None:
    rig.sink.start()
    rig.sink.finish()
    assert rig.sink.drained()
    assert rig.sink.flush() == 0


@pytest.mark.parametrize("how", ["in the middle", "flushed", "played"])
def test_the_next_reply_begins_at_nothing(rig: Rig, how: str) -> None:
    rig.sink.start()
    rig.sink.write(tone(0.2 if how == "played" else 3.0))
    if how == "flushed":
        rig.sink.flush()
    if how == "played":
        rig.sink.finish()
        rig.until(rig.sink.drained)
    rig.sink.start()
    assert rig.sink.position_samples() == 0
    assert rig.sink.started_at_s() is None
    assert rig.sink.underruns() == 0
    rig.sink.write(tone(0.2))
    rig.sink.finish()
    rig.until(rig.sink.drained)
    assert rig.sink.position_samples() == round(0.2 * SPEECH_RATE_HZ)


def test_opening_and_closing_twice_is_harmless(rig: Rig) -> None:
    rig.sink.open()
    rig.sink.close()
    rig.sink.close()
    rig.sink.open()
    rig.sink.start()
    assert rig.sink.write(tone(0.1)) == round(0.1 * SPEECH_RATE_HZ)
