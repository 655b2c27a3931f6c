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
    """Draws a token ``[1]`` (uint32) from logits of one position, with a uniform number ``[1]``.

    What moshi_mlx's ``Sampler`` draws where MLX's ``categorical`` would make that number of its key:
    the likely tokens in ascending order, the least likely left out, and the first whose share of the
    sum reaches the number. Temperature 0 takes the most likely and uses no number.
    """
    import mlx.core as mx

    def greedy(logits: Any, _uniform: Any) -> Any:
        return mx.argmax(logits.reshape(1, -1), axis=-1)

    def draw(logits: Any, uniform: Any) -> Any:
        likely = mx.softmax(logits.reshape(-1).astype(mx.float32) * (1 / temperature))
        order = mx.argsort(likely)
        ordered = mx.take_along_axis(likely, order, axis=0)
        kept = mx.where(mx.cumsum(ordered) > 1 - top_p, ordered, 0)
        # By way of logarithms, as there, for their rounding is part of the result.
        weights = mx.exp(mx.log(kept) - mx.log(ordered[-1:]))
        before = mx.cumsum(weights, inclusive=False)[1:]  # the first is 0, which any number reaches
        place = mx.searchsorted(before, uniform * mx.sum(weights), side="right")
        return mx.take_along_axis(order, place, axis=0)

    return greedy if temperature == 0 else draw
