"""How many codebooks this machine can speak in real time, measured once and kept beside the weights."""

import json
import logging
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from engine.ports import Progress
from engine.tts.kyutai.config import FRAME_RATE_HZ
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import LoadedModel, LoadOptions, device_name
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.text_machine import Entry, TextMachine
from engine.tts.kyutai.voices import Conditioning

log = logging.getLogger(__name__)

CHOICES: Final = (32, 24, 16, 8)
"""Codebooks to choose from, best sound first."""

MARGIN_RTF: Final = 0.8
"""A real-time factor up to this leaves room for other programs and a warm machine."""

_ANY_TOKEN: Final = 5
"""A piece of a word; time does not depend on what is said."""

_MEASURED_S: Final = 1.5
_FEWEST_STEPS: Final = 4
_MOST_STEPS: Final = 24


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a step costs: without audio tokens, and for each codebook (its share of decoding included)."""

    backbone_s: float
    codebook_s: float

    def real_time_factor(self, codebooks: int) -> float:
        """Compute time over sound's duration with that many codebooks."""
        return (self.backbone_s + codebooks * self.codebook_s) * FRAME_RATE_HZ


def choices(most: int) -> list[int]:
    """The numbers of codebooks that a model of ``most`` can be asked for, best sound first."""
    return [count for count in CHOICES if count <= most] or [most]


def best_codebooks(cost: StepCost, most: int) -> int:
    """The most codebooks, at most ``most``, that leave the margin; the fewest where none does."""
    possible = choices(most)
    return next((count for count in possible if cost.real_time_factor(count) <= MARGIN_RTF), possible[-1])


def chosen_codebooks(
    model: LoadedModel, conditioning: Conditioning, options: LoadOptions, progress: Progress
) -> int:
    """The codebooks for this machine: as kept from an earlier start, or measured now (a few seconds)."""
    most = len(model.tree["slices"])
    path = (options.store or model.config.folder / "aloud") / "kyutai-speed.json"
    machine = _machine(options)
    cost = _kept(path, machine)
    if cost is None:
        progress(None, "Measuring how fast this machine speaks (once)")
        cost = measure(StepLoop(model), model, conditioning)
        _keep(path, machine, cost)
    return best_codebooks(cost, most)


def measure(loop: StepLoop, model: LoadedModel, conditioning: Conditioning) -> StepCost:
    """Speaks for a second or two to nobody, after a first time that compiles, and takes medians."""
    _timed(loop, model, conditioning, sounding=1)
    silent, sounding = _timed(loop, model, conditioning, sounding=_MOST_STEPS)
    silent_s, sounding_s = statistics.median(silent), statistics.median(sounding)
    return StepCost(silent_s, max(0.0, sounding_s - silent_s) / loop.codebooks)


def _timed(
    loop: StepLoop, model: LoadedModel, conditioning: Conditioning, sounding: int
) -> tuple[list[float], list[float]]:
    """Seconds of each step while the sound's delay lasts, and of each step with sound."""
    machine = TextMachine(model.config.words_ahead)
    for _ in range(64):
        machine.add(Entry((_ANY_TOKEN,), 1))
    machine.finish()
    loop.begin(conditioning, KeyChain(0))
    model.codec.reset()
    times: tuple[list[float], list[float]] = ([], [])
    until_s = float("inf")
    while len(times[1]) < sounding and (len(times[1]) < _FEWEST_STEPS or time.monotonic() < until_s):
        started_s = time.monotonic()
        stepped = loop.step(machine.preview())
        machine.advance(loop.is_word(stepped.answer))
        if stepped.frame is not None:
            model.codec.decode(stepped.frame)()
        else:
            loop.wait()
        if not times[1]:
            until_s = time.monotonic() + _MEASURED_S
        if stepped.frame is not None or loop.steps <= model.config.delay_steps:
            times[stepped.frame is not None].append(time.monotonic() - started_s)
    return times


def _machine(options: LoadOptions) -> dict[str, Any]:
    return {
        "device": device_name(),
        "processor": platform.processor() or platform.machine(),
        "mlx": version("mlx"),
        "bits": options.bits,
        "precision": options.precision,
        "codec": options.codec,
    }


def _kept(path: Path, machine: dict[str, Any]) -> StepCost | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        cost = StepCost(float(kept["backbone_s"]), float(kept["codebook_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cost if kept.get("machine") == machine else None


def _keep(path: Path, machine: dict[str, Any], cost: StepCost) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(cost) | {"machine": machine}), encoding="utf-8")
    except OSError as error:
        log.warning("the measured speed could not be kept in %s: %s", path, error)
