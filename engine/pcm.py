"""PCM as everything here handles it: mono float32 in [-1, 1], its rate named by its holder.

Pure functions over numpy arrays; WAV files go through the standard library. Nothing here
blocks but file access.
"""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from engine.units import TurnId

Pcm = npt.NDArray[np.float32]
"""Mono samples, shape ``[n]``, float32 in [-1, 1]."""

SILENCE: Pcm = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a reply and where its sound begins.

    ``offset_samples`` counts from the first sample of the reply at ``SPEECH_RATE_HZ``.
    ``source_start`` and ``source_end`` are the characters of the reply's written text that
    the word speaks for, so that a view can mark it and a cut reply can end with it.
    """

    text: str
    offset_samples: int
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True)
class SpeechFrame:
    """A piece of one reply's sound, usually 80 ms, on its way from a synthesizer to playout.

    ``samples`` is mono float32 at ``SPEECH_RATE_HZ`` and is never changed after it was made.
    ``sequence`` counts a reply's frames from 0. ``words`` are those whose sound begins within
    this frame or earlier and that no earlier frame carried, in order.
    """

    turn_id: TurnId
    sequence: int
    samples: Pcm
    words: tuple[SpokenWord, ...] = ()


def to_s16(samples: Pcm) -> npt.NDArray[np.int16]:
    """Samples as little-endian signed 16-bit integers; what exceeds [-1, 1] is clipped."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2")


def from_s16(samples: npt.NDArray[np.int16]) -> Pcm:
    """Signed 16-bit integers as float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(32768.0)


def level_dbfs(samples: Pcm) -> float:
    """Root mean square level in dB relative to full scale; -120.0 for silence or no samples."""
    if not len(samples):
        return -120.0
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return max(-120.0, 20.0 * float(np.log10(rms))) if rms > 0 else -120.0


def mono(samples: npt.NDArray[np.float32]) -> Pcm:
    """The mean of all channels of ``samples`` of shape ``[n]`` or ``[n, channels]``."""
    return samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float32)


def resample(samples: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """``samples`` at another rate, whole signal at once (not for streams; see ``soxr.ResampleStream``)."""
    if from_hz == to_hz:
        return samples
    import soxr  # 20 ms to import, and not needed where rates agree

    resampled: Pcm = soxr.resample(samples, from_hz, to_hz, quality="HQ").astype(np.float32, copy=False)
    return resampled


def read_wav(source: Path | BinaryIO, rate_hz: int) -> Pcm:
    """A WAV file of 8, 16, 24 or 32-bit integers as mono float32 at ``rate_hz``.

    Raises ``wave.Error`` or ``EOFError`` for anything else and ``OSError`` for what can't be read.
    """
    with wave.open(str(source) if isinstance(source, Path) else source, "rb") as file:
        width, channels, file_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
        data = file.readframes(file.getnframes())
    data = data[: len(data) - len(data) % (width * channels)]
    if width == 1:
        values = (np.frombuffer(data, np.uint8).astype(np.float32) - 128.0) / 128.0
    elif width == 3:
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        values = padded.view("<i4").reshape(-1).astype(np.float32) / 2.0**31
    else:
        values = np.frombuffer(data, {2: "<i2", 4: "<i4"}[width]).astype(np.float32) / 2.0 ** (8 * width - 1)
    return resample(mono(values.reshape(-1, channels)), file_hz, rate_hz)


def write_wav(target: Path | BinaryIO, samples: Pcm, rate_hz: int) -> None:
    """Writes mono 16-bit PCM. Raises ``OSError`` for what can't be written."""
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(to_s16(samples).tobytes())
