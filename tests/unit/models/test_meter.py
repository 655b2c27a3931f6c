"""A download's bytes, rate and time left."""

import pytest

from engine.models.meter import RATE_WINDOW_S, Meter
from engine.models.states import Transfer
from engine.units import byte_text


def test_the_rate_is_of_the_last_seconds_only() -> None:
    now_s = 0.0
    told: list[Transfer] = []
    meter = Meter(told.append, clock=lambda: now_s)
    meter.total = 10_000
    for _ in range(10):
        meter.fetched(100)
        now_s += 1.0
    assert told[-1].rate_bytes_per_s == pytest.approx(100)
    for _ in range(int(RATE_WINDOW_S) + 2):
        meter.fetched(1_000)
        now_s += 1.0
    assert told[-1].rate_bytes_per_s == pytest.approx(1_000)
    assert told[-1].seconds_left == pytest.approx((10_000 - 6_000) / 1_000)


def test_what_was_on_disk_counts_as_done_but_not_as_fast() -> None:
    told: list[Transfer] = []
    meter = Meter(told.append, clock=lambda: 1.0)
    meter.total = 100
    meter.found(40)
    assert told[-1].fraction == pytest.approx(0.4)
    assert told[-1].rate_bytes_per_s == 0.0
    assert told[-1].seconds_left is None


def test_nothing_is_claimed_before_the_size_is_known() -> None:
    assert Transfer(5, 0, 1.0).fraction is None
    assert Transfer(5, 0, 1.0).seconds_left is None


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 kB"), (94_000, "94 kB"), (652_183_999, "652 MB"), (3_683_719_712, "3.7 GB")]
)
def test_bytes_are_written_as_disks_are_sold(count: int, text: str) -> None:
    assert byte_text(count) == text
