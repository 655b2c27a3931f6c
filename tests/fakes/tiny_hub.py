"""A Kyutai TTS folder in a few MB: the real layout and names, small dimensions, random weights.

``write_hub`` writes what the hub's ``kyutai/tts-1.6b-en_fr`` and ``kyutai/tts-voices`` hold (config,
language model, Mimi, SentencePiece tokenizer, voices) in the PyTorch layout that moshi_mlx reads,
so that the loaders under test are the real ones. ``Geometry`` is tiny by default; ``FULL`` is the
published one and ``REAL_COUNTS`` has its layers, slices and codebooks with small dimensions.

MLX ties arrays to the thread that made them: call this on the thread (or in the process) that may
import MLX; the files can then be read anywhere.
"""

import io
import json
import math
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

MODEL_SIGNATURE: Final = "1e68beda"
MODEL_EPOCH: Final = 240
VOICE_SUFFIX: Final = f".{MODEL_SIGNATURE}@{MODEL_EPOCH}.safetensors"
VOICES: Final = ("alice/calm.wav", "bob.wav", "carol.wav")

SHARED_SCHEDULE: Final = (*range(8), *[8] * 8, *[9] * 8, *[10] * 8)
"""Which of the eleven weight sets each of the 32 depformer slices of the published model uses."""

_TEXT: Final = (
    "hello world this is a tiny voice model that speaks word by word and stops when asked to do so "
    "bonjour le monde streaming text and audio numbers one two three four five six seven eight nine ten"
)
WORDS: Final = tuple(_TEXT.split())


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """The sizes of a model. Defaults are tiny; multiples of 64 where quantising needs them."""

    dimension: int = 256
    heads: int = 4
    layers: int = 1
    context: int = 128
    text_vocabulary: int = 320
    audio_vocabulary: int = 32
    codebooks: int = 4
    slice_dimension: int = 64
    slice_heads: int = 2
    slice_layers: int = 1
    slice_feedforward: int = 96
    slice_embedding: int = 64
    schedule: tuple[int, ...] = (0, 1, 2, 2)
    voice_dimension: int = 16
    voice_frames: int = 25
    mimi: dict[str, int] | None = None
    """Overrides of Mimi's geometry, written into config.json; None for the published Mimi."""


TINY_MIMI: Final = {
    "dimension": 32, "filters": 4, "heads": 2, "layers": 1, "quantizer_dimension": 16,
}  # fmt: skip
TINY: Final = Geometry(mimi=TINY_MIMI)
TINY_32: Final = replace(TINY, layers=2, codebooks=32, schedule=SHARED_SCHEDULE)
REAL_COUNTS: Final = replace(
    TINY, layers=16, context=500, codebooks=32, schedule=SHARED_SCHEDULE, slice_layers=4, voice_frames=125
)
FULL: Final = Geometry(
    dimension=2048, heads=16, layers=16, context=500, text_vocabulary=8000, audio_vocabulary=2048,
    codebooks=32, slice_dimension=1024, slice_heads=16, slice_layers=4, slice_feedforward=3072,
    slice_embedding=128, schedule=SHARED_SCHEDULE, voice_dimension=512, voice_frames=125,
)  # fmt: skip


def config_dict(geometry: Geometry) -> dict[str, Any]:
    """``config.json`` as the hub has it, plus ``mimi_geometry`` where Mimi is not the published one."""
    g = geometry
    lut = {"type": "lut"}
    scales = ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0"]
    config = {
        "card": g.audio_vocabulary, "n_q": g.codebooks, "dep_q": g.codebooks,
        "delays": [0, 0] + [2] * (g.codebooks - 1), "dim": g.dimension, "text_card": g.text_vocabulary,
        "existing_text_padding_id": 3, "num_heads": g.heads, "num_layers": g.layers, "hidden_scale": 4.125,
        "causal": True, "layer_scale": None, "context": g.context, "max_period": 10000, "gating": "silu",
        "norm": "rms_norm_f32", "positional_embedding": "rope", "depformer_dim": g.slice_dimension,
        "depformer_num_heads": g.slice_heads, "depformer_num_layers": g.slice_layers,
        "depformer_dim_feedforward": g.slice_feedforward, "depformer_multi_linear": True,
        "depformer_pos_emb": "none", "depformer_weights_per_step": True,
        "depformer_low_rank_embeddings": g.slice_embedding,
        "depformer_weights_per_step_schedule": list(g.schedule), "demux_second_stream": True,
        "text_card_out": None, "cross_attention": True, "model_type": "tts",
        "conditioners": {
            "speaker_wavs": {"type": "tensor", "tensor": {"dim": g.voice_dimension}},
            "cfg": lut | {"lut": {"n_bins": 7, "dim": 16, "tokenizer": "noop", "possible_values": scales}},
            "control": lut
            | {"lut": {"n_bins": 1, "dim": g.dimension, "tokenizer": "noop", "possible_values": ["ok"]}},
        },
        "fuser": {
            "cross_attention_pos_emb": True, "cross_attention_pos_emb_scale": 1,
            "sum": ["control", "cfg"], "prepend": [], "cross": ["speaker_wavs"],
        },
        "tts_config": {"audio_delay": 1.28, "second_stream_ahead": 2},
        "model_id": {"sig": MODEL_SIGNATURE, "epoch": MODEL_EPOCH},
        "lm_gen_config": {"temp": 0.6, "text_temp": 0.6},
        "tokenizer_name": "tokenizer_spm_8k_en_fr_audio.model",
        "mimi_name": "tokenizer-e351c8d8-checkpoint125.safetensors",
        "moshi_name": f"dsm_tts_{MODEL_SIGNATURE}@{MODEL_EPOCH}.safetensors",
    }  # fmt: skip
    return config | ({"mimi_geometry": g.mimi} if g.mimi else {})


