"""Speech at another speed."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pcm import Pcm, SpokenWord
from engine.ports import Speech
from engine.tts.stretch import FASTEST, SLOWEST, TimeStretch, stretched
from engine.units import SPEECH_RATE_HZ

SPEEDS = [0.5, 0.8, 1.0, 1.25, 1.7, 2.0]


def voice(seconds: float, pitch_hz: float = 180.0) -> Pcm:
    """Something like a voiced sound: five harmonics under a slow envelope."""
    at_s = np.arange(round(seconds * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    sound = sum(np.sin(2 * np.pi * pitch_hz * (1 + n) * at_s) / (1 + n) for n in range(5))
    return (0.2 * sound * (1 + 0.3 * np.sin(2 * np.pi * 3 * at_s))).astype(np.float32)


def stretch(samples: Pcm, speed: float, size: int) -> Pcm:
    stretch = TimeStretch(speed)
    pieces = [stretch.push(samples[start : start + size]) for start in range(0, len(samples), size)]
    return np.concatenate([*pieces, stretch.flush()])


def pitch_of(samples: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * SPEECH_RATE_HZ / len(samples)


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_takes_the_time_it_should_at_the_same_pitch(speed: float) -> None:
    sound = stretch(voice(2.0), speed, 1920)
    assert len(sound) == round(2.0 * SPEECH_RATE_HZ / speed)
    assert pitch_of(sound[len(sound) // 4 :]) == pytest.approx(180.0, abs=3.0)


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_has_no_clicks_and_keeps_the_level(speed: float) -> None:
    before = voice(2.0)
    after = stretch(before, speed, 1920)[: int(1.9 * SPEECH_RATE_HZ / speed)]
    assert np.max(np.abs(np.diff(after))) < 1.5 * np.max(np.abs(np.diff(before)))
    assert np.sqrt(np.mean(after**2)) == pytest.approx(np.sqrt(np.mean(before**2)), rel=0.1)


@given(
    st.integers(0, 9000),
    st.sampled_from(SPEEDS),
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_the_sound_does_not_depend_on_the_pieces(
    length: int, speed: float, one: int, other: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.1, length).astype(np.float32)
    sound = stretch(samples, speed, max(one, 60))
    assert np.array_equal(sound, stretch(samples, speed, max(other, 60)))
    assert len(sound) == round(length / speed)
    assert np.all(np.isfinite(sound))


def test_natural_speed_changes_nothing() -> None:
    samples = voice(1.0)
    assert np.allclose(stretch(samples, 1.0, 1000), samples, atol=1e-6)


def test_speeds_out_of_range_are_held_to_it() -> None:
    assert TimeStretch(0.1).speed == SLOWEST
    assert TimeStretch(9.0).speed == FASTEST


def test_words_move_with_their_sound() -> None:
    sound = voice(1.0)
    words = [SpokenWord(f"w{n}", n * 4000, n, n + 1) for n in range(6)]
    pieces = [Speech(sound[n * 4000 : (n + 1) * 4000], (words[n],)) for n in range(6)]
    made = 0
    told: list[SpokenWord] = []
    for piece in stretched(iter(pieces), 2.0):
        made += len(piece.samples)
        assert all(word.offset_samples < made for word in piece.words)
        told += piece.words
    assert [(word.text, word.offset_samples) for word in told] == [(f"w{n}", n * 2000) for n in range(6)]
    assert made == SPEECH_RATE_HZ // 2


def test_closing_it_closes_what_speaks() -> None:
    closed = []

    def speech() -> Iterator[Speech]:
        try:
            while True:
                yield Speech(voice(0.1))
        finally:
            closed.append(True)

    reply = stretched(speech(), 1.5)
    next(reply)
    reply.close()  # type: ignore[attr-defined]  # it is a generator
    assert closed == [True]
