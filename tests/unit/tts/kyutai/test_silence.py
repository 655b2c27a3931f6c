import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.tts.kyutai.silence import LEAD_IN_SAMPLES, LeadingSilence


@given(st.integers(0, 4_000), st.integers(0, 5_000), st.integers(1, 700))
def test_it_cuts_silence_up_to_the_limit_however_it_arrives(silent: int, limit: int, piece: int) -> None:
    samples = np.concatenate((np.full(silent, 0.001, np.float32), np.full(1_000, 0.5, np.float32)))
    silence = LeadingSilence(limit)
    kept = np.concatenate([silence.cut(samples[at : at + piece]) for at in range(0, len(samples), piece)])
    assert silence.cut_samples == len(samples) - len(kept)
    assert np.array_equal(kept, samples[silence.cut_samples :])
    assert silence.cut_samples <= min(silent, limit)
    # At most the lead-in and the beginning of the piece with the first sound stay.
    assert silence.cut_samples >= min(limit, max(0, silent - LEAD_IN_SAMPLES - piece))


def test_silence_after_the_first_sound_stays() -> None:
    silence = LeadingSilence(10_000)
    silence.cut(np.full(100, 0.5, np.float32))
    assert len(silence.cut(np.zeros(500, np.float32))) == 500
