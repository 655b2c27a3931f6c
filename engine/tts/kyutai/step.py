"""One step of the language model: two text tokens in, one frame's audio tokens out.

The same tokens as moshi_mlx's ``LmGen`` for the same weights, seed and text, without its waiting:

- Which text is fed next depends on the model's own answer. Both answers' inputs are known before,
  so the choice is made on the device and the next work is queued without waiting for it.
- The answer is not even computed where the rules leave no choice.
- While the sound's delay lasts, audio tokens would be replaced by nothing: they are not drawn.
- All codebooks' embeddings stand in one table: one gather, and one fused sum.
- A voice's keys and values and the sum of its text conditioning come ready-made.

Belongs to the thread that made it. Nothing here blocks on the device but the answer's owner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.tts.kyutai.arrays import begin
from engine.tts.kyutai.depformer import embed_text, make_depformer
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.layers import CROSS_NORM_EPSILON, NORM_EPSILON, gated, linear, sampler, silu_gate
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.text_machine import NEW_WORD, Preview, TextInput
from engine.tts.kyutai.voices import Conditioning
from engine.tts.kyutai.weights import Tree

TEMPERATURE: Final = 0.6
"""For text and audio alike (moshi_mlx ``TTSModel.temp``)."""

TOP_P: Final = 0.95
"""Least likely tokens are left out beyond this share (moshi_mlx ``Sampler.top_p``)."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step left on the device. ``answer``: the model's text token, or None where none was
    needed; ``frame``: codes ``[1, codebooks, 1]`` of a whole frame of sound, or None while there is none."""

    answer: Any
    frame: Any


class StepLoop:
    """The model at one place in one reply. ``begin`` resets it; ``step`` takes it on by one frame."""

    def __init__(self, model: LoadedModel, temperature: float = TEMPERATURE, top_p: float = TOP_P) -> None:
        import mlx.core as mx

        raw = model.config.raw
        self.codebooks = len(model.tree["slices"])
        self.delay_steps = model.config.delay_steps
        self._all_codebooks: int = raw["n_q"]
        self._delays: list[int] = raw["delays"][1:]
        self._audio_rows: int = raw["card"] + 1
        self._zero_text_row: int = raw["text_card"] + 1
        self._first_text_row: int = raw["text_card"]
        self._samples = temperature > 0
        self._backbone = _Backbone(model)
        self._depformer = make_depformer(
            model.tree, model.config.schedule, raw["depformer_num_heads"], temperature, top_p
        )
        self._text_head = linear(model.tree["text_head"])
        self._draw_text = mx.compile(sampler(temperature, top_p))
        self._offsets = mx.arange(self.codebooks, dtype=mx.uint32) * self._audio_rows
        self._no_numbers = mx.zeros(self.codebooks)
        mx.eval(self._offsets, self._no_numbers)
        self._conditioning: Conditioning | None = None
        self._keys = KeyChain(0)
        self._history: list[Any] = []
        self._text_rows: Any = None
        self.steps = 0

    def begin(self, conditioning: Conditioning, keys: KeyChain) -> None:
        """Starts a reply in a voice, with the random numbers of ``keys``; drops whatever went before."""
        import mlx.core as mx

        self._conditioning = conditioning
        self._keys = keys
        self._history = []
        self._text_rows = mx.array([self._first_text_row, self._zero_text_row])
        self.steps = 0

    def step(self, preview: Preview) -> Stepped:
        """Queues the next step on the device, for whatever ``preview`` says will be fed after it."""

        assert self._conditioning is not None
        hidden = self._backbone(self._text_rows, self._audio_input(), self._conditioning, self.steps)
        answer = self._answer(hidden, preview)
        self._text_rows = self._next_text(answer, preview)
        if self._is_silent:
            self._keys.skip(self.codebooks * self._samples)
            self._history.append(None)
            begin(hidden, self._text_rows)
        else:
            if answer is not None:
                begin(answer)  # by itself, so that it can be read before the audio tokens are there
            tokens = self._depformer(hidden, self._text_rows, self._uniforms(self.codebooks))
            self._history.append(tokens)
            begin(tokens, self._text_rows)
        self.steps += 1
        frame = self._frame()
        if self._samples and not self._is_silent:  # while the device is at work
            self._keys.prepare(1 + self.codebooks)
        return Stepped(answer, frame)

    def is_word(self, answer: Any) -> bool:
        """Whether the model's answer is that a word begins. Blocks until the answer is there."""
        return answer is not None and int(answer.item()) == NEW_WORD

    def wait(self) -> None:
        """Blocks until all that was queued is done."""
        import mlx.core as mx

        mx.synchronize()

    @property
    def _is_silent(self) -> bool:
        """Whether the audio tokens of the step at hand would all be replaced by nothing."""
        return self.steps < self.delay_steps + min(self._delays)

    def _answer(self, hidden: Any, preview: Preview) -> Any:
        if preview.forced:
            self._keys.skip(int(self._samples))
            return None
        return self._draw_text(self._text_head(hidden), self._uniforms(1))

    def _next_text(self, answer: Any, preview: Preview) -> Any:
        import mlx.core as mx

        if answer is None:
            return mx.array(self._rows(preview.if_pad))
        rows = mx.array([*self._rows(preview.if_word), *self._rows(preview.if_pad)])
        word, pad = mx.split(rows, 2)
        return mx.where(answer == NEW_WORD, word, pad)

    def _rows(self, fed: TextInput) -> list[int]:
        return [fed.main, fed.second if fed.second >= 0 else self._zero_text_row]

    def _uniforms(self, count: int) -> Any:
        import mlx.core as mx

        return mx.array(self._keys.uniforms(count)) if self._samples else self._no_numbers[:count]

    def _audio_input(self) -> Any:
        """The rows of the audio table that this step reads, in the order of the codebooks."""
        import mlx.core as mx

        zero = self._padding_row(self._all_codebooks)
        before = self.steps - 1
        if before >= self.delay_steps + max(self._delays[: self.codebooks]):
            return self._history[-1] + self._offsets
        rows = [
            self._padding_row(index) if before < delay else zero for index, delay in enumerate(self._delays)
        ]
        heard = sum(before >= delay + self.delay_steps for delay in self._delays[: self.codebooks])
        if not heard:
            return mx.array(rows, mx.uint32)
        latest = self._history[-1] + self._offsets
        return mx.concatenate([latest[:heard], mx.array(rows[heard : self.codebooks], mx.uint32)])

    def _padding_row(self, codebook: int) -> int:
        """The row of the audio table that stands for no token of a codebook (see ``weights``)."""
        if codebook < self.codebooks:
            return (codebook + 1) * self._audio_rows - 1
        return self.codebooks * self._audio_rows + codebook - self.codebooks

    def _frame(self) -> Any:
        """The latest whole frame: each codebook's token from the step that its delay puts it at."""
        import mlx.core as mx

        delays = self._delays[: self.codebooks]
        longest = max(self._delays)
        del self._history[: -(longest + 1)]
        if self.steps - 1 - longest < self.delay_steps:
            return None
        runs: list[Any] = []
        start = 0
        for end in range(1, len(delays) + 1):
            if end == len(delays) or delays[end] != delays[start]:
                runs.append(self._history[delays[start]][start:end])
                start = end
        codes = mx.concatenate(runs) if len(runs) > 1 else runs[0]
        return codes.reshape(1, -1, 1)


