"""One Aloud at a time: the second start shows the first and ends."""

import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.single_instance import SingleInstance
from tests.child import child
from tests.watchdog import WATCHDOG_S

NOT_WRITABLE = Path("/proc/self/fdinfo")

HOLD = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.single_instance import SingleInstance
application = QCoreApplication(sys.argv)
instance = SingleInstance(Path(sys.argv[1]))
print("first" if instance.first else "second", flush=True)
instance.shown_wanted.connect(lambda: print("shown", flush=True))
application.exec() if instance.first else None
"""


def start(folder: Path) -> AbstractContextManager["subprocess.Popen[str]"]:
    return child([sys.executable, "-W", "error", "-c", HOLD, str(folder)])


def line(program: "subprocess.Popen[str]") -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def test_a_second_start_shows_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    with start(tmp_path) as one:
        assert line(one) == "first"
        second = SingleInstance(tmp_path)
        assert not second.first and second.answered
        assert line(one) == "shown"
        second.close()


def test_a_second_start_at_login_shows_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    first, shown = SingleInstance(tmp_path), []
    first.shown_wanted.connect(lambda: shown.append("shown"))
    second = SingleInstance(tmp_path, ask=False)
    assert not second.first and second.answered
    with qtbot.waitSignal(first.shown_wanted):
        SingleInstance(tmp_path)
    assert shown == ["shown"]  # by the third, which a person has started
    first.close()


def test_what_a_crash_has_left_is_no_hindrance(tmp_path: Path, qtbot: QtBot) -> None:
    with start(tmp_path) as one:
        assert line(one) == "first"
        one.send_signal(signal.SIGKILL)
        one.wait(WATCHDOG_S)
    first = SingleInstance(tmp_path)
    assert first.first
    with start(tmp_path) as again, qtbot.waitSignal(first.shown_wanted):
        assert line(again) == "second"
    first.close()


def test_the_end_makes_room(tmp_path: Path, qtbot: QtBot) -> None:
    one = SingleInstance(tmp_path)
    one.close()
    two = SingleInstance(tmp_path)
    assert two.first
    two.close()


def test_another_home_is_another_aloud(tmp_path: Path, qtbot: QtBot) -> None:
    one, two = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert one.first and two.first
    one.close()
    two.close()


@pytest.mark.skipif(not NOT_WRITABLE.exists(), reason="needs a folder that not even root can write to")
def test_a_place_that_can_not_be_locked_is_no_hindrance(qtbot: QtBot) -> None:
    instance = SingleInstance(NOT_WRITABLE)
    assert instance.first
    instance.close()


def test_the_app_itself_ends_where_another_runs(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path / "data")
    environment = os.environ | {"ALOUD_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "app"]
    with child(command, env=environment) as program:
        with qtbot.waitSignal(first.shown_wanted):
            pass
        assert program.wait(WATCHDOG_S) == 0
    first.close()
