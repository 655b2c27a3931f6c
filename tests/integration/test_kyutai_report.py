"""The report that the owner of a machine is asked for."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.tts.kyutai.report import write_report
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in
from tests.fakes.tiny_hub import TINY

pytestmark = pytest.mark.may_take(PATIENCE_S)


def test_the_report_has_a_row_for_every_choice(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=16, schedule=(*range(8), *[8] * 8)))
    with MlxThread() as thread:
        text = thread.run(lambda: write_report(tmp_path / "report.md", hub))
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == text
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")
    ]
    rows = {(row[0], row[1]): row for row in cells if row[0] in ("exact", "fast")}
    assert list(rows) == [("exact", "16"), ("exact", "8"), ("fast", "16"), ("fast", "8")]
    for row in rows.values():
        step_ms, factor, first_ms = map(float, row[2:5])
        assert step_ms == pytest.approx(80 * factor, abs=0.06)
        assert first_ms > 0
        assert row[5] == ("yes" if factor <= 0.8 else "no")
    for fact in ("machine:", "device: cpu", "MLX ", "weights: 8 bits", "median of 3"):
        assert fact in text
    beside = {row[0]: row[1:] for row in cells if row[0] in ("step ms", "first audio ms", "tokens_equal")}
    assert beside["tokens_equal"][2].startswith("yes (")
    for name in ("step ms", "first audio ms"):
        theirs_ms, ours_ms, ratio = map(float, beside[name])
        assert ratio == pytest.approx(ours_ms / theirs_ms, rel=0.1)


def test_one_command_writes_it(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=8, schedule=tuple(range(8))))
    command = "import sys; from engine.cli import main; raise SystemExit(main(sys.argv[1:]))"
    words = ["voice-report", "--folder", str(hub), "--out", str(tmp_path / "report.md"), "--no-upstream"]
    done = subprocess.run(
        [sys.executable, "-c", command, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.md").read_text(encoding="utf-8").strip() == done.stdout.strip()
