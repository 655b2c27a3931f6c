"""The language model's weights in the form the step wants them: few, fused and of the right type.

A tree of dicts and lists of MLX arrays, made from moshi_mlx's own modules after they were loaded
and quantised (``fuse``), so that each number is the one moshi_mlx would use. What several depformer
slices share stands there once. ``cast`` then turns every small factor of a product into the type
that MLX would otherwise turn it into at every step.

Tree: ``text`` (table, out1, out2), ``audio`` (one table: the rows of each codebook in use, a padding
row for each other one, and a row of zeros), ``layers``, ``out_norm``,
``text_head``, ``inlet`` (what leads from the backbone into each set, stacked), ``sets`` (the weights
of the shared slices), ``slice_norms``, ``slices`` (table, low_rank or out1 and out2, head) and
``conditioners`` (moshi_mlx's ``ConditionProvider``, flat). A linear map is a dict of ``weight``
and, where quantised, ``scales`` and ``biases``.
"""

from typing import Any, Final

GROUP_SIZE: Final = 64
"""Weights that share a scale when quantised (MLX's default for its affine mode)."""

Tree = dict[str, Any]


def quantise(language_model: Any, bits: int) -> None:
    """Quantises the modules that moshi_mlx's ``run_tts`` quantises, in place; 0 bits leaves them."""
    if not bits:
        return
    import mlx.nn as nn

    nn.quantize(language_model.depformer, group_size=GROUP_SIZE, bits=bits)
    for layer in language_model.transformer.layers:
        nn.quantize(layer.self_attn, group_size=GROUP_SIZE, bits=bits)
        nn.quantize(layer.gating, group_size=GROUP_SIZE, bits=bits)


def share_slices(language_model: Any, schedule: tuple[int, ...]) -> None:
    """Lets the depformer slices with the same schedule index hold the same modules.

    Their weights are equal: moshi_mlx loads them from the same tensors.
    """
    first: dict[int, Any] = {}
    for part, index in zip(language_model.depformer.slices, schedule, strict=True):
        if index in first:
            part.transformer = first[index].transformer
            part.linear_in = first[index].linear_in
        else:
            first[index] = part


