"""Where in a known sound a recorded piece of it lies, told by the sound itself and by no clock."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.pcm import Pcm

HEARD: Final = 0.003
"""Anything louder than this is a sound."""

CERTAIN: Final = 0.9
"""A piece that correlates like this with a place of a known sound was played from there."""

_FADED_S: Final = 0.015
_PIECE_S: Final = 0.12
_LATEST_S: Final = 1.0
_LEVEL: Final = 0.3
_RISE_S: Final = 0.01


def babble(duration_s: float, rate_hz: int, *, low_hz: float = 50.0, high_hz: float = 1_000.0) -> Pcm:
    """A sound without a repetition between two frequencies, always the same; a click stands out of it."""
    samples = round(duration_s * rate_hz)
    spectrum = np.fft.rfft(np.random.default_rng(samples).standard_normal(samples))
    hz = np.fft.rfftfreq(samples, 1 / rate_hz)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0.0
    sound = np.fft.irfft(spectrum, samples)
    rise = np.minimum(1.0, np.arange(samples) / (_RISE_S * rate_hz))
    babbled: Pcm = (_LEVEL * sound / np.abs(sound).max() * rise * rise[::-1]).astype(np.float32)
    return babbled


def place_of(piece: Pcm, whole: Pcm) -> tuple[int, float]:
    """Where ``piece`` fits best into ``whole``, and how well: 1.0 for a copy, however loud; 0.0 for none."""
    fits = _fits(piece, whole)
    place = int(np.argmax(fits))
    return place, float(fits[place])


def _fits(piece: Pcm, whole: Pcm) -> npt.NDArray[np.float64]:
    """How well ``piece`` fits at each place of ``whole``."""
    if not len(piece) or len(whole) < len(piece):
        return np.zeros(1)
    size = 1 << int(np.ceil(np.log2(len(whole) + len(piece))))
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(piece, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(whole.astype(np.float64) ** 2)])
    around = np.sqrt(np.maximum(energy[len(piece) :] - energy[: -len(piece)], 1e-6))
    matches = product[: len(whole) - len(piece) + 1]
    fits: npt.NDArray[np.float64] = matches / (around * float(np.linalg.norm(piece)) + 1e-9)
    return fits


def last_loud(sound: Pcm) -> int:
    """The position behind the last sample that can be heard; 0 where there is none."""
    loud = np.flatnonzero(np.abs(sound) > HEARD)
    return int(loud[-1]) + 1 if len(loud) else 0


def longest_silence(sound: Pcm) -> tuple[int, int]:
    """Between which positions nothing can be heard for longest, between the first sound and the last."""
    loud = np.flatnonzero(np.abs(sound) > HEARD)
    gap = int(np.argmax(np.diff(loud)))
    return int(loud[gap]) + 1, int(loud[gap + 1])


def heard_until(recorded: Pcm, source: Pcm, rate_hz: int) -> tuple[int, int]:
    """How far ``source`` got before the sound in ``recorded`` ended: at least, and at most.

    Told by the last piece of sound that has not begun to fade. The two are one unless the card was late
    within that piece: then an earlier one tells, and what lies behind it may be sound or a gap.
    """
    end = last_loud(recorded) - round(_FADED_S * rate_hz)
    length, step = round(_PIECE_S * rate_hz), round(_PIECE_S * rate_hz / 4)
    for piece_end in range(end, max(end - round(_LATEST_S * rate_hz), length), -step):
        place, fit = place_of(recorded[piece_end - length : piece_end], source)
        if fit > CERTAIN:
            least = place + length + round(_FADED_S * rate_hz)
            return least, least + end - piece_end
    raise AssertionError("the last sound is no part of what was played")


def delays(recorded: Pcm, source: Pcm, rate_hz: int, block_s: float = 0.1) -> list[tuple[int, float]]:
    """For each block of ``source``, how many samples later ``recorded`` has it, and how well it fits."""
    block = round(block_s * rate_hz)
    found = []
    for start in range(0, len(source) - block + 1, block):
        place, fit = place_of(source[start : start + block], recorded)
        found.append((place - start, fit))
    return found
