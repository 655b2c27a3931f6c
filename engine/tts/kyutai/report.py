"""How fast this machine speaks with Kyutai's voice, as a short report in Markdown.

For the owner of a Mac: one command that takes a few minutes and writes figures to send back.
"""

import platform
import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.ports import Progress, SpeakableWord
from engine.tts.kyutai.arrays import device_name, end_mlx
from engine.tts.kyutai.calibrate import MARGIN_RTF, choices, is_eager, measure
from engine.tts.kyutai.config import FRAME_RATE_HZ
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import (
    Bits,
    LoadedModel,
    LoadOptions,
    Precision,
    load_model,
    shorten,
)
from engine.tts.kyutai.passage import Passage
from engine.tts.kyutai.script import Known, Script
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.upstream import Run, Upstream, speak
from engine.tts.kyutai.voices import Conditioning, VoiceShelf

_TEXT: Final = "The first words of an answer should be heard before its last ones are written."
_SEED: Final = 7
_PRECISIONS: Final[tuple[Precision, ...]] = ("exact", "fast")
_FIRST_SOUNDS: Final = 3
_ROW: Final = "| {precision} | {codebooks} | {step_ms:.1f} | {factor:.2f} | {first_ms:.0f} | {in_time} |"


def write_report(
    path: Path,
    folder: Path,
    voice_folders: Sequence[Path] = (),
    *,
    bits: Bits = 8,
    upstream: bool = True,
    progress: Progress = lambda fraction, detail: None,
) -> str:
    """Measures the model in ``folder`` with every choice of codebooks, writes ``path`` and returns its text.

    ``upstream``: whether moshi_mlx's own generate speaks the same text, too, which takes as much memory
    again and a minute. Blocks for some minutes; belongs on a thread that uses MLX for nothing else, and
    ends MLX's streams there. Raises what ``load_model`` raises, and ``OSError`` where ``path`` can't be
    written.
    """
    try:
        text = _measured(folder, voice_folders or (folder / "voices",), bits, upstream, progress)
    finally:
        end_mlx()
    path.write_text(text, encoding="utf-8")
    return text


def _measured(
    folder: Path, voice_folders: Sequence[Path], bits: Bits, upstream: bool, progress: Progress
) -> str:
    import mlx.core as mx

    rows: list[str] = []
    notes: list[str] = []
    own: tuple[Run, float] | None = None
    voice = Path()
    for precision in _PRECISIONS:
        progress(None, f"Loading the voice ({precision})")
        started_s = time.monotonic()
        model = load_model(folder, LoadOptions(bits=bits, precision=precision))
        loaded_s = time.monotonic() - started_s
        in_use_gb = mx.get_active_memory() / 1e9
        notes.append(f"- {precision}: loaded in {loaded_s:.1f} s, {in_use_gb:.2f} GB in use")
        shelf = VoiceShelf(model, voice_folders)
        conditioning, voice = shelf.conditioning(""), shelf.path("")
        for codebooks in choices(model.config.codebooks):
            progress(None, f"Speaking with {codebooks} codebooks ({precision})")
            model = shorten(model, codebooks)
            loop = StepLoop(model)
            rows.append(_row(model, loop, conditioning, precision))
            if own is None:
                own = _ours(model, loop, conditioning)
            del loop
        del model, conditioning, shelf
        mx.clear_cache()
    beside = _beside(folder, voice, bits, own, progress) if upstream and own else []
    return _text(bits, rows, notes, beside)


def _row(model: LoadedModel, loop: StepLoop, conditioning: Conditioning, precision: str) -> str:
    factor = round(measure(model, loop, conditioning), 2)
    return _ROW.format(
        precision=precision,
        codebooks=loop.codebooks,
        step_ms=1000 * factor / FRAME_RATE_HZ,
        factor=factor,
        first_ms=_first_audio_ms(model, loop, conditioning, factor),
        in_time="yes" if factor <= MARGIN_RTF else "no",
    )


def _first_audio_ms(model: LoadedModel, loop: StepLoop, conditioning: Conditioning, factor: float) -> float:
    """From the first word to the first samples, all words known; the median of a few times."""
    words = [SpeakableWord(word, 0, 0) for word in _TEXT.split()]
    taken_s: list[float] = []
    for _ in range(_FIRST_SOUNDS):
        started_s = time.monotonic()
        loop.begin(conditioning, KeyChain(0))
        script = Script(Known(words), model, 1, anchored=True)
        pieces = Passage(model, loop, script, 0, eager=is_eager(factor)).pieces()
        next(piece for piece in pieces if len(piece.samples))
        taken_s.append(time.monotonic() - started_s)
        pieces.close()
        loop.wait()
    return 1000 * statistics.median(taken_s)


def _ours(model: LoadedModel, loop: StepLoop, conditioning: Conditioning) -> tuple[Run, float]:
    """Our steps and their tokens, without decoding, and the first audio in milliseconds."""
    run = speak(model, loop, conditioning, _TEXT.split(), _SEED)
    run.frames = list(run.tokens())  # on the host: the model will be let go of
    return run, _first_audio_ms(model, loop, conditioning, measure(model, loop, conditioning))


def _beside(folder: Path, voice: Path, bits: Bits, own: tuple[Run, float], progress: Progress) -> list[str]:
    """moshi_mlx's own generate on the same weights, voice, text and keys, as lines of the report."""
    progress(None, "Speaking with moshi_mlx's own generate")
    theirs = Upstream(folder, [voice], bits, [_TEXT])
    theirs.run(_SEED)  # compiles
    run = theirs.run(_SEED)
    theirs_ms, ours_ms = statistics.median(run.step_ms), statistics.median(own[0].step_ms)
    theirs_first_ms = statistics.median(theirs.first_audio_ms(_SEED) for _ in range(_FIRST_SOUNDS))
    equal = np.array_equal(run.tokens(), own[0].tokens())
    return [
        "",
        "The same text with moshi_mlx's own generate, all codebooks, exact, steps without decoding:",
        "",
        "| | moshi_mlx | ours | ratio |",
        "|---|---|---|---|",
        f"| step ms | {theirs_ms:.1f} | {ours_ms:.1f} | {ours_ms / theirs_ms:.3f} |",
        f"| first audio ms | {theirs_first_ms:.0f} | {own[1]:.0f} | {own[1] / theirs_first_ms:.3f} |",
        f"| tokens_equal | | | {'yes' if equal else 'no'} ({len(run.frames)} frames) |",
    ]


def _text(bits: int, rows: Sequence[str], notes: Sequence[str], beside: Sequence[str]) -> str:
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
            "A real-time factor below 1 is faster than speech. A step is what a reply takes for 80 ms of",
            "sound, decoding included; the median of some 20.",
            f"First audio: from the first word to the first samples, the median of {_FIRST_SOUNDS} times.",
            f"In time: the factor is at most {MARGIN_RTF}. Aloud takes the most codebooks that are.",
            "",
            "| precision | codebooks | step ms | real-time factor | first audio ms | in time |",
            "|---|---|---|---|---|---|",
            *rows,
            *beside,
            "",
        )
    )
