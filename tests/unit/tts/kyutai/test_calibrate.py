"""How many codebooks a machine is given."""

import pytest

from engine.tts.kyutai.calibrate import StepCost, best_codebooks


@pytest.mark.parametrize(
    ("backbone_ms", "codebook_ms", "expected"),
    [(10, 0.5, 32), (10, 1.6, 32), (20, 1.8, 24), (20, 2.7, 16), (20, 4, 8), (90, 9, 8)],
)
def test_it_takes_as_many_as_leave_a_margin(backbone_ms: float, codebook_ms: float, expected: int) -> None:
    cost = StepCost(backbone_ms / 1000, codebook_ms / 1000)
    assert best_codebooks(cost, 32) == expected


def test_it_never_takes_more_than_there_are() -> None:
    assert best_codebooks(StepCost(0.0, 0.0), 16) == 16
    assert best_codebooks(StepCost(0.0, 0.0), 4) == 4


def test_the_real_time_factor_counts_both_parts() -> None:
    assert StepCost(0.016, 0.001).real_time_factor(32) == pytest.approx(0.6)
