"""How many codebooks a machine is given."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.tts.kyutai import calibrate
from engine.tts.kyutai.calibrate import MARGIN_RTF, Records, choices, fitting

MACHINE = {"device": "metal", "name": "Apple M2", "bits": 8}


def pipeline(backbone_ms: float, codebook_ms: float, mimi_ms: float) -> Callable[[int], float]:
    """The factor of a machine on which nothing overlaps, by the number of codebooks; 80 ms a frame."""
    return lambda codebooks: (backbone_ms + codebooks * codebook_ms + mimi_ms) / 80


@pytest.mark.parametrize(
    ("backbone_ms", "codebook_ms", "mimi_ms", "expected"),
    [(10, 0.5, 5, 32), (10, 1.6, 2, 32), (15, 1.8, 5, 24), (15, 2.7, 4, 16), (20, 4, 5, 8), (90, 9, 9, 8),
     (20, 1.5, 20, 16), (60, 0.1, 30, 8)],
)  # fmt: skip
def test_it_takes_as_many_as_leave_a_margin(
    backbone_ms: float, codebook_ms: float, mimi_ms: float, expected: int
) -> None:
    """Measured at each number: what is the same for all of them, such as decoding, is not shared out."""
    factor_of = pipeline(backbone_ms, codebook_ms, mimi_ms)
    asked: list[int] = []

    def measured(codebooks: int) -> float:
        asked.append(codebooks)
        return factor_of(codebooks)

    factors = fitting(32, measured)
    assert list(factors) == asked == sorted(asked, reverse=True)
    assert asked[-1] == expected
    assert factors[expected] <= MARGIN_RTF or expected == 8
    assert all(factors[codebooks] > MARGIN_RTF for codebooks in asked[:-1])


def test_a_machine_far_too_slow_is_not_measured_with_every_number() -> None:
    """32 codebooks that take five times as long as they sound: 24 and 16 can't be in time."""
    assert list(fitting(32, lambda codebooks: codebooks * 5 / 32)) == [32, 8]


def test_it_never_takes_more_than_there_are() -> None:
    assert choices(32) == [32, 24, 16, 8]
    assert choices(16) == [16, 8]
    assert choices(4) == [4]


def test_every_width_has_a_record_of_its_own(tmp_path: Path) -> None:
    records = Records(tmp_path / "aloud")
    records.keep(MACHINE, {32: 1.2, 24: 0.7})
    records.keep(MACHINE | {"bits": 4}, {32: 0.7})
    assert records.of(MACHINE) == {32: 1.2, 24: 0.7}
    assert records.of(MACHINE | {"bits": 4}) == {32: 0.7}
    assert records.of(MACHINE | {"bits": 6}) == {}
    records.keep(MACHINE, {32: 0.5})
    assert records.of(MACHINE) == {32: 0.5}
    assert records.of(MACHINE | {"bits": 4}) == {32: 0.7}


def test_only_the_last_few_records_are_kept(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for bits in range(calibrate.RECORDS_KEPT + 1):
        records.keep(MACHINE | {"bits": bits}, {32: 0.5})
    assert records.of(MACHINE | {"bits": 0}) == {}
    assert records.of(MACHINE | {"bits": calibrate.RECORDS_KEPT}) == {32: 0.5}


def test_what_was_measured_can_be_forgotten(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.forget()
    records.keep(MACHINE, {32: 0.5})
    records.forget()
    assert records.of(MACHINE) == {}


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"records": 3}', '{"records": [{"machine": {}}]}',
     json.dumps({"records": [{"machine": MACHINE, "factors": {"many": 1}}]}),
     json.dumps({"backbone_s": 0.1, "codebook_s": 0.1, "machine": MACHINE})],
)  # fmt: skip
def test_records_that_cannot_be_read_count_as_none(tmp_path: Path, content: str) -> None:
    records = Records(tmp_path)
    records.path.write_text(content, encoding="utf-8")
    assert records.of(MACHINE) == {}
    records.keep(MACHINE, {8: 2.0})
    assert records.of(MACHINE) == {8: 2.0}


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "aloud").write_text("in the way")
    records = Records(tmp_path / "aloud")
    records.keep(MACHINE, {32: 0.5})
    assert records.of(MACHINE) == {}
