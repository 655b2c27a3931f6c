"""What the virtual sound card recorded, held against what was to be heard.

Positions are told by the sound that the card recorded and not by when it arrived, so that a machine that
stops for a moment changes nothing. What such a moment does to the sound itself, a gap, is told from a gap
of Aloud's by the device: it counts the blocks that it was given too late, and such a take is not judged.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from engine.pcm import SILENCE, Pcm, resample
from engine.units import SPEECH_RATE_HZ
from tests.alignment import CERTAIN, HEARD, delays, heard_until
from tests.virtual_audio import CARD_RATE_HZ

WATCHDOG_S = 20.0
CALM_S = 0.15
"""A device buffer that lasts through the pauses of a machine that runs many tests at once."""

TAKES = 5
RINGING = 1.3
"""What a resampler adds to the steepest step of a sound."""


@dataclass
class Take:
    """What the card recorded of a reply, at ``CARD_RATE_HZ``. ``late``: the device was served too late."""

    recorded: Pcm
    late: bool

    @property
    def sounding(self) -> Pcm:
        """From the first sound to the last."""
        loud = np.flatnonzero(np.abs(self.recorded) > HEARD)
        return self.recorded[loud[0] : loud[-1] + 1] if len(loud) else SILENCE

    @property
    def steepest(self) -> float:
        """The largest step from one sample to the next."""
        return float(np.abs(np.diff(self.recorded)).max())


def in_time(take: Callable[[], Take]) -> Take:
    """A take in which the device was served in time; the test is skipped where there is none."""
    for _ in range(TAKES):
        taken = take()
        if not taken.late:
            return taken
    pytest.skip("this machine is too busy to play without gaps of its own")


def on_card(sound: Pcm) -> Pcm:
    """``sound`` at the card's rate."""
    return resample(sound, SPEECH_RATE_HZ, CARD_RATE_HZ)


def steepest(sound: Pcm) -> float:
    """The largest step that ``sound`` itself may make on the card."""
    return RINGING * float(np.abs(np.diff(on_card(sound))).max())


def until(condition: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + WATCHDOG_S
    while not condition():
        assert time.monotonic() < limit_s, "it never came about"
        time.sleep(0.005)


def assert_nothing_is_lost(recorded: Pcm, sound: Pcm) -> None:
    """All of ``sound`` is there in its order, however late each part of it came."""
    found = delays(recorded, on_card(sound), CARD_RATE_HZ)
    in_place = [delay for delay, fit in found if fit > CERTAIN]
    assert len(in_place) >= len(found) - 3  # a gap takes a block of ten apart
    assert all(later >= earlier - 3 for earlier, later in itertools.pairwise(in_place))
    assert_heard_until(recorded, sound, len(sound))


def assert_heard_until(recorded: Pcm, sound: Pcm, position: int) -> None:
    """The sound ended at ``position`` (at ``SPEECH_RATE_HZ``), to within what is too quiet to count."""
    least, most = heard_until(recorded, on_card(sound), CARD_RATE_HZ)
    tolerance_s = 0.008
    assert least / CARD_RATE_HZ <= position / SPEECH_RATE_HZ + tolerance_s
    assert most / CARD_RATE_HZ >= position / SPEECH_RATE_HZ - tolerance_s
