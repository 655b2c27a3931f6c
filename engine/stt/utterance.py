"""What every recogniser does to an utterance first: refuse what isn't PCM, tell silence, cut what is long.

Pure functions over mono float32 at ``HEARING_RATE_HZ``; about 0.1 ms for 10 s of sound.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.pcm import SILENCE, Pcm
from engine.units import HEARING_RATE_HZ, s_to_samples

SILENT_DBFS: Final = -50.0
"""Nothing spoken is quieter than this in its loudest 50 ms, while a quiet room and a muted
microphone are. (Measured: the packaged recordings' loudest 50 ms lie between -24 and -4 dBFS.)"""

_WINDOW_SAMPLES: Final = s_to_samples(0.05, HEARING_RATE_HZ)
_QUIET_SAMPLES: Final = s_to_samples(0.02, HEARING_RATE_HZ)


def checked(samples: npt.NDArray[Any]) -> Pcm:
    """``samples`` if they are mono float32, with what isn't a number made zero.

    Raises ``TypeError`` for integers (their scale would be taken for full-scale noise) and
    ``ValueError`` for more than one channel.
    """
    if not np.issubdtype(samples.dtype, np.floating):
        raise TypeError(f"a recogniser takes float32 samples in [-1, 1], not {samples.dtype}")
    if samples.ndim != 1:
        raise ValueError(f"a recogniser takes mono samples, not an array of shape {samples.shape}")
    pcm: Pcm = samples.astype(np.float32, copy=False)
    return pcm if np.isfinite(pcm).all() else np.nan_to_num(pcm, nan=0.0, posinf=0.0, neginf=0.0)


def is_silent(samples: Pcm) -> bool:
    """Whether no 50 ms of ``samples`` are loud enough to be speech (a constant offset is no sound)."""
    loudest = _powers(samples, _WINDOW_SAMPLES).max(initial=0.0)
    return bool(loudest < 10.0 ** (SILENT_DBFS / 10.0))


def padded(samples: Pcm, silence_samples: int) -> Pcm:
    """``samples`` with that much silence before and after."""
    silence = np.zeros(silence_samples, dtype=np.float32)
    return np.concatenate([silence, samples, silence])


def cut_at_quiet(samples: Pcm, longest_samples: int) -> Iterator[Pcm]:
    """``samples`` in order and whole, in pieces no longer than ``longest_samples``.

    What is too long is cut at the quietest 20 ms of the second half of each piece, which is
    between words wherever there is a pause at all.
    """
    while len(samples) > longest_samples:
        cut = quietest(samples, longest_samples // 2, longest_samples)
        yield samples[:cut]
        samples = samples[cut:]
    if len(samples):
        yield samples


def quietest(samples: Pcm, first: int, last: int) -> int:
    """The middle of the quietest 20 ms of ``samples[first:last]``, as an index into ``samples``.

    ``last`` where that part is too short to choose.
    """
    powers = _powers(samples[first:last], _QUIET_SAMPLES)
    if len(powers) < 2:
        return last
    return first + int(powers.argmin()) * _QUIET_SAMPLES + _QUIET_SAMPLES // 2


def _powers(samples: Pcm, window_samples: int) -> npt.NDArray[np.float32]:
    """Mean power about the mean of each whole window; of all samples where they fill none."""
    if not len(samples):
        return SILENCE
    whole = len(samples) - len(samples) % window_samples
    windows = samples[:whole].reshape(-1, window_samples) if whole else samples[None, :]
    powers: npt.NDArray[np.float32] = windows.var(axis=1)
    return powers
