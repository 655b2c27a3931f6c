"""The benchmark of a step runs, on the smallest model, and has every figure that it is asked for."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.kyutai_load import measured
from benchmarks.kyutai_step import compare
from engine.tts.kyutai.loader import LoadOptions
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in

pytestmark = pytest.mark.may_take(PATIENCE_S)

ASKED_FOR = (
    *("upstream_ms", "ours_ms", "ratio", "upstream_primitives", "ours_primitives", "primitives_ratio"),
    *("upstream_ttfa_ms", "ours_ttfa_ms", "tokens_equal"),
)
DECODED = (
    *("decode_ms", "ours_decoded_ms", "ours_sequential_ms", "overlap_ratio"),
    *("upstream_decoded_ms", "decoded_ratio"),
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub")


def test_a_step_is_compared_with_and_without_decoding(hub: Path) -> None:
    with MlxThread() as thread:
        figures: dict[str, Any] = thread.run(lambda: compare(hub, 8, "exact", 1))
    for name in (*ASKED_FOR, *DECODED):
        assert figures[name] > 0, name
    assert figures["tokens_equal"] is True
    assert figures["primitives_ratio"] < 1
    assert figures["overlap_ratio"] == pytest.approx(
        figures["ours_decoded_ms"] / figures["ours_sequential_ms"], abs=0.01
    )


def test_loading_is_measured_the_first_time_and_afterwards(hub: Path) -> None:
    with MlxThread() as thread:
        figures = thread.run(lambda: measured(hub, LoadOptions(4, "mlx")))
    assert figures["first_load_s"] > 0
    assert figures["later_load_s"] > 0
    assert figures["active_gb"] > 0