def write_hub(folder: Path, geometry: Geometry = TINY, *, seed: int = 0) -> Path:
    """Writes the model and three voices into ``folder`` (made where missing) and returns it."""
    import mlx.core as mx

    mx.random.seed(seed)
    config = config_dict(geometry)
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    mx.save_safetensors(str(folder / config["moshi_name"]), _language_model(geometry))
    mx.save_safetensors(str(folder / config["mimi_name"]), _mimi(geometry))
    _write_tokenizer(folder / config["tokenizer_name"], geometry.text_vocabulary)
    identity = {name: str(value) for name, value in config["model_id"].items()}
    for name in VOICES:
        path = folder / "voices" / (name + VOICE_SUFFIX)
        path.parent.mkdir(exist_ok=True)
        sound = mx.random.normal((1, geometry.voice_dimension, geometry.voice_frames))
        mx.save_safetensors(str(path), {"speaker_wavs": sound}, identity)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _language_model(geometry: Geometry) -> dict[str, Any]:
    import mlx.core as mx

    tensors = {}
    for name, shape in _language_model_shapes(geometry).items():
        if "norm" in name:
            value = mx.zeros(shape) if name.endswith("bias") else mx.ones(shape)
        else:
            value = mx.random.normal(shape) / math.sqrt(shape[-1])
        if name == "text_linear.weight":  # row 0 (a word begins) wins now and then, as it does for real
            value = value.at[0].multiply(10.0)
        conditioning = name.startswith("condition_provider")
        tensors[name] = value.astype(mx.float32 if conditioning else mx.bfloat16)
    return tensors


