"""One step of Kyutai TTS: moshi_mlx's own generate against ours, same weights, seed and text.

    python -m benchmarks.kyutai_step [--json] [--full] [--bits 8] [--rounds 3] [--precision exact]
                                     [--codec mlx|rustymimi]

By default a model with the real number of layers, slices and codebooks and small dimensions, for on
a GPU a step is bound by the number of its kernels. ``--full`` takes the published dimensions with
random weights (4 GB on disk; for a GPU). The sides run in turns in one process.

Milliseconds are medians over the steps that make sound. Time to first audio counts from the call to
the first decoded samples, all words known. Primitives are the nodes of the graphs that a step
evaluates, counted from MLX's own export; kernels are those that are not mere views; ``gpu_`` counts
MLX's fast operations as one each, as they are on a GPU. With ``--json`` the last line is one object.

``decoded`` figures are of steps whose frame is decoded: by ours beside the next step, as in a reply, and,
``sequential``, before the next step is begun, as moshi_mlx's own command does it. ``--codec rustymimi``
decodes with it on the CPU, at the published geometry of Mimi; moshi_mlx is then not timed decoding.
"""

import argparse
import contextlib
import json
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.kyutai_sides import Ours, Tally, counted
from benchmarks.machine import print_machine
from engine.tts.kyutai.upstream import Run, Upstream
from tests.fakes.tiny_hub import FULL, REAL_COUNTS, VOICE_SUFFIX, VOICES, write_hub

TEXT: Final = (
    "one two three four five six seven eight nine ten hello world this is a tiny voice model that speaks"
)
SEED: Final = 7
_AsWritten = argparse.RawDescriptionHelpFormatter
_COUNTED_STEPS: Final = range(30, 40)


def main() -> None:
    """Runs the comparison and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--json", action="store_true", help="print one object of figures as the last line")
    parser.add_argument("--full", action="store_true", help="the published dimensions, random weights")
    parser.add_argument("--bits", type=int, choices=(0, 4, 6, 8), default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=("exact", "fast"), default="exact")
    parser.add_argument("--codec", choices=("mlx", "rustymimi"), default="mlx")
    arguments = parser.parse_args()
    print_machine()
    geometry = FULL if arguments.full else REAL_COUNTS
    if arguments.codec == "rustymimi":  # which knows no other Mimi than the published one
        geometry = replace(geometry, mimi=None, audio_vocabulary=FULL.audio_vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        hub = write_hub(Path(folder) / "hub", geometry)
        figures = compare(hub, arguments.bits, arguments.precision, arguments.rounds, arguments.codec)
    for name, figure in figures.items():
        print(f"{name:20} {figure}")
    if arguments.json:
        print(json.dumps(figures))


def compare(hub: Path, bits: int, precision: str, rounds: int, codec: str = "mlx") -> dict[str, Any]:
    """Both sides on the folder ``hub``, in turns, ``rounds`` times after a first that compiles."""
    import mlx.core as mx

    before = mx.get_active_memory()
    upstream = Upstream(hub, [hub / "voices" / (VOICES[0] + VOICE_SUFFIX)], bits, [TEXT])
    upstream.run(SEED)
    mx.clear_cache()
    between = mx.get_active_memory()
    ours = Ours(hub, VOICES[0], bits, precision, TEXT, codec=codec)
    ours.warm()
    mx.clear_cache()
    after = mx.get_active_memory()
    runs = [(upstream.run(SEED), ours.run(SEED)) for _ in range(rounds)]
    first = [(upstream.first_audio_ms(SEED), ours.first_audio_ms()) for _ in range(rounds)]
    figures = _times(runs, first) | _decoded(upstream if codec == "mlx" else None, ours, rounds)
    figures |= _counts(upstream, ours)
    figures |= {
        "tokens_equal": all(np.array_equal(theirs.tokens(), own.tokens()) for theirs, own in runs),
        "frames": len(runs[0][1].frames),
        "upstream_memory_mb": round((between - before) / 1e6, 1),
        "ours_memory_mb": round((after - between) / 1e6, 1),
        "bits": bits,
        "precision": precision,
        "device": str(mx.default_device()),
        "compiled": "MLX_DISABLE_COMPILE" not in os.environ,
    }
    ours.close()
    return figures


def _times(runs: list[tuple[Run, Run]], first: list[tuple[float, float]]) -> dict[str, Any]:
    theirs = statistics.median(ms for run, _ in runs for ms in run.step_ms)
    own = statistics.median(ms for _, run in runs for ms in run.step_ms)
    theirs_first, own_first = (statistics.median(side) for side in zip(*first, strict=True))
    return {
        "upstream_ms": round(theirs, 2),
        "ours_ms": round(own, 2),
        "ratio": round(own / theirs, 3),
        "upstream_ttfa_ms": round(theirs_first, 1),
        "ours_ttfa_ms": round(own_first, 1),
        "ttfa_ratio": round(own_first / theirs_first, 3),
        "upstream_best_ms": round(min(ms for run, _ in runs for ms in run.step_ms), 2),
        "ours_best_ms": round(min(ms for _, run in runs for ms in run.step_ms), 2),
    }


def _decoded(upstream: Upstream | None, ours: Ours, rounds: int) -> dict[str, Any]:
    """Steps that decode, the three kinds in turns."""
    sequential, beside, theirs = [], [], []
    for _ in range(rounds):
        sequential += ours.run(SEED, decoding="after").step_ms
        run = ours.run(SEED, decoding="beside")
        beside += run.step_ms
        theirs += upstream.run(SEED, decoded=True).step_ms if upstream is not None else []
    own, by_turns = statistics.median(beside), statistics.median(sequential)
    figures = {
        "decode_ms": round(statistics.median(ours.decode_ms(run.frames)), 2),
        "ours_decoded_ms": round(own, 2),
        "ours_sequential_ms": round(by_turns, 2),
        "overlap_ratio": round(own / by_turns, 3),
    }
    if theirs:
        median = statistics.median(theirs)
        figures |= {"upstream_decoded_ms": round(median, 2), "decoded_ratio": round(own / median, 3)}
    return figures


def _counts(upstream: Upstream, ours: Ours) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for prefix, fused in (("", False), ("gpu_", True)):
        counts = [_per_step(side, fused=fused) for side in (upstream, ours)]
        for at, kind in enumerate(("primitives", "kernels")):
            theirs, own = counts[0][at], counts[1][at]
            figures[f"upstream_{prefix}{kind}"] = round(theirs)
            figures[f"ours_{prefix}{kind}"] = round(own)
            figures[f"{prefix}{kind}_ratio"] = round(own / theirs, 3)
    return figures


def _per_step(side: Upstream | Ours, *, fused: bool) -> tuple[float, float]:
    tally = Tally()
    marks: list[tuple[float, float]] = []

    def mark(step: int) -> None:
        if step in (_COUNTED_STEPS.start, _COUNTED_STEPS.stop):
            marks.append(tally.per_step(len(_COUNTED_STEPS)))
        if step == _COUNTED_STEPS.stop:
            raise _Counted

    side.renew()
    with counted(tally, fused=fused), contextlib.suppress(_Counted):
        side.run(SEED, mark)
    (all_before, kernels_before), (all_after, kernels_after) = marks
    return all_after - all_before, kernels_after - kernels_before


class _Counted(Exception):
    """Enough steps were counted."""


if __name__ == "__main__":
    main()
