"""The report that the owner of a machine is asked for."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from engine.tts.kyutai.report import write_report
from tests.fakes.mlx_thread import MlxThread, hub_in
from tests.fakes.tiny_hub import TINY


def test_the_report_has_a_row_for_every_choice(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=16, schedule=(*range(8), *[8] * 8)))
    with MlxThread() as thread:
        text = thread.run(lambda: write_report(tmp_path / "report.md", hub))
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == text
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")
    ]
    rows = {(row[0], row[1]): row for row in cells[2:]}
    assert list(rows) == [("exact", "16"), ("exact", "8"), ("fast", "16"), ("fast", "8")]
    for row in rows.values():
        silent_ms, step_ms, factor, first_ms = map(float, row[2:6])
        assert 0 < silent_ms <= step_ms
        assert abs(factor - step_ms / 80) < 0.01
        assert first_ms > 0
        assert row[6] == ("yes" if factor <= 0.8 else "no")
    for fact in ("machine:", "device: cpu", "MLX ", "weights: 8 bits"):
        assert fact in text


def test_one_command_writes_it(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=8, schedule=tuple(range(8))))
    command = "import sys; from engine.cli import main; raise SystemExit(main(sys.argv[1:]))"
    words = ["voice-report", "--folder", str(hub), "--out", str(tmp_path / "report.md")]
    done = subprocess.run(
        [sys.executable, "-c", command, *words], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.md").read_text(encoding="utf-8").strip() == done.stdout.strip()