class _Backbone:
    """The large transformer: embeds a step's input and runs it through all layers."""

    def __init__(self, model: LoadedModel) -> None:
        import mlx.core as mx

        tree, raw = model.tree, model.config.raw
        gate = mx.compile(silu_gate)
        self._embed = _make_embed(tree)
        self._layers = [_Layer(layer, raw, gate) for layer in tree["layers"]]
        self._out_norm = tree["out_norm"]

    def __call__(self, text_rows: Any, audio_rows: Any, conditioning: Conditioning, position: int) -> Any:
        import mlx.core as mx

        x = self._embed(text_rows, audio_rows, conditioning.added)
        for layer, keys_values in zip(self._layers, conditioning.keys_values, strict=True):
            x = layer(x, keys_values, position)
        return mx.fast.rms_norm(x, self._out_norm, NORM_EPSILON)


def _make_embed(tree: Tree) -> Callable[[Any, Any, Any], Any]:
    """The sum of all streams' embeddings, in moshi_mlx's order, for its rounding is part of the result."""
    import mlx.core as mx

    text, audio = tree["text"]["table"], tree["audio"]
    main, second = linear(tree["text"]["out1"]), linear(tree["text"]["out2"])

    def embed(text_rows: Any, audio_rows: Any, added: Any) -> Any:
        x = embed_text(text, text_rows, main, second)
        for row in mx.split(audio[audio_rows], audio_rows.shape[0]):
            x = x + row
        return x + added

    return mx.compile(embed)


