"""Token buckets keep to their rate on any clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.broadcast.limits import MAX_ADDRESSES, AddressBuckets, Counter, TokenBucket

waits_and_amounts = st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 3)), max_size=60)


@given(st.floats(0.1, 50), st.integers(1, 20), waits_and_amounts)
def test_no_more_passes_than_the_rate_and_the_burst(
    rate: float, burst: int, steps: list[tuple[float, float]]
) -> None:
    now = [0.0]
    bucket = TokenBucket(rate, burst, lambda: now[0])
    passed = 0.0
    for wait_s, amount in steps:
        now[0] += wait_s
        if bucket.take(amount) == 0.0:
            passed += amount
        assert passed <= burst + rate * now[0] + 1e-6


def test_it_says_how_long_to_wait() -> None:
    now = [0.0]
    bucket = TokenBucket(0.5, 1, lambda: now[0])
    assert bucket.take() == 0.0
    wait_s = bucket.take()
    assert wait_s == pytest.approx(2.0)
    now[0] += wait_s
    assert bucket.take() == 0.0


def test_asking_how_long_takes_nothing() -> None:
    bucket = TokenBucket(1.0, 4, lambda: 0.0)
    assert bucket.wait_s(4) == bucket.wait_s(4) == 0.0
    assert bucket.wait_s(6) == pytest.approx(2.0)
    assert bucket.take(4) == 0.0
    buckets = AddressBuckets(1.0, 4, lambda: 0.0)
    assert buckets.take("a", 3) == 0.0
    assert buckets.wait_s("a", 4) == pytest.approx(3.0)
    assert buckets.wait_s("b", 4) == 0.0


def test_addresses_are_told_apart_and_forgotten_in_time() -> None:
    buckets = AddressBuckets(0.001, 1, lambda: 0.0)
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0.0
    assert buckets.take("b") == 0.0
    for number in range(MAX_ADDRESSES):
        buckets.take(str(number))
    assert buckets.take("a") == 0.0


def test_a_counter_counts_down_to_nothing() -> None:
    counter = Counter()
    counter.add("a")
    counter.add("a")
    counter.remove("a")
    assert (counter["a"], counter["b"]) == (1, 0)
    counter.remove("a")
    counter.remove("a")
    assert counter["a"] == 0
