"""What a Kyutai model's folder says about itself: ``config.json``, read and checked.

Nothing here imports MLX before ``language_model_config`` or ``mimi_config`` is called.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.errors import ModelDamaged, ModelMissing
from engine.wording import Wording

FRAME_RATE_HZ: Final = 12.5
"""Steps of the language model, and frames of Mimi, per second (moshi_mlx ``mimi_202407``)."""

_REMEDY: Final = "Download the voice again with `aloud models`, or choose another folder in the settings."


@dataclass(frozen=True, slots=True)
class KyutaiConfig:
    """A model folder's configuration.

    ``delay_steps``: how many steps the sound of a word comes after its text. ``words_ahead``: how
    many words beyond the present one the model wants to see. ``voice_suffix`` ends the file name of
    every voice made for this model. ``raw`` is ``config.json`` as it stands.
    """

    folder: Path
    raw: dict[str, Any]
    language_model_file: Path
    mimi_file: Path
    tokenizer_file: Path
    voice_suffix: str
    delay_steps: int
    words_ahead: int
    codebooks: int
    context_steps: int
    schedule: tuple[int, ...]


def read_config(folder: Path) -> KyutaiConfig:
    """Reads and checks ``config.json`` in ``folder`` and that the files it names are there.

    Raises ``ModelMissing`` for a file that is not there and ``ModelDamaged`` for a configuration
    that can't be read or is not that of a speech model of this family.
    """
    path = folder / "config.json"
    require_file(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        config = _parse(folder, raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(
            path, Wording("it does not describe a Kyutai voice ({reason})", reason=error)
        ) from error
    for file in (config.language_model_file, config.mimi_file, config.tokenizer_file):
        require_file(file)
    return config


def language_model_config(config: KyutaiConfig) -> Any:
    """moshi_mlx's ``LmConfig`` for this folder. Imports MLX."""
    from moshi_mlx.models.lm import LmConfig

    return LmConfig.from_config_dict(config.raw)


def mimi_config(geometry: dict[str, int], codebooks: int, vocabulary: int) -> Any:
    """moshi_mlx's ``MimiConfig``: the published codec, with what ``geometry`` overrides. Imports MLX.

    ``geometry`` may hold ``dimension``, ``filters``, ``heads``, ``layers`` and
    ``quantizer_dimension``; the hub's ``config.json`` has none of them.
    """
    from moshi_mlx.models.mimi import mimi_202407

    config = mimi_202407(codebooks)
    config.quantizer_bins = vocabulary
    if geometry:
        dimension = geometry["dimension"]
        config.seanet.dimension = config.transformer.d_model = dimension
        config.seanet.nfilters = geometry["filters"]
        config.transformer.num_heads = geometry["heads"]
        config.transformer.num_layers = geometry["layers"]
        config.transformer.dim_feedforward = 4 * dimension
        config.quantizer_dim = geometry["quantizer_dimension"]
    return config


def require_file(path: Path) -> None:
    """Raises ``ModelMissing`` unless ``path`` is a file, ``ModelDamaged`` if it is empty."""
    if not path.is_file():
        raise ModelMissing(
            "The voice's file {file} is not in {folder}.", _REMEDY, file=path.name, folder=path.parent
        )
    if path.stat().st_size == 0:
        raise damaged(path, Wording("it is empty"))


def damaged(path: Path, reason: str) -> ModelDamaged:
    """The error for a file that is there and can't be used; ``reason`` completes the sentence."""
    return ModelDamaged(
        "The voice's file {file} in {folder} can't be used: {reason}.",
        _REMEDY,
        file=path.name,
        folder=path.parent,
        reason=reason,
    )


def _parse(folder: Path, raw: dict[str, Any]) -> KyutaiConfig:
    speech = raw["tts_config"]
    schedule = tuple(raw["depformer_weights_per_step_schedule"])
    delays = raw["delays"]
    if len(schedule) < raw["dep_q"] or len(delays) != raw["n_q"] + 1 or raw["n_q"] != raw["dep_q"]:
        raise ValueError("its codebooks do not match its schedule")
    if not raw["demux_second_stream"] or not raw["depformer_low_rank_embeddings"]:
        raise ValueError("it lacks the second text stream")
    if int(speech["second_stream_ahead"]) < 1:
        raise ValueError("it does not look ahead in the text")
    if not raw["cross_attention"] or "speaker_wavs" not in raw["conditioners"]:
        raise ValueError("it takes no voices")
    identity = raw["model_id"]
    return KyutaiConfig(
        folder=folder,
        raw=raw,
        language_model_file=folder / raw["moshi_name"],
        mimi_file=folder / raw["mimi_name"],
        tokenizer_file=folder / raw["tokenizer_name"],
        voice_suffix=f".{identity['sig']}@{identity['epoch']}.safetensors",
        delay_steps=int(speech["audio_delay"] * FRAME_RATE_HZ),
        words_ahead=int(speech["second_stream_ahead"]),
        codebooks=int(raw["dep_q"]),
        context_steps=int(raw["context"]),
        schedule=schedule[: raw["dep_q"]],
    )
