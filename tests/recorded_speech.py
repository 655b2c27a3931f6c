"""Real recorded speech with its words, cut into utterances: what the tests and benchmarks say to Aloud.

Both recordings come inside the moonshine-voice package: the opening of "A Tale of Two Cities" and a
line of "Worstward Ho", each read by a human voice at 16 kHz or more. Cuts lie in the middle of pauses.

None of them is a question. A recording of a person who asks something is in no package of the lock (the
questions in moonshine-voice's ``endgame_nagg_nell.wav`` are synthetic), and nothing here is synthesised to
stand in for one: what is asked is answered, whatever it is.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from engine.pcm import Pcm, read_wav
from engine.units import HEARING_RATE_HZ

CUTS: Final[dict[str, tuple[tuple[float, float, str], ...]]] = {
    "two_cities": (
        (0.90, 4.79, "It was the best of times, it was the worst of times."),
        (4.79, 6.43, "It was the age of wisdom."),
        (6.43, 8.50, "It was the age of foolishness."),
        (8.50, 10.52, "It was the epoch of belief."),
        (10.52, 13.10, "It was the epoch of incredulity."),
        (13.10, 14.95, "It was the season of light."),
        (14.95, 17.10, "It was the season of darkness."),
        (17.10, 20.85, "It was the spring of hope, it was the winter of despair."),
        (20.85, 24.30, "We had everything before us, we had nothing before us."),
        (24.30, 26.30, "We were all going direct to heaven."),
        (26.30, 28.70, "We were all going direct the other way."),
        (28.70, 32.50, "In short, the period was so far like the present period,"),
        (
            32.50,
            42.30,
            "that some of its noisiest authorities insisted on its being received, for good or for evil, "
            "in the superlative degree of comparison only.",
        ),
    ),
    "beckett": (
        (0.00, 2.95, "Ever tried. Ever failed."),
        (2.95, 6.00, "No matter. Try again."),
        (6.00, 7.70, "Fail again."),
        (7.70, 9.96, "Fail better."),
    ),
}
"""Start and end in seconds and the words, by recording. After the speech, by the app's own detector, a cut
holds 0.09 to 1.08 s of quiet (median 0.21 s); ``benchmarks.spoken`` cuts it off."""


@dataclass(frozen=True, slots=True)
class RecordedUtterance:
    """One spoken sentence: mono float32 at ``HEARING_RATE_HZ`` and what it says."""

    name: str
    samples: Pcm
    text: str


def folder() -> Path | None:
    """Where the recordings lie, or None where moonshine-voice has no wheel (macOS 14)."""
    spec = importlib.util.find_spec("moonshine_voice")
    return Path(spec.origin).parent / "assets" if spec and spec.origin else None


@cache
def recorded_utterances() -> tuple[RecordedUtterance, ...]:
    """All seventeen, 54 s in total. Raises ``FileNotFoundError`` where the recordings are not installed."""
    assets = folder()
    if assets is None:
        raise FileNotFoundError("the recordings come with moonshine-voice, which is not installed")
    found = []
    for recording, cuts in CUTS.items():
        whole = read_wav(assets / f"{recording}.wav", HEARING_RATE_HZ)
        for number, (start_s, end_s, text) in enumerate(cuts):
            piece = whole[round(start_s * HEARING_RATE_HZ) : round(end_s * HEARING_RATE_HZ)]
            piece.flags.writeable = False
            found.append(RecordedUtterance(f"{recording}-{number:02d}", piece, text))
    return tuple(found)
