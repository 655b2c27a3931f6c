"""What a listener would say of some sound: the words in it, and whether it clicks, clips or stutters."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from engine.pcm import Pcm, level_dbfs, resample
from engine.units import HEARING_RATE_HZ
from tests.recorded_speech import folder

QUIET_DBFS: Final = -50.0
WINDOW_S: Final = 0.01
CLICK_RATIO: Final = 18.0
"""How far a jump stands out of the 4 ms on either side of it. The highest in 20 recordings of natural and
synthesized speech is 14; a cut or a hole at a random place in a vowel is at 18 or above half of the time."""

LEAST_JUMP: Final = 0.02


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """Measures of one recording; times count from its first sample.

    ``longest_gap_s`` is the longest stretch below -50 dBFS between the first sound and the last.
    ``clipped_samples`` are those in runs of three or more at full scale.
    """

    begins_s: float
    ends_s: float
    longest_gap_s: float
    level_dbfs: float
    clicks: int
    clipped_samples: int


def check_sound(samples: Pcm, rate_hz: int) -> SoundCheck:
    """Measures mono ``samples``; for silence the times are 0 and the level is -120 dBFS."""
    window = max(1, round(WINDOW_S * rate_hz))
    levels = [level_dbfs(samples[start : start + window]) for start in range(0, len(samples), window)]
    loud = np.flatnonzero(np.array(levels) > QUIET_DBFS)
    clipped = _in_runs(np.abs(samples) >= 0.999, 3)
    clicks = click_positions(samples, rate_hz)
    if not len(loud):
        return SoundCheck(0.0, 0.0, 0.0, -120.0, len(clicks), clipped)
    gap = max(int(np.diff(loud).max()) - 1, 0) if len(loud) > 1 else 0
    begins, ends = int(loud[0]) * window, min((int(loud[-1]) + 1) * window, len(samples))
    return SoundCheck(
        begins_s=begins / rate_hz,
        ends_s=ends / rate_hz,
        longest_gap_s=gap * window / rate_hz,
        level_dbfs=level_dbfs(samples[begins:ends]),
        clicks=len(clicks),
        clipped_samples=clipped,
    )


def click_positions(samples: Pcm, rate_hz: int) -> list[int]:
    """Samples at which the sound jumps as no voice does: a cut, a hole, a seam. Within 5 ms they are one."""
    order, window = 4, round(0.004 * rate_hz)
    guard = order + 2
    jumps = np.diff(samples.astype(np.float64), order)
    if len(jumps) == 0:
        return []
    energy = np.concatenate([[0.0], np.cumsum(np.pad(jumps**2, window))])
    here = np.arange(len(jumps)) + window
    before = energy[here - guard] - energy[here - window]
    after = energy[here + window] - energy[here + guard]
    around = np.sqrt(np.maximum(before, after) / (window - guard)) + 1e-4
    size = np.abs(jumps)
    found: list[int] = []
    for place in np.flatnonzero((size > CLICK_RATIO * around) & (size > LEAST_JUMP)):
        if not found or place - found[-1] > 0.005 * rate_hz:
            found.append(int(place))
    return found


def _in_runs(flags: "np.typing.NDArray[np.bool_]", least: int) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= least].sum())


def plain_words(text: str) -> str:
    """``text`` in lower case without punctuation or accents, one space between words."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", bare.encode("ascii", "ignore").decode()).split())


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Words wrong, missing or too many for each word of ``reference``; case and punctuation do not count."""
    import jiwer

    return float(jiwer.wer(plain_words(reference), plain_words(hypothesis)))


@cache
def _listener() -> Any:
    from moonshine_voice import ModelArch, Transcriber

    assets = folder()
    assert assets is not None, "moonshine-voice is not installed"
    return Transcriber(model_path=str(assets / "tiny-en"), model_arch=ModelArch.TINY)


def transcribe(samples: Pcm, rate_hz: int) -> str:
    """What a recogniser of its own, moonshine tiny, hears in mono ``samples``; loaded once a process."""
    quiet = np.zeros(round(0.3 * HEARING_RATE_HZ), np.float32)  # without it the first word is often misheard
    heard = np.concatenate([quiet, resample(samples, rate_hz, HEARING_RATE_HZ), quiet])
    lines = _listener().transcribe_without_streaming(heard.tolist(), HEARING_RATE_HZ).lines
    return " ".join(line.text.strip() for line in lines)
