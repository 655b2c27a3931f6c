"""The depformer: the small transformer that writes one step's audio tokens, a slice a codebook.

Its slices run one after another, each fed the token of the one before, and its caches live for one
step. So the whole of it is one function of the backbone's output, the text token and the random
numbers, and is compiled as one: on a GPU its cost is the number of kernels, not their size.

Against moshi_mlx's ``DepFormer.sample`` it computes the same tokens and differs in this: what leads
from the backbone into the slices is one product for all of them; a cache row is written in place
into room made once, keys and values side by side; random numbers are given, not made; nothing is
reset, padded or transposed that has a length of one.
"""

from collections.abc import Callable
from typing import Any

from engine.tts.kyutai.layers import NORM_EPSILON, gated, linear, sampler, silu_gate
from engine.tts.kyutai.weights import Tree

Depformer = Callable[[Any, Any, Any], Any]
"""From backbone output ``[1, D]``, text rows ``[2]`` and uniform numbers ``[codebooks]`` to the tokens
``[codebooks]`` (uint32)."""


def make_depformer(
    tree: Tree, schedule: tuple[int, ...], heads: int, temperature: float, top_p: float
) -> Depformer:
    """The depformer of ``tree`` as one compiled function; compiling happens at its first call."""
    import mlx.core as mx

    slices = [_Slice(part, index == 0) for index, part in enumerate(tree["slices"])]
    layers = [[_layer(core, norms, heads) for core, norms in zip(one, tree["slice_norms"], strict=True)]
              for one in tree["sets"]]  # fmt: skip
    inlet, sets = linear(tree["inlet"]), len(tree["sets"])
    draw = sampler(temperature, top_p)
    width = tree["inlet"]["weight"].shape[0] // sets
    room = mx.zeros((1, 2 * heads, len(slices), width // heads), tree["slice_norms"][0]["norm1"].dtype)
    mx.eval(room)

    def depformer(hidden: Any, text_rows: Any, uniforms: Any) -> Any:
        inlets = mx.split(inlet(hidden), sets, axis=-1)
        uniform_of = mx.split(uniforms, len(slices))
        caches = [room] * len(tree["slice_norms"])
        token, tokens = text_rows, []
        for index, part in enumerate(slices):
            x = inlets[schedule[index]] + part.embed(token)
            for depth, layer in enumerate(layers[schedule[index]]):
                x, caches[depth] = layer(x, caches[depth], index)
            token = draw(part.head(x), uniform_of[index])
            tokens.append(token)
        return mx.concatenate(tokens)

    return mx.compile(depformer)


class _Slice:
    """What a slice has for itself: how its input token is embedded, and its head."""

    def __init__(self, tree: Tree, first: bool) -> None:
        self._table = tree["table"]
        self.head = linear(tree["head"])
        self.embed = self._embed_text if first else self._embed_audio
        if first:
            self._main, self._second = linear(tree["out1"]), linear(tree["out2"])
        else:
            self._raise = linear(tree["low_rank"])

    def _embed_audio(self, token: Any) -> Any:
        return self._raise(self._table[token])

    def _embed_text(self, rows: Any) -> Any:
        return embed_text(self._table, rows, self._main, self._second)


def embed_text(table: Any, rows: Any, main: Callable[[Any], Any], second: Callable[[Any], Any]) -> Any:
    """The sum ``[1, d]`` of both text streams' embeddings; the last row of ``table`` is zero."""
    import mlx.core as mx

    first, other = mx.split(table[rows], 2)
    return main(first) + second(other)


def _layer(core: Tree, norms: Tree, heads: int) -> Callable[[Any, Any, int], tuple[Any, Any]]:
    """A layer as a function of its input, its cache and the slice's index; returns output and cache."""
    import mlx.core as mx

    project, out, feed = linear(core["qkv"]), linear(core["out"]), gated(core, silu_gate)
    norm1, norm2 = norms["norm1"], norms["norm2"]
    width = norm1.shape[0]
    scale = (width // heads) ** -0.5

    def layer(x: Any, cache: Any, index: int) -> tuple[Any, Any]:
        projected = project(mx.fast.rms_norm(x, norm1, NORM_EPSILON)).reshape(1, 3 * heads, 1, width // heads)
        query, key_value = mx.split(projected, [heads], axis=1)
        cache = _write(cache, key_value, index)
        keys, values = mx.split(cache[:, :, : index + 1], 2, axis=1)
        attended = mx.fast.scaled_dot_product_attention(query, keys, values, scale=scale)
        x = x + out(attended.reshape(1, width))
        return x + feed(mx.fast.rms_norm(x, norm2, NORM_EPSILON)), cache

    return layer


def _write(room: Any, row: Any, position: int) -> Any:
    """``room`` with ``row`` at ``position``; in place where nothing else holds it."""
    written = room.reshape(room.shape)  # another handle on the same room: assigning changes only this one
    written[:, :, position : position + 1] = row
    return written
