"""The two sides of ``benchmarks.kyutai_step``: moshi_mlx's own generate, and Aloud's step loop.

Both load the same folder, speak the same text with the same keys, and can have the primitives of
their graphs counted as they are evaluated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.ports import SpeakableWord
from engine.tts.kyutai.config import language_model_config, mimi_config, read_config
from engine.tts.kyutai.entries import EntryMaker
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.script import FINAL_PADDING, Known
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from engine.tts.kyutai.text_machine import TextMachine
from engine.tts.kyutai.voices import Conditioning
from engine.tts.kyutai.weights import quantise

TEMPERATURE: Final = 0.6

VIEWS: Final = frozenset(
    (
        *("AsStrided", "Broadcast", "BroadcastAxes", "ExpandDims", "Flatten", "Reshape", "Slice", "Split"),
        *("Squeeze", "Transpose", "Unflatten"),
    )
)
"""Primitives that move no data: they cost graph building, and no kernel."""


@dataclass
class Run:
    """What one run of one side gave: the end of each step with sound, and the frames' tokens."""

    step_ms: list[float] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)

    def tokens(self) -> Any:
        """All frames' tokens ``[frames, codebooks]``."""
        return np.stack([np.array(frame).reshape(-1) for frame in self.frames])


class Tally:
    """Counts the primitives of graphs as they are about to be evaluated."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()

    def add(self, *arrays: Any) -> None:
        """Counts what evaluating ``arrays`` would compute now."""
        import mlx.core as mx

        dot = StringIO()
        mx.export_to_dot(dot, *arrays)
        lines = (line for line in dot.getvalue().splitlines() if "shape=rectangle" in line)
        self.names.update(line.split('label ="')[1].split('"')[0] for line in lines)

    def per_step(self, steps: int) -> tuple[float, float]:
        """Primitives a step, and those of them that compute something."""
        kernels = sum(count for name, count in self.names.items() if name not in VIEWS)
        return self.names.total() / steps, kernels / steps


class Upstream:
    """moshi_mlx's ``TTSModel``, loaded and quantised as its own command does it."""

    def __init__(
        self,
        folder: Path,
        voice: Path,
        bits: int,
        text: str,
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
        self._attributes = self._model.make_condition_attributes([voice], 2.0)
        self._text = text

    def run(self, seed: int, on_step: Callable[[int], None] = lambda step: None) -> Run:
        """Speaks the whole text; ``on_step`` is called with the number of each step as it begins."""
        import mlx.core as mx

        run = Run()
        ends: list[float] = []

        def hook(_tokens: Any) -> None:
            on_step(len(ends))
            ends.append(time.perf_counter())

        mx.random.seed(seed)
        entries = self._model.prepare_script([self._text], padding_between=1)
        self._model.generate(
            [entries], [self._attributes], on_text_hook=hook, on_frame=lambda frame: run.frames.append(frame)
        )
        run.step_ms = _sounding_steps(ends, self._model.delay_steps)
        return run

    def renew(self) -> None:
        """Nothing: moshi_mlx compiles no operation that ``counted`` replaces."""

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
        entries = self._model.prepare_script([self._text], padding_between=1)
        try:
            self._model.generate([entries], [self._attributes], on_frame=decode)
        except Heard:
            return (time.perf_counter() - started_s) * 1000
        raise RuntimeError("moshi_mlx made no sound")


class Ours:
    """Aloud's synthesizer, and its step loop by itself."""

    def __init__(
        self,
        folder: Path,
        voice: str,
        bits: Any,
        precision: Any,
        text: str,
        temperature: float = TEMPERATURE,
        codebooks: int = 32,
    ) -> None:
        self._voice = voice
        self._text = text
        self._temperature = temperature
        self._synthesizer = KyutaiSynthesizer(
            folder,
            bits=bits,
            codebooks=min(codebooks, read_config(folder).codebooks),
            codec="mlx",
            precision=precision,
            temperature=temperature,
        )

    def warm(self) -> None:
        """Compiles everything, so that no figure has it."""
        self._synthesizer.warm()

    @property
    def model(self) -> LoadedModel:
        """The loaded model."""
        return self._synthesizer.model

    def run(self, seed: int, on_step: Callable[[int], None] = lambda step: None) -> Run:
        """As ``Upstream.run``."""
        loop, conditioning = self._synthesizer.loop, self._synthesizer.conditioning(self._voice)
        return speak(loop, self.model, conditioning, self._text, seed, on_step)

    def first_audio_ms(self) -> float:
        """From the call of ``speak`` to the first piece that has samples."""
        words = Known([SpeakableWord(word, 0, 0) for word in self._text.split()])
        started_s = time.perf_counter()
        for piece in self._synthesizer.speak(words, voice=self._voice):
            if len(piece.samples):
                return (time.perf_counter() - started_s) * 1000
        raise RuntimeError("nothing was heard")

    def renew(self) -> None:
        """Forgets what was compiled, so that the next run is traced anew."""
        self._synthesizer.loop = StepLoop(self.model, self._temperature)

    def close(self) -> None:
        """Ends MLX's streams."""
        self._synthesizer.close()


def speak(
    loop: StepLoop,
    model: LoadedModel,
    conditioning: Conditioning,
    text: str,
    seed: int,
    on_step: Callable[[int], None],
) -> Run:
    """Our step loop over a whole text, without decoding, as ``Upstream.run`` does it."""
    from engine.tts.kyutai.arrays import begin

    machine, maker = TextMachine(model.config.words_ahead), EntryMaker(model.tokenizer)
    run = Run()
    ends: list[float] = []
    for index, word in enumerate(text.split()):
        for entry in maker.entries(word, 0.0, index):
            machine.add(entry)
    machine.finish()
    loop.begin(conditioning, KeyChain(seed))
    tail = model.config.delay_steps + FINAL_PADDING
    while machine.end_step is None or machine.step < machine.end_step + tail:
        on_step(machine.step)
        stepped = loop.step(machine.preview())
        machine.advance(loop.is_word(stepped.answer))
        if stepped.frame is not None:
            begin(stepped.frame)
            run.frames.append(stepped.frame)
            if len(run.frames) > 1:
                np.array(run.frames[-2])  # a codec would wait for it while this step is under way
        ends.append(time.perf_counter())
    loop.wait()
    run.step_ms = _sounding_steps(ends, model.config.delay_steps)
    return run


def _sounding_steps(ends: list[float], delay_steps: int) -> list[float]:
    first = delay_steps + 4
    pairs = zip(ends[first:], ends[first + 1 :], strict=False)
    return [(after - before) * 1000 for before, after in pairs]


@contextmanager
def counted(tally: Tally, *, fused: bool) -> Iterator[None]:
    """Counts every graph that is evaluated within, at whatever call makes MLX evaluate it.

    ``fused``: counts each of MLX's fast operations as the one primitive that it is on a GPU, where on
    a CPU it would fall apart into several; what is computed then has the right shapes and no meaning.
    """
    import mlx.core as mx

    def counting(function: Any) -> Any:
        def call(*arrays: Any, **options: Any) -> Any:
            tally.add(*(array for array in arrays if isinstance(array, mx.array)))
            return function(*arrays, **options)

        return call

    def one(x: Any, *others: Any, **_: Any) -> Any:
        arrays = [other for other in others if isinstance(other, mx.array)]
        x = x.astype(mx.result_type(x, *arrays[:1])) if arrays else x
        return mx.depends([x], arrays)[0]

    reads = ("__bool__", "item", "tolist", "__array__")
    fast = ("rms_norm", "layer_norm", "rope", "scaled_dot_product_attention") if fused else ()
    replaced = [
        *((mx.array, name, counting(getattr(mx.array, name))) for name in reads),
        *((mx, name, counting(getattr(mx, name))) for name in ("eval", "async_eval")),
        *((mx.fast, name, one) for name in fast),
    ]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    try:
        for owner, name, stand_in in replaced:
            setattr(owner, name, stand_in)
        yield
    finally:
        for owner, name, original in kept:
            setattr(owner, name, original)
