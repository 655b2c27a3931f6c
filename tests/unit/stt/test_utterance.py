"""Checks and cuts that come before any recogniser."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pcm import SILENCE, Pcm
from engine.stt.utterance import checked, cut_at_quiet, is_silent, padded, quietest
from engine.units import HEARING_RATE_HZ


def noise(duration_s: float, level: float) -> Pcm:
    samples = round(duration_s * HEARING_RATE_HZ)
    return (np.random.default_rng(0).standard_normal(samples) * level).astype(np.float32)


def test_integers_and_stereo_are_refused_and_what_is_no_number_is_silence() -> None:
    with pytest.raises(TypeError, match="int16"):
        checked(np.zeros(10, np.int16))
    with pytest.raises(ValueError, match="mono"):
        checked(np.zeros((10, 2), np.float32))
    mended = checked(np.array([0.5, np.nan, np.inf], np.float64))
    assert mended.dtype == np.float32
    assert mended.tolist() == [0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("samples", "silent"),
    [
        (SILENCE, True),
        (np.zeros(16_000, np.float32), True),
        (np.full(16_000, 0.3, np.float32), True),  # an offset is not a sound
        (noise(1.0, 0.0005), True),
        (noise(1.0, 0.02), False),
        (noise(0.01, 0.02), False),
        (np.concatenate([np.zeros(32_000, np.float32), noise(0.1, 0.02)]), False),
    ],
)
def test_silence_is_told_from_sound(samples: Pcm, silent: bool) -> None:
    assert is_silent(samples) is silent


@given(st.integers(0, 5_000), st.integers(100, 2_000))
def test_cutting_loses_nothing_and_keeps_to_the_limit(samples: int, longest: int) -> None:
    sound = np.arange(samples, dtype=np.float32)
    pieces = list(cut_at_quiet(sound, longest))
    assert all(0 < len(piece) <= longest for piece in pieces)
    assert np.array_equal(np.concatenate([SILENCE, *pieces]), sound)


def test_the_cut_lies_in_the_pause() -> None:
    loud, pause = noise(3.0, 0.1), np.zeros(round(0.2 * HEARING_RATE_HZ), np.float32)
    sound = np.concatenate([loud, pause, loud])
    first, second = cut_at_quiet(sound, round(4.0 * HEARING_RATE_HZ))
    assert len(loud) <= len(first) <= len(loud) + len(pause)
    assert quietest(sound, 0, 10) == 10
    assert len(second) == len(sound) - len(first)


def test_padding_goes_around() -> None:
    assert padded(np.ones(2, np.float32), 1).tolist() == [0.0, 1.0, 1.0, 0.0]
