"""Mimi, which turns a frame of codebook tokens into 80 ms of sound: in MLX, or rustymimi on the CPU.

Either belongs to the thread that made it. ``decode`` only begins the work; calling what it returns
gives the sound, so that the language model's next step can be under way meanwhile.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, Protocol

import numpy as np

from engine.errors import ExtraMissing
from engine.pcm import Pcm
from engine.tts.kyutai.arrays import begin
from engine.tts.kyutai.config import KyutaiConfig, damaged, mimi_config
from engine.tts.kyutai.mimi_transformer import decode_positions
from engine.wording import Wording

PendingSound = Callable[[], Pcm]
"""Blocks until the sound is there and returns it, mono float32 in [-1, 1]. Called once."""

LONGEST_STREAM_STEPS: Final = 8_192
"""Positions that Mimi's transformer is given room for (moshi_mlx ``mimi_202407``); two a frame."""


class Codec(Protocol):
    """Decodes one stream of frames at a time."""

    def reset(self) -> None:
        """Begins a new stream, as if nothing had been decoded before."""
        ...

    def decode(self, codes: Any) -> PendingSound:
        """Begins to decode a frame: ``codes`` is an MLX array ``[1, codebooks, 1]`` of tokens."""
        ...

    def shortened(self, codebooks: int) -> "Codec":
        """The codec for frames of only the first ``codebooks`` codebooks; this one is of no use any more."""
        ...


def load_codec(config: KyutaiConfig, name: Literal["auto", "mlx", "rustymimi"]) -> Codec:
    """Loads Mimi; "auto" is MLX where it has a GPU, and rustymimi on the CPU where the geometry fits.

    Raises ``ModelDamaged`` for weights that can't be used and ``ExtraMissing`` where rustymimi is
    wanted and not installed.
    """
    if name == "auto":
        import mlx.core as mx

        published = "mimi_geometry" not in config.raw
        name = "rustymimi" if published and mx.default_device() == mx.cpu else "mlx"
    return RustCodec(config, config.codebooks) if name == "rustymimi" else MlxCodec(config)


class MlxCodec:
    """Mimi's decoder on MLX's device, on a stream of its own beside the language model's.

    moshi_mlx's modules, but for the look-up of the codes: all codebooks stand in one table, so that a
    frame is one gather and one sum. The encoder is not read from disk.
    """

    def __init__(self, config: KyutaiConfig) -> None:
        import mlx.core as mx

        try:
            mimi = _load_mimi(config)
            mx.eval(
                mimi.decoder.parameters(), mimi.decoder_transformer.parameters(), mimi.upsample.parameters()
            )
            quantizer = mimi.quantizer
            layers = [*quantizer.rvq_first.vq.layers, *quantizer.rvq_rest.vq.layers]
            self._table = mx.concatenate([layer.codebook._embedding for layer in layers])
            self._first, self._rest = quantizer.rvq_first.output_proj, quantizer.rvq_rest.output_proj
            mx.eval(self._table, self._first.parameters(), self._rest.parameters())
        except (RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
            raise damaged(config.mimi_file, str(error).split("\n")[0][:200]) from error
        self._upsample, self._decoder, self._cache = mimi.upsample, mimi.decoder, mimi.decoder_cache
        self._transformer = mimi.decoder_transformer
        self._offsets = mx.arange(config.codebooks) * config.raw["card"]
        self._stream = mx.new_stream(mx.default_device())

    def reset(self) -> None:
        """See ``Codec``."""
        self._upsample.reset_state()
        self._decoder.reset_state()
        for layer in self._cache:
            layer.reset()

    def decode(self, codes: Any) -> PendingSound:
        """See ``Codec``."""
        import mlx.core as mx

        with mx.stream(self._stream):
            sound = mx.clip(self._decoded(codes.reshape(-1)), -1.0, 1.0)
        begin(sound)
        return lambda: np.array(sound)

    def shortened(self, codebooks: int) -> Codec:
        """See ``Codec``; it decodes as many as it is given."""
        return self

    def _decoded(self, codes: Any) -> Any:
        """Sound ``[samples]`` of a frame's codes ``[codebooks]``."""
        import mlx.core as mx

        rows = self._table[codes + self._offsets[: codes.shape[0]]]
        latent = self._first(rows[:1].T[None])
        if codes.shape[0] > 1:
            latent = latent + self._rest(mx.sum(rows[1:], axis=0)[None, :, None])
        latent = self._upsample.step(latent)
        latent = decode_positions(self._transformer, latent, self._cache)
        return self._decoder.step(latent)[0, 0]


def _load_mimi(config: KyutaiConfig) -> Any:
    from moshi_mlx.models.mimi import Mimi

    geometry = config.raw.get("mimi_geometry", {})
    mimi = Mimi(mimi_config(geometry, config.codebooks, config.raw["card"]))
    mimi.load_pytorch_weights(str(config.mimi_file), strict=True)
    return mimi


class RustCodec:
    """Mimi in Rust on the CPU, which leaves the GPU to the language model.

    It decodes while the caller waits; the language model's step goes on beside it on the GPU.
    """

    def __init__(self, config: KyutaiConfig, codebooks: int) -> None:
        try:
            import rustymimi
        except ImportError as error:
            raise ExtraMissing(Wording("Decoding on the CPU"), "rustymimi") from error
        self._config = config
        self._codebooks = codebooks
        try:
            self._mimi = rustymimi.Tokenizer(
                str(config.mimi_file), num_codebooks=codebooks, max_seq_len=LONGEST_STREAM_STEPS
            )
        except Exception as error:  # rustymimi raises nothing narrower
            raise damaged(config.mimi_file, str(error).split("\n")[0][:200]) from error

    def reset(self) -> None:
        """See ``Codec``."""
        self._mimi.reset()

    def decode(self, codes: Any) -> PendingSound:
        """See ``Codec``."""

        def sound() -> Pcm:
            decoded: Pcm = self._mimi.decode_step(np.array(codes).astype(np.uint32))[0, 0]
            return np.clip(decoded, -1.0, 1.0)

        return sound

    def shortened(self, codebooks: int) -> Codec:
        """See ``Codec``; rustymimi is made for a number of codebooks and reads its file anew."""
        if codebooks == self._codebooks:
            return self
        del self._mimi  # 0.4 GB, which the other takes again
        return RustCodec(self._config, codebooks)
