"""How fast this machine speaks with Kyutai's voice, as a short report in Markdown.

For the owner of a Mac: one command that takes a minute or two and writes figures to send back.
"""

import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from engine.ports import Progress, SpeakableWord
from engine.tts.kyutai.calibrate import MARGIN_RTF, choices, measure
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import (
    Bits,
    LoadedModel,
    LoadOptions,
    Precision,
    device_name,
    load_model,
    shorten,
)
from engine.tts.kyutai.passage import Passage
from engine.tts.kyutai.script import Known, Script
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.voices import Conditioning, VoiceShelf

_TEXT: Final = "The first words of an answer should be heard before its last ones are written."
_PRECISIONS: Final[tuple[Precision, ...]] = ("exact", "fast")


def write_report(
    path: Path,
    folder: Path,
    voice_folders: Sequence[Path] = (),
    *,
    bits: Bits = 8,
    progress: Progress = lambda fraction, detail: None,
) -> str:
    """Measures the model in ``folder`` with every choice of codebooks, writes ``path`` and returns its text.

    Blocks for a minute or two; belongs on a thread that uses MLX for nothing else, and ends MLX's
    streams there. Raises what ``load_model`` raises, and ``OSError`` where ``path`` can't be written.
    """
    import mlx.core as mx

    rows: list[str] = []
    notes: list[str] = []
    for precision in _PRECISIONS:
        progress(None, f"Loading the voice ({precision})")
        started_s = time.monotonic()
        model = load_model(folder, LoadOptions(bits=bits, precision=precision), progress)
        loaded_s = time.monotonic() - started_s
        notes.append(
            f"- {precision}: loaded in {loaded_s:.1f} s, {mx.get_active_memory() / 1e9:.2f} GB in use"
        )
        conditioning = VoiceShelf(model, voice_folders or (folder / "voices",)).conditioning("")
        for codebooks in choices(model.config.codebooks):
            progress(None, f"Speaking with {codebooks} codebooks ({precision})")
            rows.append(_row(shorten(model, codebooks), conditioning, precision))
        del model, conditioning
        mx.clear_cache()
    text = _text(bits, rows, notes)
    path.write_text(text, encoding="utf-8")
    mx.synchronize()
    mx.clear_streams()
    return text


def _row(model: LoadedModel, conditioning: Conditioning, precision: str) -> str:
    loop = StepLoop(model)
    cost = measure(loop, model, conditioning)
    first_s = min(_first_audio_s(model, loop, conditioning) for _ in range(3))
    step_ms = 1000 * (cost.backbone_s + loop.codebooks * cost.codebook_s)
    factor = cost.real_time_factor(loop.codebooks)
    return (
        f"| {precision} | {loop.codebooks} | {1000 * cost.backbone_s:.1f} | {step_ms:.1f} | {factor:.2f} "
        f"| {1000 * first_s:.0f} | {'yes' if factor <= MARGIN_RTF else 'no'} |"
    )


def _first_audio_s(model: LoadedModel, loop: StepLoop, conditioning: Conditioning) -> float:
    """From the first word to the first samples, all words known."""
    words = [SpeakableWord(word, 0, 0) for word in _TEXT.split()]
    started_s = time.monotonic()
    script = Script(Known(words), model, 1, anchored=True)
    loop.begin(conditioning, KeyChain(0))
    pieces = Passage(model, loop, script, 0).pieces()
    next(piece for piece in pieces if len(piece.samples))
    elapsed_s = time.monotonic() - started_s
    loop.wait()
    return elapsed_s


def _text(bits: int, rows: Sequence[str], notes: Sequence[str]) -> str:
    import mlx.core as mx

    facts: dict[str, Any] = dict(mx.device_info())
    return "\n".join(
        (
            "# How fast Kyutai's voice speaks here",
            "",
            f"- machine: {platform.platform()}, {platform.processor() or platform.machine()}",
            f"- device: {device_name()}, {facts.get('device_name', 'no name')}",
            f"- MLX {version('mlx')}, moshi-mlx {version('moshi-mlx')}, Python {platform.python_version()}",
            f"- weights: {bits} bits" if bits else "- weights: bfloat16",
            *notes,
            "",
            "A real-time factor below 1 is faster than speech. The first steps of a reply are silent.",
            "First audio counts from the first word to the first samples.",
            f"In time: the factor is at most {MARGIN_RTF}.",
            "",
            "| precision | codebooks | silent ms | step ms | real-time factor | first audio ms | in time |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        )
    )
