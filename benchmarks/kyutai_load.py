"""What loading Kyutai's voice takes: time the first time, time afterwards, and memory.

    python -m benchmarks.kyutai_load [--json] [--bits 8] [--precision exact] [--tiny]

The published dimensions with random weights (4 GB on disk, as much again while they are written);
``--tiny`` takes those of the tests, to try the command. The codec is MLX's. Memory is MLX's own count of
what the weights take, without Mimi, and with a voice's keys and values.
"""

import argparse
import gc
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import print_machine
from engine.tts.kyutai.arrays import end_mlx
from engine.tts.kyutai.loader import LoadOptions, load_model
from engine.tts.kyutai.voices import VoiceShelf
from tests.fakes.tiny_hub import FULL, TINY, write_hub


def main() -> None:
    """Loads twice and prints the figures."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--json", action="store_true", help="print one object of figures as the last line")
    parser.add_argument("--bits", type=int, choices=(0, 4, 6, 8), default=8)
    parser.add_argument("--precision", choices=("exact", "fast"), default="exact")
    parser.add_argument("--tiny", action="store_true", help="the tests' dimensions")
    arguments = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        hub = write_hub(Path(folder) / "hub", TINY if arguments.tiny else FULL)
        figures = measured(hub, LoadOptions(arguments.bits, "mlx", arguments.precision))
    end_mlx()
    for name, figure in figures.items():
        print(f"{name:20} {figure}")
    if arguments.json:
        print(json.dumps(figures))


def measured(hub: Path, options: LoadOptions) -> dict[str, Any]:
    """The first load of ``hub``, which quantises, and a later one."""
    figures: dict[str, Any] = {"bits": options.bits, "precision": options.precision}
    for name in ("first", "later"):
        figures |= _load(hub, options, name)
        gc.collect()
    return figures


def _load(hub: Path, options: LoadOptions, name: str) -> dict[str, Any]:
    import mlx.core as mx
    from mlx.utils import tree_flatten

    started_s = time.monotonic()
    model = load_model(hub, options)
    loaded_s = time.monotonic() - started_s
    weights = sum(array.nbytes for _, array in tree_flatten(model.tree))
    before = mx.get_active_memory()
    VoiceShelf(model, (hub / "voices",)).conditioning("")
    return {
        f"{name}_load_s": round(loaded_s, 3),
        "weights_gb": round(weights / 1e9, 3),
        "active_gb": round(before / 1e9, 3),
        "voice_gb": round((mx.get_active_memory() - before) / 1e9, 3),
    }


if __name__ == "__main__":
    main()