def fuse(language_model: Any, schedule: tuple[int, ...]) -> Tree:
    """The tree of ``language_model``, a moshi_mlx ``Lm``; nothing is computed until it is evaluated."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    lm = language_model
    parts = lm.depformer.slices
    owners = [parts[schedule.index(index)] for index in range(max(schedule) + 1)]
    zero_text = mx.zeros((1, lm.text_emb.weight.shape[1]), lm.text_emb.weight.dtype)
    audio = [embedding.weight for embedding in lm.audio_embs]
    return {
        "text": {
            "table": mx.concatenate([lm.text_emb.weight, zero_text]),
            "out1": linear_map(lm.text_emb.out1),
            "out2": linear_map(lm.text_emb.out2),
        },
        "audio": mx.concatenate([*audio, mx.zeros((1, audio[0].shape[1]), audio[0].dtype)]),
        "layers": [_layer(layer) for layer in lm.transformer.layers],
        "out_norm": lm.out_norm.weight,
        "text_head": linear_map(lm.text_linear),
        "inlet": _stacked([linear_map(owner.linear_in) for owner in owners]),
        "sets": [[_core(layer) for layer in owner.transformer.layers] for owner in owners],
        "slice_norms": [_norms(layer) for layer in parts[0].transformer.layers],
        "slices": [_slice(part, first=index == 0) for index, part in enumerate(parts)],
        "conditioners": dict(tree_flatten(lm.condition_provider.parameters())),
    }


def linear_map(module: Any) -> Tree:
    """The arrays of an ``nn.Linear`` or ``nn.QuantizedLinear`` without bias."""
    return {name: module[name] for name in ("weight", "scales", "biases") if name in module}


def truncate(tree: Tree, codebooks: int, schedule: tuple[int, ...]) -> Tree:
    """The tree with only the first ``codebooks`` of its depformer slices, and what they need.

    Of the audio table the last row of every codebook stays, padding, which the first steps use.
    """
    import mlx.core as mx

    whole = len(tree["slices"])
    if codebooks >= whole:
        return tree
    audio = tree["audio"]
    rows = (audio.shape[0] - 1) // whole
    padding = [audio[(index + 1) * rows - 1][None] for index in range(codebooks, whole)]
    audio = mx.concatenate([audio[: codebooks * rows], *padding, audio[-1:]])
    mx.eval(audio)
    sets = max(schedule[:codebooks]) + 1
    width = tree["inlet"]["weight"].shape[0] // len(tree["sets"])
    inlet = {name: array[: width * sets] for name, array in tree["inlet"].items()}
    slices = tree["slices"][:codebooks]
    return tree | {"audio": audio, "slices": slices, "sets": tree["sets"][:sets], "inlet": inlet}


def cast(tree: Tree, *, early: Any, late: Any) -> Tree:
    """The tree with the factors of each product in the type that the product is computed in.

    ``early``: the type of activations until the first cross-attention, ``late``: after it. Packed
    integers and the embedding tables stay as they are.
    """

    def layer_of(layer: Tree, dtype: Any) -> Tree:
        cast_layer: Tree = _to(layer, dtype)
        return cast_layer | {"cross_kv": layer["cross_kv"]}  # used once a voice, and large

    first, *others = tree["layers"]
    before = {name: _to(first[name], early) for name in ("norm1", "qkv", "out")}
    changed: Tree = {
        "layers": [layer_of(first, late) | before, *(layer_of(layer, late) for layer in others)],
        **{name: _to(tree[name], late) for name in ("out_norm", "text_head", "inlet", "sets", "slice_norms")},
        "slices": [part | {"head": _to(part["head"], late)} for part in tree["slices"]],
    }
    return tree | changed


def _to(tree: Any, dtype: Any) -> Any:
    import mlx.core as mx
    from mlx.utils import tree_map

    def convert(array: Any) -> Any:
        return array.astype(dtype) if mx.issubdtype(array.dtype, mx.floating) else array

    return tree_map(convert, tree)


def _layer(layer: Any) -> Tree:
    cross = layer.cross_attention
    width = cross.in_proj.weight.shape[1]
    return {
        **_core(layer),
        **_norms(layer),
        "cross_norm": {"weight": layer.norm_cross.weight, "bias": layer.norm_cross.bias},
        "cross_q": {"weight": cross.in_proj.weight[:width]},
        "cross_kv": {"weight": cross.in_proj.weight[width:]},
        "cross_out": linear_map(cross.out_proj),
    }


def _norms(layer: Any) -> Tree:
    return {"norm1": layer.norm1.weight, "norm2": layer.norm2.weight}


def _core(layer: Any) -> Tree:
    return {
        "qkv": linear_map(layer.self_attn.in_proj),
        "out": linear_map(layer.self_attn.out_proj),
        "gate_in": linear_map(layer.gating.linear_in),
        "gate_out": linear_map(layer.gating.linear_out),
    }


def _slice(part: Any, *, first: bool) -> Tree:
    import mlx.core as mx

    embedding = part.emb
    tree = {"table": embedding.weight, "head": linear_map(part.linear_out)}
    if not first:
        return tree | {"low_rank": linear_map(embedding.low_rank)}
    zero = mx.zeros((1, embedding.weight.shape[1]), embedding.weight.dtype)
    return tree | {
        "table": mx.concatenate([embedding.weight, zero]),
        "out1": linear_map(embedding.out1),
        "out2": linear_map(embedding.out2),
    }


def _stacked(maps: list[Tree]) -> Tree:
    import mlx.core as mx

    return {name: mx.concatenate([one[name] for one in maps]) for name in maps[0]}
