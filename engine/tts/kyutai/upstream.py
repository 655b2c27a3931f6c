"""moshi_mlx's own ``TTSModel.generate`` on the same folder, voice, text and keys as our step loop.

What benchmarks, tests and the voice report compare with; no reply is ever spoken this way. Imports MLX:
for the thread that uses it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.tts.kyutai.config import language_model_config, mimi_config, read_config
from engine.tts.kyutai.entries import PADDING_BETWEEN, EntryMaker
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.script import FINAL_PADDING
from engine.tts.kyutai.step import TEMPERATURE, StepLoop
from engine.tts.kyutai.text_machine import TextMachine
from engine.tts.kyutai.voices import GUIDANCE, Conditioning
from engine.tts.kyutai.weights import quantise

OnStep = Callable[[int], None]
"""Called with the number of each step as it begins."""

_SETTLING_STEPS: Final = 4
"""Steps after the sound's delay that are not timed: the first with sound may compile."""


@dataclass
class Run:
    """What speaking a text gave: milliseconds of each step with sound, and each frame's tokens."""

    step_ms: list[float] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)

    def tokens(self) -> Any:
        """All frames' tokens ``[frames, codebooks]``."""
        return np.stack([np.array(frame).reshape(-1) for frame in self.frames])


class Upstream:
    """moshi_mlx's ``TTSModel``, loaded and quantised as its own command does it, and what it will speak.

    ``turns``: the text of each turn in order; the first speaker has the first. ``voices``: the files of
    one voice a speaker.
    """

    def __init__(
        self,
        folder: Path,
        voices: Sequence[Path],
        bits: int,
        turns: Sequence[str],
        temperature: float = TEMPERATURE,
        codebooks: int = 32,
    ) -> None:
        import mlx.core as mx
        import sentencepiece
        from moshi_mlx.models.lm import Lm
        from moshi_mlx.models.mimi import Mimi
        from moshi_mlx.models.tts import TTSModel

        config = read_config(folder)
        lm_config = language_model_config(config)
        lm = Lm(lm_config)
        lm.set_dtype(mx.bfloat16)
        lm.load_pytorch_weights(str(config.language_model_file), lm_config, strict=True)
        lm.depformer.slices = lm.depformer.slices[:codebooks]
        lm_config.depformer.num_slices = len(lm.depformer.slices)
        quantise(lm, bits)
        geometry = config.raw.get("mimi_geometry", {})
        mimi = Mimi(mimi_config(geometry, config.codebooks, config.raw["card"]))
        mimi.load_pytorch_weights(str(config.mimi_file), strict=True)
        mx.eval(lm.parameters(), mimi.parameters())
        tokenizer = sentencepiece.SentencePieceProcessor(str(config.tokenizer_file))
        self._model = TTSModel(
            lm, mimi, tokenizer, voice_repo="", temp=temperature, cfg_coef=1.0, raw_config=config.raw
        )
        self._attributes = self._model.make_condition_attributes(list(voices), float(GUIDANCE))
        self._turns = list(turns)

    def run(self, seed: int, on_step: OnStep = lambda step: None, *, decoded: bool = False) -> Run:
        """Speaks the whole text; ``decoded``: decodes each frame and waits for it, as its command does."""
        import mlx.core as mx

        run = Run()
        ends_s: list[float] = []

        def hook(_tokens: Any) -> None:
            on_step(len(ends_s))
            ends_s.append(time.perf_counter())

        def take(frame: Any) -> None:
            run.frames.append(frame)
            if decoded:
                np.array(self._model.mimi.decode_step(frame[:, :, None]))

        mx.random.seed(seed)
        self._model.generate([self._entries()], [self._attributes], on_text_hook=hook, on_frame=take)
        run.step_ms = sounding_steps_ms(ends_s, self._model.delay_steps)
        return run

    def renew(self) -> None:
        """Nothing: moshi_mlx compiles no operation of its own."""

    def first_audio_ms(self, seed: int) -> float:
        """From the call to the first decoded samples."""
        import mlx.core as mx

        class Heard(Exception):
            pass

        def decode(frame: Any) -> None:
            np.array(self._model.mimi.decode_step(frame[:, :, None]))
            raise Heard

        started_s = time.perf_counter()
        mx.random.seed(seed)
        try:
            self._model.generate([self._entries()], [self._attributes], on_frame=decode)
        except Heard:
            return (time.perf_counter() - started_s) * 1000
        raise RuntimeError("moshi_mlx made no sound")

    def _entries(self) -> Any:
        return self._model.prepare_script(self._turns, padding_between=PADDING_BETWEEN)


def speak(
    model: LoadedModel,
    loop: StepLoop,
    conditioning: Conditioning,
    words: Sequence[str],
    seed: int,
    *,
    speakers: int = 1,
    on_step: OnStep = lambda step: None,
    take: Callable[[Any], None] = lambda frame: None,
) -> Run:
    """Our step loop over a whole text, as ``Upstream.run`` does it.

    ``take`` is given each frame once its step was queued, and may block for the frame before.
    """
    machine, maker = TextMachine(model.config.words_ahead), EntryMaker(model.tokenizer, speakers)
    run = Run()
    ends_s: list[float] = []
    for index, word in enumerate(words):
        for entry in maker.entries(word, 0.0, index):
            machine.add(entry)
    machine.finish()
    loop.begin(conditioning, KeyChain(seed))
    tail = model.config.delay_steps + FINAL_PADDING
    while machine.end_step is None or machine.step < machine.end_step + tail:
        on_step(machine.step)
        stepped = loop.step(machine.preview())
        if stepped.frame is not None:
            run.frames.append(stepped.frame)
            take(stepped.frame)
        machine.advance(loop.is_word(stepped.answer))
        ends_s.append(time.perf_counter())
    loop.wait()
    run.step_ms = sounding_steps_ms(ends_s, model.config.delay_steps)
    return run


def sounding_steps_ms(ends_s: Sequence[float], delay_steps: int) -> list[float]:
    """Milliseconds of each step with sound, of the times at which steps ended."""
    first = delay_steps + _SETTLING_STEPS
    pairs = zip(ends_s[first:], ends_s[first + 1 :], strict=False)
    return [(after - before) * 1000 for before, after in pairs]
