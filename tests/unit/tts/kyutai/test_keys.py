"""The host's key chain against MLX's own."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.tts.kyutai.keys import KeyChain, split
from tests.fakes.mlx_thread import MlxThread

WORDS = st.integers(0, 2**32 - 1)


def test_a_split_is_the_split_of_mlx() -> None:
    with MlxThread() as thread:

        @settings(deadline=None, max_examples=60)
        @given(WORDS, WORDS)
        def check(high: int, low: int) -> None:
            assert [list(key) for key in split((high, low))] == thread.run(lambda: _split(high, low))

        check()


def test_the_chain_gives_the_keys_that_draws_of_a_seeded_thread_use() -> None:
    with MlxThread() as thread:
        drawn = thread.run(lambda: _draws(seed=1234, count=9))
        keys = KeyChain(1234)
        keys.skip(4)
        assert thread.run(lambda: _draws_with(keys.take(5))) == drawn[4:]


def _split(high: int, low: int) -> list[list[int]]:
    import mlx.core as mx

    halves = np.array(mx.random.split(mx.array([high, low], mx.uint32)))
    return [[int(word) for word in half] for half in halves]


def _draws(seed: int, count: int) -> list[int]:
    import mlx.core as mx

    mx.random.seed(seed)
    return [int(np.array(mx.random.categorical(mx.zeros((1, 5_000))))[0]) for _ in range(count)]


def _draws_with(keys: list[tuple[int, int]]) -> list[int]:
    import mlx.core as mx

    logits = mx.zeros((1, 5_000))
    return [int(np.array(mx.random.categorical(logits, key=mx.array(key, mx.uint32)))[0]) for key in keys]
