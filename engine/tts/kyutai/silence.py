"""Silence before the first word, which a listener would wait through for nothing."""

from typing import Final

import numpy as np

from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ, s_to_samples

THRESHOLD: Final = 0.003
"""Samples below this (-50 dBFS) are silence."""

LEAD_IN_SAMPLES: Final = s_to_samples(0.02, SPEECH_RATE_HZ)
"""Silence that is kept before the first sound, so that its onset is whole."""


class LeadingSilence:
    """Cuts the silence off the front of a stream of pieces, at most ``limit_samples`` of it.

    ``cut_samples`` is how much was cut so far. Once a sound was met, or the limit, nothing changes.
    """

    def __init__(self, limit_samples: int) -> None:
        self.cut_samples = 0
        self._limit_samples = limit_samples
        self._cutting = limit_samples > 0

    def cut(self, samples: Pcm) -> Pcm:
        """``samples`` without the part of them that leads in silently."""
        if not self._cutting:
            return samples
        loud = np.flatnonzero(np.abs(samples) > THRESHOLD)
        silent = max(0, int(loud[0]) - LEAD_IN_SAMPLES) if len(loud) else len(samples)
        cut = min(silent, self._limit_samples - self.cut_samples)
        self.cut_samples += cut
        self._cutting = not len(loud) and self.cut_samples < self._limit_samples
        return samples[cut:]
