"""Our side of ``benchmarks.kyutai_step``, and how primitives are counted on both.

The other side is ``engine.tts.kyutai.upstream``: both load the same folder and speak the same text
with the same keys.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from engine.ports import SpeakableWord
from engine.tts.kyutai.arrays import begin
from engine.tts.kyutai.codec import PendingSound
from engine.tts.kyutai.config import read_config
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.script import Known
from engine.tts.kyutai.step import TEMPERATURE, StepLoop
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from engine.tts.kyutai.upstream import OnStep, Run, speak

Decoding = Literal["none", "after", "beside"]
"""Whether frames are decoded: not at all, each before the next step is begun, or beside the next step."""

VIEWS: Final = frozenset(
    (
        *("AsStrided", "Broadcast", "BroadcastAxes", "ExpandDims", "Flatten", "Reshape", "Slice", "Split"),
        *("Squeeze", "Transpose", "Unflatten"),
    )
)
"""Primitives that move no data: they cost graph building, and no kernel."""


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
        codec: Any = "mlx",
    ) -> None:
        self._voice = voice
        self._words = text.split()
        self._temperature = temperature
        self._synthesizer = KyutaiSynthesizer(
            folder,
            bits=bits,
            codebooks=min(codebooks, read_config(folder).codebooks),
            codec=codec,
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

    def run(self, seed: int, on_step: OnStep = lambda step: None, *, decoding: Decoding = "none") -> Run:
        """As ``Upstream.run``; with several voices, words such as ``S2:`` pass the turn on."""
        loop, conditioning = self._synthesizer.loop, self._synthesizer.conditioning(self._voice)
        takes: dict[Decoding, Callable[[], Callable[[Any], None]]] = {
            "none": _Awaited, "after": self._decoded_after, "beside": self._decoded_beside
        }  # fmt: skip
        speakers = self._voice.count("+") + 1
        self.model.codec.reset()
        take = takes[decoding]()
        return speak(
            self.model, loop, conditioning, self._words, seed, speakers=speakers, on_step=on_step, take=take
        )

    def decode_ms(self, frames: Sequence[Any]) -> list[float]:
        """Milliseconds of decoding each of ``frames`` with nothing else under way."""
        self.model.codec.reset()
        taken: list[float] = []
        for frame in frames:
            started_s = time.perf_counter()
            self.model.codec.decode(frame)()
            taken.append((time.perf_counter() - started_s) * 1000)
        return taken

    def first_audio_ms(self) -> float:
        """From the call of ``speak`` to the first piece that has samples."""
        words = Known([SpeakableWord(word, 0, 0) for word in self._words])
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

    def _decoded_after(self) -> Callable[[Any], None]:
        def take(frame: Any) -> None:
            self.model.codec.decode(frame)()

        return take

    def _decoded_beside(self) -> Callable[[Any], None]:
        pending: PendingSound | None = None

        def take(frame: Any) -> None:
            nonlocal pending
            begun = self.model.codec.decode(frame)
            if pending is not None:
                pending()
            pending = begun

        return take


class _Awaited:
    """Waits for each frame once the one after it is under way, as a codec would."""

    def __init__(self) -> None:
        self._before: Any = None

    def __call__(self, frame: Any) -> None:
        """Takes a frame."""
        begin(frame)
        if self._before is not None:
            np.array(self._before)
        self._before = frame


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
