"""How many codebooks this machine can speak in real time: measured, and kept beside the weights.

Measured is what a reply does: steps and decoding under way side by side, with each number of
codebooks that comes into question, best sound first.
"""

import contextlib
import itertools
import json
import logging
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from engine.ports import Progress, SpeakableWord
from engine.tts.kyutai.arrays import device_name, wired
from engine.tts.kyutai.config import FRAME_RATE_HZ
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import LoadedModel, LoadOptions, shorten
from engine.tts.kyutai.passage import Passage
from engine.tts.kyutai.script import Known, Script
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.voices import Conditioning

log = logging.getLogger(__name__)

CHOICES: Final = (32, 24, 16, 8)
"""Codebooks to choose from, best sound first."""

MARGIN_RTF: Final = 0.8
"""A real-time factor up to this leaves room for other programs and a warm machine."""

EAGER_RTF: Final = 0.5
"""Up to this two steps are made while one frame sounds (see ``Passage``)."""

RECORDS_KEPT: Final = 8
"""A model is loaded in a few ways; the oldest measurement goes."""

_WORDS: Final = ("one", "two", "three", "four") * 16
"""More than is spoken while measuring; what they are makes no difference to the time."""

_MEASURED_S: Final = 1.5
_FEWEST_FRAMES: Final = 4
_MOST_FRAMES: Final = 24
COMPILING_FRAMES: Final = 2
"""Frames at the beginning that pay for compiling."""

Factors = dict[int, float]
"""Real-time factors (compute over duration of sound) by the number of codebooks."""


def choices(most: int) -> list[int]:
    """The numbers of codebooks that a model of ``most`` can be asked for, best sound first."""
    return [count for count in CHOICES if count <= most] or [most]


def fitting(most: int, measured: Callable[[int], float]) -> Factors:
    """The factors of each number of codebooks down to the first that leaves the margin, which is the last.

    ``measured`` gives the factor of a number, and is asked in descending order. Numbers that could not
    leave the margin even if all the time went into codebooks are passed over; the fewest never is.
    """
    factors: Factors = {}
    possible = choices(most)
    for count in possible:
        hopeless = any(factor * count / more > MARGIN_RTF for more, factor in factors.items())
        if hopeless and count != possible[-1]:
            continue
        factors[count] = measured(count)
        if factors[count] <= MARGIN_RTF:
            break
    return factors


def fitted(
    model: LoadedModel, conditioning: Conditioning, options: LoadOptions, progress: Progress
) -> LoadedModel:
    """The model with the codebooks for this machine: as kept from an earlier start, or measured now.

    Measuring takes a few seconds. ``model`` itself is of no use any more (see ``Codec.shortened``).
    """
    most = len(model.tree["slices"])
    records = Records(options.store or records_folder(model.config.folder))
    machine = _machine(options)
    factors = records.of(machine)
    if factors:
        return shorten(model, min(most, *factors))
    shortened = model

    def measured(count: int) -> float:
        nonlocal shortened
        progress(None, "Measuring how fast this machine speaks (once)")
        shortened = shorten(shortened, count)
        return measure(shortened, StepLoop(shortened), conditioning)

    records.keep(machine, fitting(most, measured))
    return shortened


def records_folder(folder: Path) -> Path:
    """Where what was measured with the model in ``folder`` is kept."""
    return folder / "aloud"


def measure(model: LoadedModel, loop: StepLoop, conditioning: Conditioning) -> float:
    """The real-time factor of a voice that speaks for a second or two, to nobody."""
    words = [SpeakableWord(word, 0, 0) for word in _WORDS]
    loop.begin(conditioning, KeyChain(0))
    pieces = Passage(model, loop, Script(Known(words), model, 1, anchored=False), 0).pieces()
    ends_s: list[float] = []
    with wired(), contextlib.closing(pieces):
        for piece in pieces:
            if len(piece.samples):
                ends_s.append(time.monotonic())
                timed = len(ends_s) - COMPILING_FRAMES - 1
                if timed >= _MOST_FRAMES or (
                    timed >= _FEWEST_FRAMES and ends_s[-1] - ends_s[COMPILING_FRAMES] >= _MEASURED_S
                ):
                    break
    loop.wait()
    return frame_factor(ends_s[COMPILING_FRAMES:])


def frame_factor(ends_s: list[float]) -> float:
    """The real-time factor of frames that were made one after another; 0.0 where two are not enough to tell.

    The median, so that a frame that had to wait for something else does not count.
    """
    lengths_s = [after - before for before, after in itertools.pairwise(ends_s)]
    return statistics.median(lengths_s) * FRAME_RATE_HZ if lengths_s else 0.0


def is_eager(factor: float) -> bool:
    """Whether a voice of this real-time factor is quick enough to give out its first sound at once."""
    return 0.0 < factor <= EAGER_RTF


class Records:
    """What was measured on this machine, in a file of ``folder``; imports no MLX. Any thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "kyutai-speed.json"

    def of(self, machine: dict[str, Any]) -> Factors:
        """The factors that were kept for ``machine``; none where it was not measured."""
        for record in self._all():
            if record["machine"] == machine:
                factors: Factors = record["factors"]
                return factors
        return {}

    def keep(self, machine: dict[str, Any], factors: Factors) -> None:
        """Keeps ``factors`` for ``machine``. Where that can't be, it is measured at every start."""
        others = [record for record in self._all() if record["machine"] != machine]
        records = [{"machine": machine, "factors": factors}, *others][:RECORDS_KEPT]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({"records": records}), encoding="utf-8")
        except OSError as error:
            log.warning("the measured speed could not be kept in %s: %s", self.path, error)

    def forget(self) -> None:
        """Has it measured anew at the next start. Raises ``OSError``."""
        self.path.unlink(missing_ok=True)

    def _all(self) -> list[dict[str, Any]]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return [
                {
                    "machine": dict(record["machine"]),
                    "factors": {int(count): float(factor) for count, factor in record["factors"].items()},
                }
                for record in kept["records"]
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []


def _machine(options: LoadOptions) -> dict[str, Any]:
    import mlx.core as mx

    facts: dict[str, Any] = dict(mx.device_info())
    return {
        "device": device_name(),
        "name": str(facts.get("device_name", "")),
        "mlx": version("mlx"),
        "bits": options.bits,
        "precision": options.precision,
        "codec": options.codec,
    }
