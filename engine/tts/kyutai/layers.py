"""The few operations that the step is made of, over the arrays of ``weights``.

Each computes what moshi_mlx's module of the same purpose computes for one position of one reply,
with as few operations as it takes. Imports MLX inside: call on the model's thread.
"""

from collections.abc import Callable
from typing import Any, Final

from engine.tts.kyutai.weights import GROUP_SIZE, Tree

NORM_EPSILON: Final = 1e-8
"""moshi_mlx ``TransformerLayer`` and ``Lm``, for "rms_norm"."""

CROSS_NORM_EPSILON: Final = 1e-5
"""moshi_mlx ``TransformerLayer.norm_cross``."""

Map = Callable[[Any], Any]


def linear(tree: Tree) -> Map:
    """A linear map without bias; quantised if its weights are."""
    import mlx.core as mx

    weight = tree["weight"]
    if "scales" not in tree:
        transposed = weight.T
        mx.eval(transposed)
        return lambda x: x @ transposed
    scales, biases = tree["scales"], tree["biases"]
    bits = weight.shape[-1] * 32 // (scales.shape[-1] * GROUP_SIZE)

    def quantised(x: Any) -> Any:
        return mx.quantized_matmul(
            x, weight, scales=scales, biases=biases, transpose=True, group_size=GROUP_SIZE, bits=bits
        )

    return quantised


def gated(tree: Tree, gate: Map) -> Map:
    """The feed-forward block; ``gate`` is ``silu_gate``, perhaps compiled."""
    widen, narrow = linear(tree["gate_in"]), linear(tree["gate_out"])
    return lambda x: narrow(gate(widen(x)))


def silu_gate(x: Any) -> Any:
    """The first half of ``x`` through SiLU, times the second half."""
    import mlx.core as mx

    first, second = mx.split(x, 2, axis=-1)
    return (first * mx.sigmoid(first)) * second


def sampler(temperature: float, top_p: float) -> Callable[[Any, Any], Any]:
    """Draws a token from logits ``[1, 1, n]`` with a key: moshi_mlx's ``Sampler``, the key explicit.

    Temperature 0 takes the most likely token and uses no key.
    """
    import mlx.core as mx

    if temperature == 0:
        return lambda logits, key: mx.argmax(logits, axis=-1).astype(mx.int32)

    def draw(logits: Any, key: Any) -> Any:
        scaled = logits * (1 / temperature)
        if not 0 < top_p < 1:
            return mx.random.categorical(scaled, key=key).astype(mx.int32)
        likely = mx.softmax(scaled, axis=-1)
        order = mx.argsort(likely, axis=-1)
        ordered = mx.take_along_axis(likely, order, axis=-1)
        kept = mx.where(mx.cumsum(ordered, axis=-1) > 1 - top_p, ordered, 0)
        drawn = mx.random.categorical(mx.log(kept), key=key)
        return mx.take_along_axis(order, drawn[..., None], axis=-1).squeeze(-1).astype(mx.int32)

    return draw
