"""The two ways to decode Mimi against each other, at the published geometry: rustymimi has no other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rustymimi

from engine.pcm import Pcm
from engine.tts.kyutai.codec import Codec, MlxCodec, RustCodec
from engine.tts.kyutai.config import read_config
from engine.tts.kyutai.mimi_transformer import _band
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in
from tests.fakes.tiny_hub import TINY

FRAMES = 3

pytestmark = pytest.mark.may_take(PATIENCE_S)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    geometry = replace(TINY, mimi=None, codebooks=16, schedule=(*range(8), *[8] * 8), audio_vocabulary=2048)
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub", geometry)


def decoded(codec: Codec, codebooks: int) -> Pcm:
    import mlx.core as mx

    numbers = np.random.default_rng(1)
    codec.reset()
    frames = [mx.array(numbers.integers(0, 2048, (1, codebooks, 1))) for _ in range(FRAMES)]
    return np.concatenate([codec.decode(frame)() for frame in frames])


@pytest.mark.parametrize("codebooks", [16, 8])
def test_both_make_the_same_sound(hub: Path, codebooks: int) -> None:
    config = read_config(hub)

    def both() -> tuple[Pcm, Pcm]:
        codecs = (MlxCodec(config), RustCodec(config, config.codebooks))
        on_mlx, in_rust = (decoded(codec.shortened(codebooks), codebooks) for codec in codecs)
        return on_mlx, in_rust

    with MlxThread() as thread:
        on_mlx, in_rust = thread.run(both)
    assert len(on_mlx) == FRAMES * 1920
    assert np.max(np.abs(in_rust)) > 0.1
    assert np.max(np.abs(on_mlx - in_rust)) < 2e-3


CONTEXT_FRAMES = 125
"""After so many, 10 s, Mimi's context of 250 positions is full and its oldest keys are let go."""

REACH_FRAMES = 8
"""What the decoder's convolutions look back; more than enough."""


class Deaf:
    """In the place of the decoder's convolutions, which take half a second a frame here."""

    def step(self, latent: Any) -> Any:
        import mlx.core as mx

        return mx.zeros((1, 1, 1920)) + mx.sum(latent) * 0


def test_both_make_the_same_sound_when_the_context_is_full(hub: Path) -> None:
    """MLX's transformer hears all frames; the convolutions, which look back little, only the last."""
    config = read_config(hub)
    numbers = np.random.default_rng(2)
    codes = [numbers.integers(0, 2048, (1, 8, 1)) for _ in range(CONTEXT_FRAMES + 10)]

    def both() -> tuple[Pcm, Pcm]:
        import mlx.core as mx

        on_mlx, in_rust = MlxCodec(config), RustCodec(config, 8)
        codecs: tuple[Codec, Codec] = (on_mlx, in_rust)
        decoder = on_mlx._decoder
        sounds: tuple[list[Pcm], list[Pcm]] = ([], [])
        on_mlx.reset()
        in_rust.reset()
        for number, frame in enumerate(codes):
            on_mlx._decoder = decoder if number >= len(codes) - 5 - REACH_FRAMES else Deaf()
            for codec, sound in zip(codecs, sounds, strict=True):
                sound.append(codec.decode(mx.array(frame))())
        return np.concatenate(sounds[0][-5:]), np.concatenate(sounds[1][-5:])

    with MlxThread() as thread:
        on_mlx, in_rust = thread.run(both)
    assert np.max(np.abs(in_rust)) > 0.1
    assert np.max(np.abs(on_mlx - in_rust)) < 2e-3


class Counted:
    """rustymimi's decoder, of which it is known how many are there at a time."""

    real: type = rustymimi.Tokenizer
    alive = most = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._mimi = Counted.real(*arguments, **options)
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mimi, name)

    def __del__(self) -> None:
        Counted.alive -= 1


def test_mimi_stands_in_memory_once_with_fewer_codebooks(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes 0.4 GB, and only one of a number of codebooks is used in the end."""
    monkeypatch.setattr(rustymimi, "Tokenizer", Counted)

    def most_alive() -> tuple[int, int]:
        made = KyutaiSynthesizer(hub, codebooks=8, codec="rustymimi")
        alive = Counted.alive
        made.close()
        return alive, Counted.most

    with MlxThread() as thread:
        assert thread.run(most_alive) == (1, 1)


def test_each_position_sees_as_many_keys_as_the_window_holds() -> None:
    with MlxThread() as thread:
        band = thread.run(lambda: np.array(_band(2, 4)).tolist())
    assert band == [[True, True, True, True, False], [False, True, True, True, True]]