class _Layer:
    """A layer of the backbone with the room for its keys and values, which rotates when full."""

    def __init__(self, tree: Tree, raw: dict[str, Any], gate: Callable[[Any], Any]) -> None:
        import mlx.core as mx

        self._heads: int = raw["num_heads"]
        self._width: int = raw["dim"]
        self._size = self._width // self._heads
        self._period: float = raw["max_period"]
        self._norm1, self._norm2, self._cross_norm = tree["norm1"], tree["norm2"], tree["cross_norm"]
        self._project, self._out = linear(tree["qkv"]), linear(tree["out"])
        self._ask, self._cross_out = linear(tree["cross_q"]), linear(tree["cross_out"])
        self._feed = gated(tree, gate)
        # moshi_mlx lets a position attend to itself and to ``context`` positions before it.
        shape = (1, self._heads, raw["context"] + 1, self._size)
        # Positions beyond the present one are never read, so a new reply needs no empty room.
        self._keys = mx.zeros(shape, tree["norm1"].dtype)
        self._values = mx.zeros(shape, tree["norm1"].dtype)
        mx.eval(self._keys, self._values)

    def __call__(self, x: Any, keys_values: tuple[Any, Any], position: int) -> Any:
        import mlx.core as mx

        x = x + self._out(self._attend(mx.fast.rms_norm(x, self._norm1, NORM_EPSILON), position))
        norm = mx.fast.layer_norm(x, self._cross_norm["weight"], self._cross_norm["bias"], CROSS_NORM_EPSILON)
        query = self._ask(norm).reshape(1, self._heads, 1, self._size)
        heard = mx.fast.scaled_dot_product_attention(query, *keys_values, scale=self._size**-0.5)
        x = x + self._cross_out(heard.reshape(1, self._width))
        return x + self._feed(mx.fast.rms_norm(x, self._norm2, NORM_EPSILON))

    def _attend(self, x: Any, position: int) -> Any:
        import mlx.core as mx

        projected = self._project(x).reshape(1, 3 * self._heads, 1, self._size)
        turned, value = mx.split(projected, [2 * self._heads], axis=1)
        turned = mx.fast.rope(
            turned, self._size, traditional=True, base=self._period, scale=1.0, offset=position
        )
        query, key = mx.split(turned, 2, axis=1)
        length = self._keys.shape[2]
        slot = position % length
        self._keys[:, :, slot : slot + 1] = key
        self._values[:, :, slot : slot + 1] = value
        known = min(position + 1, length)
        attended = mx.fast.scaled_dot_product_attention(
            query, self._keys[:, :, :known], self._values[:, :, :known], scale=self._size**-0.5
        )
        return attended.reshape(1, self._width)
