"""What every AudioSource does, whatever is behind it: nothing, a WAV file, or a device that hears."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.audio.background import BackgroundSource
from engine.audio.device_source import DeviceSource
from engine.audio.null import NullSource
from engine.audio.wav_file import WavFileSource
from engine.pcm import SILENCE, Pcm, write_wav
from engine.ports import AudioSource
from engine.units import HEARING_RATE_HZ
from tests.fakes.clock import StillClock

LATENESS_S = 0.5
"""The most that a device may keep back of what it has heard."""


@dataclass
class Rig:
    """A source and a way to let time pass there."""

    source: AudioSource
    pass_s: Callable[[float], None]
    lateness_s: float = 0.0

    def hear(self, seconds: float) -> Pcm:
        heard = [SILENCE]
        for _ in range(round(seconds / 0.02)):
            self.pass_s(0.02)
            heard.append(self.source.read())
        return np.concatenate(heard)


@pytest.fixture(params=["null", "wav", "device", "device in the background"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    clock = StillClock()
    if request.param == "null":
        rig = Rig(NullSource(clock=clock), clock.go)
    elif request.param == "wav":
        write_wav(tmp_path / "said.wav", np.full(4_000, 0.1, np.float32), HEARING_RATE_HZ)
        rig = Rig(WavFileSource(tmp_path / "said.wav", clock=clock), clock.go)
    else:
        request.getfixturevalue("virtual_audio")
        source = DeviceSource()
        background = request.param == "device in the background"
        rig = Rig(BackgroundSource(source) if background else source, time.sleep, LATENESS_S)
    yield rig
    rig.source.close()


def test_a_closed_source_gives_nothing(rig: Rig) -> None:
    assert len(rig.source.read()) == 0


def test_an_open_source_gives_sound_at_the_pace_of_time(rig: Rig) -> None:
    rig.source.open()
    heard = rig.hear(1.0)
    assert heard.dtype == np.float32
    assert heard.ndim == 1
    assert len(heard) >= (1.0 - rig.lateness_s) * HEARING_RATE_HZ
    if not rig.lateness_s:
        assert len(heard) == HEARING_RATE_HZ


def test_what_came_before_closing_is_dropped(rig: Rig) -> None:
    rig.source.open()
    rig.pass_s(0.3)
    rig.source.close()
    assert len(rig.source.read()) == 0
    rig.source.open()
    assert len(rig.source.read()) <= 0.1 * HEARING_RATE_HZ


def test_opening_and_closing_twice_is_harmless(rig: Rig) -> None:
    rig.source.open()
    rig.source.open()
    assert len(rig.hear(0.3)) <= 0.6 * HEARING_RATE_HZ
    rig.source.close()
    rig.source.close()


def test_it_is_live_once_it_gives_sound_and_until_it_is_closed(rig: Rig) -> None:
    told = [rig.source.live]
    rig.source.open()
    rig.hear(0.6)
    told.append(rig.source.live)
    rig.source.close()
    told.append(rig.source.live)
    assert told == [False, True, False]