def _language_model_shapes(g: Geometry) -> dict[str, tuple[int, ...]]:
    d, text = g.dimension, g.text_vocabulary
    shapes: dict[str, tuple[int, ...]] = {
        "out_norm.alpha": (1, 1, d), "text_emb.weight": (text + 1, d), "text_emb.out1.weight": (d, d),
        "text_emb.out2.weight": (d, d), "text_linear.weight": (text, d),
    }  # fmt: skip
    shapes |= {f"emb.{i}.weight": (g.audio_vocabulary + 1, d) for i in range(g.codebooks)}
    for layer in range(g.layers):
        prefix = f"transformer.layers.{layer}."
        shapes |= _attention_shapes(prefix, d, "self_attn", 1)
        shapes |= _attention_shapes(prefix, d, "cross_attention", 1)
        shapes |= {prefix + "norm1.alpha": (1, 1, d), prefix + "norm2.alpha": (1, 1, d)}
        shapes |= {prefix + "norm_cross.weight": (d,), prefix + "norm_cross.bias": (d,)}
        shapes |= _gating_shapes(prefix + "gating.", d, 11 * d // 4)
    for name, width in (("speaker_wavs", g.voice_dimension), ("cfg", 16), ("control", d)):
        prefix = f"condition_provider.conditioners.{name}."
        shapes |= {prefix + "output_proj.weight": (d, width), prefix + "learnt_padding": (1, 1, d)}
        if name != "speaker_wavs":
            shapes[prefix + "embed.weight"] = ({"cfg": 7, "control": 1}[name] + 1, width)
    return shapes | _depformer_shapes(g)


def _depformer_shapes(g: Geometry) -> dict[str, tuple[int, ...]]:
    d, low, sets = g.slice_dimension, g.slice_embedding, max(g.schedule) + 1
    hidden = 11 * d // 4 if g.slice_feedforward == 4 * d else 2 * g.slice_feedforward // 3
    shapes: dict[str, tuple[int, ...]] = {f"depformer_in.{i}.weight": (d, g.dimension) for i in range(sets)}
    shapes |= {f"linears.{i}.weight": (g.audio_vocabulary, d) for i in range(g.codebooks)}
    shapes |= {"depformer_text_emb.weight": (g.text_vocabulary + 1, low)}
    shapes |= {f"depformer_text_emb.{part}.weight": (d, low) for part in ("low_rank", "out1", "out2")}
    for i in range(g.codebooks - 1):
        shapes |= {f"depformer_emb.{i}.weight": (g.audio_vocabulary + 1, low)}
        shapes |= {f"depformer_emb.{i}.low_rank.weight": (d, low)}
    for layer in range(g.slice_layers):
        prefix = f"depformer.layers.{layer}."
        shapes |= _attention_shapes(prefix, d, "self_attn", sets)
        shapes |= {prefix + "norm1.alpha": (1, 1, d), prefix + "norm2.alpha": (1, 1, d)}
        for i in range(sets):
            shapes |= _gating_shapes(f"{prefix}gating.{i}.", d, hidden)
    return shapes


def _attention_shapes(prefix: str, dimension: int, name: str, sets: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{prefix}{name}.in_proj_weight": (sets * 3 * dimension, dimension),
        f"{prefix}{name}.out_proj.weight": (sets * dimension, dimension),
    }


def _gating_shapes(prefix: str, dimension: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        prefix + "linear_in.weight": (2 * hidden, dimension),
        prefix + "linear_out.weight": (dimension, hidden),
    }


def _mimi(geometry: Geometry) -> dict[str, Any]:
    """Mimi's tensors, made from the MLX module's own parameters so that no name can be missed."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from moshi_mlx.models.mimi import Mimi

    from engine.tts.kyutai.config import mimi_config

    module = Mimi(mimi_config(geometry.mimi or {}, geometry.codebooks, geometry.audio_vocabulary))
    tensors = {}
    for name, parameter in tree_flatten(module.parameters()):
        torch_name, shape = _torch_name(name), _torch_shape(name, parameter.shape)
        if "norm" in name or "cluster_usage" in name or "initialized" in name:
            tensors[torch_name] = mx.zeros(shape) if name.endswith("bias") else mx.ones(shape)
        elif "embedding_sum" in name:
            tensors[torch_name] = mx.random.normal(shape)
        else:
            spread = math.sqrt(2.0 / max(1, math.prod(shape[1:])))
            # The last layer is made quieter, so that the sound stays within [-1, 1].
            spread *= 0.1 if "decoder.final_conv1d" in name else 1.0
            tensors[torch_name] = mx.random.normal(shape) * spread
    return tensors


def _torch_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that moshi_mlx's loader turns into ``shape``: channels stand elsewhere in PyTorch."""
    if name.endswith((".conv.weight", ".output_proj.weight", ".input_proj.weight")):
        return (*shape[:-2], shape[-1], shape[-2])
    if name.endswith(".convtr.weight"):
        return (shape[2], shape[0], shape[1])
    return shape


_DECODER_PARTS: Final = {"upsample": 2, "residuals.0": 3}
_ENCODER_PARTS: Final = {"residuals.0": 1, "downsample": 3}


def _torch_name(name: str) -> str:
    """The inverse of the renaming in ``Mimi.load_pytorch_weights``."""
    side = name.split(".", 1)[0]
    if side not in ("encoder", "decoder"):
        name = name.replace(".gating.linear", ".linear").replace(".in_proj.weight", ".in_proj_weight")
        name = name.replace(".codebook.initialized", "._codebook._initialized")
        return name.replace(".codebook.", "._codebook.")
    parts = _DECODER_PARTS if side == "decoder" else _ENCODER_PARTS

    def numbered(match: re.Match[str]) -> str:
        return f"{side}.{3 * int(match[1]) + parts[match[2]]}."

    name = re.sub(rf"^{side}\.layers\.(\d)\.({'|'.join(map(re.escape, parts))})\.", numbered, name)
    name = name.replace(".block.1.", ".block.3.").replace(".block.0.", ".block.1.")
    name = name.replace(f"{side}.init_conv1d.", f"{side}.0.").replace(f"{side}.final_conv1d.", f"{side}.14.")
    return name.replace(f"{side}.", f"{side}.model.", 1)


def _write_tokenizer(path: Path, vocabulary: int) -> None:
    import sentencepiece

    choice = random.Random(0).choice  # not for secrets: sentences for the tokenizer to learn from
    sentences = [" ".join(choice(WORDS) for _ in range(8)) for _ in range(400)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=vocabulary, model_type="unigram",
        byte_fallback=True, unk_id=0, bos_id=1, eos_id=2, pad_id=3, hard_vocab_limit=False, minloglevel=2,
        num_threads=1,
    )  # fmt: skip
    path.write_bytes(model.getvalue())
