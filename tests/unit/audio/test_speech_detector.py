import numpy as np
import pytest

from engine.audio.speech_detector import CHUNK_SAMPLES, SpeechDetector
from engine.units import HEARING_RATE_HZ
from tests.recorded_speech import RecordedUtterance


def test_recorded_speech_is_speech_from_its_first_word_to_its_last(
    recorded_speech: tuple[RecordedUtterance, ...],
) -> None:
    samples = recorded_speech[1].samples
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    detector = SpeechDetector()
    detector.feed(samples)
    assert detector.speech_samples == pytest.approx(loud[-1] - loud[0], abs=0.3 * HEARING_RATE_HZ)
    assert loud[-1] - CHUNK_SAMPLES <= detector.last_speech_end_samples <= loud[-1] + 0.3 * HEARING_RATE_HZ


def test_nobody_speaks_once_the_sentence_is_over(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    detector = SpeechDetector()
    detector.feed(recorded_speech[1].samples[:HEARING_RATE_HZ])
    assert detector.speaking
    detector.feed(recorded_speech[1].samples[HEARING_RATE_HZ:])
    detector.feed(np.zeros(HEARING_RATE_HZ // 2, np.float32))
    assert not detector.speaking


@pytest.mark.parametrize("piece", [1, 320, 511, 5_000])
def test_it_does_not_matter_how_the_sound_is_cut(
    recorded_speech: tuple[RecordedUtterance, ...], piece: int
) -> None:
    samples = recorded_speech[14].samples[:20_000]
    whole, pieces = SpeechDetector(), SpeechDetector()
    whole.feed(samples)
    for start in range(0, len(samples), piece):
        pieces.feed(samples[start : start + piece])
    assert pieces.speech_samples == whole.speech_samples > 0
    assert pieces.last_speech_end_samples == whole.last_speech_end_samples


@pytest.mark.parametrize("level", [0.0, 0.003, 0.03])
def test_noise_is_not_speech(level: float) -> None:
    noise = np.random.default_rng(1).normal(0, level, 3 * HEARING_RATE_HZ).astype(np.float32)
    detector = SpeechDetector()
    detector.feed(noise)
    assert detector.speech_samples == 0
    assert not detector.speaking


def test_reset_begins_a_new_stream(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    samples = recorded_speech[1].samples
    detector = SpeechDetector()
    detector.feed(samples)
    first = (detector.speech_samples, detector.last_speech_end_samples)
    detector.reset()
    assert (detector.speaking, detector.speech_samples, detector.last_speech_end_samples) == (False, 0, 0)
    detector.feed(samples)
    assert (detector.speech_samples, detector.last_speech_end_samples) == first
