"""When the benchmark of a turn lets go of the key: relative to the end of speech, not of a recording."""

import numpy as np

from benchmarks.spoken import speech_end_samples, spoken
from benchmarks.turn import quantile
from engine.units import HEARING_RATE_HZ
from tests.recorded_speech import RecordedUtterance

CHUNK_S = 0.032


def test_the_end_of_speech_does_not_depend_on_the_quiet_behind_it(
    recorded_speech: tuple[RecordedUtterance, ...],
) -> None:
    for utterance in recorded_speech[:6]:
        end = speech_end_samples(utterance.samples)
        more = np.concatenate([utterance.samples, np.zeros(HEARING_RATE_HZ, np.float32)])
        assert 0 < end <= len(utterance.samples)
        assert speech_end_samples(more) == end or end == len(utterance.samples)


def test_an_utterance_is_cut_at_its_last_sound(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    for utterance in recorded_speech[:6]:
        said = spoken(utterance)
        whole_s = len(utterance.samples) / HEARING_RATE_HZ
        assert abs(said.duration_s + said.quiet_s - whole_s) < 1e-6
        tail = utterance.samples[len(said.samples) :]
        loud = float(np.abs(said.samples).max())
        assert not len(tail) or float(np.abs(tail).max()) < 0.1 * loud
        again_s = speech_end_samples(said.samples) / HEARING_RATE_HZ
        assert said.duration_s - 2 * CHUNK_S <= again_s <= said.duration_s


def test_quantiles_are_values_that_were_measured() -> None:
    assert [quantile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.95)] == [1.0, 2.0, 3.0]
