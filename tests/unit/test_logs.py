"""The log: what went wrong is in a file, in the system's place for logs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.logs import write_logs

PROGRAM = """
import logging, sys, threading
from pathlib import Path
from app.logs import write_logs
write_logs(Path(sys.argv[1]))
logging.getLogger("app.shell").info("hotkey refused")
logging.getLogger("engine.stt").debug("of no interest")
logging.getLogger("httpx").info("others' chatter")
logging.getLogger("httpx").warning("others' warning")
thread = threading.Thread(target=lambda: 1 / 0, name="worker")
thread.start()
thread.join()
raise RuntimeError("at the end")
"""


def run(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(command, env=os.environ.copy(), capture_output=True, text=True, timeout=100)


def test_what_went_wrong_is_in_the_log(tmp_path: Path) -> None:
    done = run(tmp_path / "logs")
    assert "RuntimeError: at the end" in done.stderr  # in the terminal as well
    text = (tmp_path / "logs" / "aloud.log").read_text()
    for wanted in (
        "hotkey refused",
        "others' warning",
        "ZeroDivisionError",
        "RuntimeError: at the end",
        "worker",
    ):
        assert wanted in text, wanted
    for unwanted in ("of no interest", "chatter"):
        assert unwanted not in text
    assert (tmp_path / "logs" / "crash.txt").exists()


def test_a_place_that_can_not_be_written_is_no_hindrance(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    write_logs(tmp_path / "file" / "logs")
    assert "no log can be written" in caplog.text
