"""The units that stand in Aloud's names, and the few rates that everything agrees on.

A duration is a ``float`` of seconds (``_s``) or milliseconds (``_ms``); a count of PCM
samples is an ``int`` (``_samples``) at the rate its owner names; ``at_s`` and ``_at_s``
are readings of ``time.monotonic``.
"""

from typing import Final, NewType

TurnId = NewType("TurnId", int)
"""Numbers the turns of one process from 1; never reused, so a stale one can be told and dropped."""

SPEECH_RATE_HZ: Final = 24_000
"""Rate of everything that is spoken (Kyutai's Mimi and hibari both emit it)."""

HEARING_RATE_HZ: Final = 16_000
"""Rate of everything that is heard (Parakeet, Moonshine and Silero all expect it)."""

FRAME_SAMPLES: Final = 1_920
"""Samples of one speech frame, 80 ms at ``SPEECH_RATE_HZ``: Mimi's frame at 12.5 Hz."""

FRAME_S: Final = FRAME_SAMPLES / SPEECH_RATE_HZ


def samples_to_s(samples: int, rate_hz: int) -> float:
    """Duration in seconds of ``samples`` at ``rate_hz``."""
    return samples / rate_hz


def s_to_samples(duration_s: float, rate_hz: int) -> int:
    """Whole number of samples nearest to ``duration_s`` at ``rate_hz``."""
    return round(duration_s * rate_hz)


class ByteCount(float):
    """A number of bytes that stands in a sentence as ``byte_text`` writes it."""

    def __format__(self, spec: str) -> str:
        return byte_text(self)


def byte_text(count: float) -> str:
    """A number of bytes for a person: "94 kB", "652 MB", "3.7 GB" (powers of ten, as disks are sold)."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{max(count, 0) / 1e3:.0f} kB"
