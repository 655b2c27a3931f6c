"""The voices in a folder, and what the model is told about each, computed once and kept.

A voice is a ``NAME.SIGNATURE@EPOCH.safetensors`` file of the hub's voice repository. The text part
of the conditioning becomes one vector, the sound part the keys and values of every cross-attention:
neither changes from step to step or from reply to reply. Belongs to the thread that uses the model.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.errors import ModelMissing, SettingsError
from engine.tts.kyutai.arrays import read_arrays
from engine.tts.kyutai.config import damaged, language_model_config
from engine.tts.kyutai.loader import LoadedModel
from engine.wording import Wording

MOST_SPEAKERS: Final = 5
"""Voices that one reply may have (moshi_mlx ``TTSModel.max_speakers``)."""

GUIDANCE: Final = "2.0"
"""How closely the distilled model keeps to the voice (moshi_mlx ``run_tts`` default for ``cfg``)."""

_KEPT: Final = 2
"""Voices whose keys and values stay in memory: some 160 MB each at full size."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the step adds and attends to: ``added`` ``[1, D]``, keys and values of each layer."""

    added: Any
    keys_values: tuple[tuple[Any, Any], ...]


class VoiceShelf:
    """The voices in ``folders`` that fit ``model``. A voice of several joins up to five with "+".

    The folders are looked into anew when the names are asked for, or a voice that is not known. Of
    ``model`` it keeps only what it needs, which ``shorten`` leaves as it is.
    """

    def __init__(self, model: LoadedModel, folders: Sequence[Path], default: str = "") -> None:
        self._config, self._activations = model.config, model.activations
        self._layers = [layer["cross_kv"]["weight"] for layer in model.tree["layers"]]
        self._folders, self._default = tuple(folders), default
        self._paths = _find(folders, model.config.voice_suffix)
        if not self._paths:
            raise ModelMissing(
                "There is no voice for the model in {folders}.",
                "Download a voice with `aloud models`, or choose another folder in the settings.",
                folders=", ".join(str(folder) for folder in folders),
            )
        self._provider = _provider(model)
        self._known: OrderedDict[str, Conditioning] = OrderedDict()

    @property
    def names(self) -> Sequence[str]:
        """The names of all voices that are there now; the default is first. Touches the disk."""
        self._look()
        return _with_first(list(self._paths), self._default)

    def conditioning(self, voice: str) -> Conditioning:
        """What the model is told for ``voice`` ("" for the default); computed at first use.

        Raises ``ModelMissing`` for a voice that is not there, ``ModelDamaged`` for its file and
        ``SettingsError`` for more voices than a reply can have.
        """
        name = voice or self._first
        if self.speakers(name) > MOST_SPEAKERS:
            raise SettingsError(
                "{chosen} voices are chosen, and an answer can have {most}.",
                "Choose fewer voices in the settings.",
                chosen=self.speakers(name),
                most=MOST_SPEAKERS,
            )
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._compute(name)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(name)
        return known

    def path(self, voice: str) -> Path:
        """The file of one voice ("" for the default). Raises ``ModelMissing``."""
        if voice and voice not in self._paths:
            self._look()
        path = self._paths.get(voice or self._first)
        if path is None:
            raise ModelMissing(
                "There is no voice named {name}.",
                "Choose one of the voices listed in the settings.",
                name=voice,
            )
        return path

    def speakers(self, voice: str) -> int:
        """How many speakers ``voice`` joins."""
        return len(voice.split("+"))

    @property
    def _first(self) -> str:
        return self._default if self._default in self._paths else next(iter(self._paths))

    def _look(self) -> None:
        """What is gone stays known: it may be in use, and its conditioning in memory."""
        self._paths |= _find(self._folders, self._config.voice_suffix)

    def _compute(self, name: str) -> Conditioning:
        import mlx.core as mx

        source = self._provider.conditioners["speaker_wavs"].condition(self._sound(name))
        added = None
        for kind, value in (("control", "ok"), ("cfg", GUIDANCE)):
            if kind in self._provider.conditioners:
                part = self._provider.condition_tensor(kind, value).tensor
                added = part if added is None else added + part
        assert added is not None
        # Where activations are float32 the sum keeps its own type, as it would in moshi_mlx.
        narrow = None if self._activations == mx.float32 else self._activations
        if narrow is not None:
            added = added.astype(narrow)
        heads = self._config.raw["num_heads"]
        keys_values = tuple(_keys_values(source, weight, heads, narrow) for weight in self._layers)
        conditioning = Conditioning(added.reshape(1, -1), keys_values)
        mx.eval(conditioning.added, *[array for pair in keys_values for array in pair])
        return conditioning

    def _sound(self, name: str) -> Any:
        """The voices of ``name`` side by side, in the slots of moshi_mlx's ``make_condition_attributes``."""
        import mlx.core as mx
        from moshi_mlx.modules.conditioner import TensorCondition

        sounds = [self._load(one) for one in name.split("+")]
        frames, width = max(sound.shape[0] for sound in sounds), sounds[0].shape[1]
        empty = MOST_SPEAKERS - len(sounds)
        slots = [mx.pad(sound, [(0, frames - sound.shape[0]), (0, 0)]) for sound in sounds]
        tensor = mx.concatenate([*slots, mx.zeros((frames * empty, width))])
        lengths = mx.array([[sound.shape[0]] for sound in sounds] + [[0]] * empty)
        mask = (mx.arange(frames)[None] < lengths).reshape(1, -1)
        return TensorCondition(tensor[None], mask.astype(mx.uint8))

    def _load(self, name: str) -> Any:
        """One voice's frames, float32 ``[frames, width]``."""
        import mlx.core as mx

        path = self.path(name)
        wanted = self._config.raw["conditioners"]["speaker_wavs"]["tensor"]["dim"]
        try:
            sound = read_arrays(path)["speaker_wavs"].astype(mx.float32)
            mx.eval(sound)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise damaged(path, str(error).split("\n")[0][:200]) from error
        if sound.ndim != 3 or sound.shape[:2] != (1, wanted):
            raise damaged(
                path,
                Wording("its shape is {shape}, not {wanted}", shape=sound.shape, wanted=f"(1, {wanted}, …)"),
            )
        return sound[0].T


def _find(folders: Sequence[Path], suffix: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*" + suffix)) if folder.is_dir() else ():
            found.setdefault(path.relative_to(folder).as_posix().removesuffix(suffix), path)
    return found


def _with_first(names: list[str], first: str) -> list[str]:
    return [first, *(name for name in names if name != first)] if first in names else names


def _provider(model: LoadedModel) -> Any:
    from moshi_mlx.modules.conditioner import ConditionProvider

    config = language_model_config(model.config)
    provider = ConditionProvider(config.transformer.d_model, config.conditioners)
    provider.load_weights(list(model.tree["conditioners"].items()), strict=True)
    return provider


def _keys_values(source: Any, weight: Any, heads: int, dtype: Any) -> tuple[Any, Any]:
    import mlx.core as mx

    width = weight.shape[1]

    def project(rows: Any) -> Any:
        projected = (source @ rows.T).reshape(1, source.shape[1], heads, width // heads)
        # Laid out as attention reads it, or every step would lay it out anew.
        ordered = mx.contiguous(projected.swapaxes(1, 2))
        return ordered if dtype is None else ordered.astype(dtype)

    return project(weight[:width]), project(weight[width:])
