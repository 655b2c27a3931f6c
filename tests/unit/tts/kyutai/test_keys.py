"""The host's random numbers against MLX's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.tts.kyutai.keys import KeyChain, split
from engine.tts.kyutai.layers import sampler
from tests.fakes.mlx_thread import MlxThread

WORDS = st.integers(0, 2**32 - 1)


def test_a_split_is_the_split_of_mlx() -> None:
    with MlxThread() as thread:

        @settings(deadline=None, max_examples=60)
        @given(WORDS, WORDS)
        def check(high: int, low: int) -> None:
            assert [list(key) for key in split((high, low))] == thread.run(lambda: _split(high, low))

        check()


def test_the_chain_gives_the_numbers_that_draws_of_a_seeded_thread_use() -> None:
    with MlxThread() as thread:
        drawn = thread.run(lambda: _numbers(seed=1234, count=300))
    keys = KeyChain(1234)
    keys.skip(100)
    assert keys.uniforms(200).tolist() == drawn[100:]


@given(st.lists(st.tuples(st.sampled_from(("uniforms", "skip", "take", "prepare")), st.integers(0, 5))))
def test_numbers_that_are_made_ahead_are_the_same(calls: list[tuple[str, int]]) -> None:
    ahead, plain = KeyChain(5), KeyChain(5)
    for name, count in calls:
        if name == "prepare":
            ahead.prepare(count)
            continue
        found = [np.asarray(getattr(keys, name)(count)).tolist() for keys in (ahead, plain)]
        assert found[0] == found[1]
    assert ahead.take(3) == plain.take(3)


@pytest.mark.parametrize("temperature", [0.0, 0.6, 1.3])
def test_the_sampler_draws_what_moshi_mlx_draws(temperature: float) -> None:
    with MlxThread() as thread:
        theirs, ours = thread.run(lambda: _sampled(temperature, seed=99, count=200))
    assert ours == theirs
    assert len(set(ours)) > 50


def _split(high: int, low: int) -> list[list[int]]:
    import mlx.core as mx

    halves = np.array(mx.random.split(mx.array([high, low], mx.uint32)))
    return [[int(word) for word in half] for half in halves]


def _numbers(seed: int, count: int) -> list[float]:
    import mlx.core as mx

    mx.random.seed(seed)
    return [float(np.array(mx.random.uniform())) for _ in range(count)]


def _sampled(temperature: float, seed: int, count: int) -> tuple[list[int], list[int]]:
    import mlx.core as mx
    from moshi_mlx.utils.sampling import Sampler

    mx.random.seed(seed)
    logits = [mx.random.normal((1, 1, 500)) * 3 for _ in range(count)]
    mx.eval(logits)
    mx.random.seed(seed)
    upstream = Sampler(temp=temperature)
    theirs = [int(np.array(upstream(one)[0]).item()) for one in logits]
    draw, uniforms = sampler(temperature, upstream.top_p), KeyChain(seed).uniforms(count)
    ours = [
        int(np.array(draw(one, mx.array([float(u)]))).item()) for one, u in zip(logits, uniforms, strict=True)
    ]
    return theirs, ours
