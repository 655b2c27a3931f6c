"""``python -m resources.sounds.generate`` writes the two sounds again: listening begins, listening ends."""

from pathlib import Path

import numpy as np

from engine.pcm import Pcm, write_wav
from engine.units import SPEECH_RATE_HZ

PEAK = 0.2
"""-14 dBFS: heard, never startling."""


def tone(frequency_hz: float, duration_s: float) -> Pcm:
    """A soft note: a sine with a little of its octave, under a bell's envelope."""
    at_s = np.arange(round(duration_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    note = np.sin(2 * np.pi * frequency_hz * at_s) + 0.18 * np.sin(4 * np.pi * frequency_hz * at_s)
    rise = np.minimum(1.0, at_s / 0.006)
    fall = np.exp(-at_s / (duration_s / 4)) * np.minimum(1.0, (duration_s - at_s) / 0.01)
    shaped: Pcm = (note * rise * fall).astype(np.float32)
    return shaped


def pair(first_hz: float, second_hz: float) -> Pcm:
    """Two notes, the second beginning in the fall of the first."""
    first, second = tone(first_hz, 0.10), tone(second_hz, 0.16)
    whole = np.zeros(round(0.055 * SPEECH_RATE_HZ) + len(second), dtype=np.float32)
    whole[: len(first)] += first
    whole[-len(second) :] += second
    return whole * np.float32(PEAK / np.abs(whole).max())


def main() -> None:
    """Writes both files beside this one."""
    folder = Path(__file__).parent
    write_wav(folder / "listen.wav", pair(587.33, 880.0), SPEECH_RATE_HZ)
    write_wav(folder / "done.wav", pair(880.0, 587.33), SPEECH_RATE_HZ)


if __name__ == "__main__":
    main()
