"""Loads a Kyutai model from its folder: weights, codec, tokenizer, and nothing left to do lazily.

Everything here imports MLX and belongs to the one thread that will use what it returns.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import BackendUnavailable, ModelDamaged
from engine.ports import Progress
from engine.tts.kyutai.codec import Codec, load_codec
from engine.tts.kyutai.config import KyutaiConfig, damaged, language_model_config, read_config
from engine.tts.kyutai.store import QuantisedStore, Told
from engine.tts.kyutai.weights import Tree, cast, fuse, quantise, share_slices, truncate
from engine.wording import Wording

Bits = Literal[0, 4, 6, 8]
Precision = Literal["exact", "fast"]
CodecName = Literal["auto", "mlx", "rustymimi"]


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model is loaded.

    ``bits``: width of the quantised weights, 0 for bfloat16 as published. ``codec``: what decodes
    the sound. ``precision``: "exact" computes in the types that moshi_mlx would, which are float32
    from the first cross-attention on; "fast" stays in the weights' own type. ``keep_quantised``:
    whether quantised weights are kept on disk, in ``store`` or else in the model's own folder.
    """

    bits: Bits = 8
    codec: CodecName = "auto"
    precision: Precision = "exact"
    keep_quantised: bool = True
    store: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """All that a voice needs, evaluated and on the device. ``activations`` is the type of the step."""

    config: KyutaiConfig
    tree: Tree
    codec: Codec
    tokenizer: Any
    activations: Any


def load_model(
    folder: Path, options: LoadOptions, progress: Progress = lambda fraction, detail: None
) -> LoadedModel:
    """Loads the model in ``folder``, a copy of the hub's repository.

    Blocks for seconds, minutes the first time at full size, and tells ``progress`` after every few
    arrays. Raises ``ModelMissing``, ``ModelDamaged`` (both name the file) or ``BackendUnavailable``
    where MLX does not run.
    """
    config = read_config(folder)
    progress(0.0, "Reading the voice model")
    try:
        import mlx.core as mx
    except ImportError as error:
        raise BackendUnavailable(
            "Kyutai's voice can't run here: MLX does not load ({reason}).",
            "Choose another voice engine in the settings.",
            reason=error,
        ) from error
    tree = _stored_or_made(config, options, progress)
    early, late = _activation_types(tree, options.precision)
    tree = cast(tree, early=early, late=late)
    _evaluate(tree, _part(progress, 0.7, 0.8, "Preparing the voice model"))
    progress(0.8, "Reading the codec")
    codec = load_codec(config, options.codec)
    progress(0.95, "Reading the tokenizer")
    tokenizer = _load_tokenizer(config.tokenizer_file)
    mx.clear_cache()
    progress(1.0, "The voice model is read")
    return LoadedModel(config, tree, codec, tokenizer, late)


def shorten(model: LoadedModel, codebooks: int) -> LoadedModel:
    """The model with only its first ``codebooks`` codebooks: quicker, and rougher in sound."""
    config = model.config
    tree = truncate(model.tree, codebooks, config.schedule)
    return LoadedModel(config, tree, model.codec.shortened(codebooks), model.tokenizer, model.activations)


def _stored_or_made(config: KyutaiConfig, options: LoadOptions, progress: Progress) -> Tree:
    if not options.bits:
        return _made(config, 0, _part(progress, 0.0, 0.7, "Reading the voice model"))
    store = QuantisedStore(options.store or config.folder / "aloud", config.language_model_file, options.bits)
    store.clear_drafts()
    told = _part(progress, 0.0, 0.7, "Reading the voice model")
    tree = store.read(told) if options.keep_quantised else None
    if tree is None:
        quantising = Wording("Quantising the voice model to {bits} bits (once)", bits=options.bits)
        told = _part(progress, 0.0, 0.6, quantising)
        tree = _made(config, options.bits, told)
        if options.keep_quantised:
            store.write(tree, _part(progress, 0.6, 0.7, "Keeping the quantised voice model"))
    return tree


def _made(config: KyutaiConfig, bits: int, told: Told) -> Tree:
    """The tree from the published weights; evaluated array by array, so that memory peaks low."""
    from moshi_mlx.models.lm import Lm

    try:
        lm_config = language_model_config(config)
        lm = Lm(lm_config)
        lm.load_pytorch_weights(str(config.language_model_file), lm_config, strict=True)
    except (RuntimeError, ValueError, KeyError, TypeError, IndexError) as error:
        raise damaged(config.language_model_file, _short(error)) from error
    share_slices(lm, config.schedule)
    quantise(lm, bits)
    tree = fuse(lm, config.schedule)
    del lm
    try:
        _evaluate(tree, told)
    except (RuntimeError, ValueError) as error:
        raise damaged(config.language_model_file, _short(error)) from error
    return tree


def _evaluate(tree: Tree, told: Told) -> None:
    import mlx.core as mx
    from mlx.utils import tree_flatten

    arrays = [array for _, array in tree_flatten(tree)]
    for done, array in enumerate(arrays):
        told(done / len(arrays))
        mx.eval(array)


def _part(progress: Progress, first: float, last: float, detail: str) -> Told:
    """Told of a part of the loading, in [0, 1]; tells ``progress`` of the whole, percent by percent."""
    before = -1.0

    def told(fraction: float) -> None:
        nonlocal before
        whole = first + fraction * (last - first)
        if whole >= before + 0.01:
            before = whole
            progress(whole, detail)

    return told


def _activation_types(tree: Tree, precision: Precision) -> tuple[Any, Any]:
    """The types that activations have before and after the first cross-attention.

    moshi_mlx adds the conditioning in its own type, and its voices are always float32.
    """
    import mlx.core as mx

    weights = tree["text"]["table"].dtype
    if precision == "fast":
        return weights, weights
    lookups = [array for name, array in tree["conditioners"].items() if name.endswith("embed.weight")]
    early = (mx.zeros(1, weights) + mx.zeros(1, lookups[0].dtype if lookups else weights)).dtype
    return early, mx.float32


def _load_tokenizer(path: Path) -> Any:
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor(str(path))
    except (RuntimeError, OSError) as error:
        raise damaged(path, _short(error)) from error


def _short(error: Exception) -> str:
    if isinstance(error, ModelDamaged):
        return error.message
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'unreadable'}"
