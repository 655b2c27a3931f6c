"""The real app on a real X server, with another app in front: key, pill, Escape, and a clean end."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.watchdog import WATCHDOG_S
from tests.x_server import XServer, x_server

ALOUD = """
import sys
from app.application import make_application
from app.composition import App
from app.running import run_app
from tests.fakes.conversation import FakeConversation
application = make_application(sys.argv)
app = App(application, lambda settings, host: FakeConversation())
application.applicationStateChanged.connect(lambda state: print(state.name, flush=True))
application.focusWindowChanged.connect(lambda window: print("focus" if window else "no focus", flush=True))
app.bridge.told.connect(lambda event: print(type(event).__name__, flush=True))
app.bridge.connected.connect(lambda: print("connected", flush=True))
print("left", run_app(application, app), flush=True)
"""

OTHER = """
import sys
from PySide6.QtWidgets import QApplication, QLineEdit
application = QApplication(sys.argv)
field = QLineEdit()
field.setWindowTitle("another app")
field.resize(700, 500)
field.textChanged.connect(lambda text: print(text, flush=True))
field.show()
field.activateWindow()
print("shown", flush=True)
application.exec()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    with x_server() as running:
        yield running


class App:
    """A program on that server, with what it prints."""

    def __init__(self, server: XServer, home: Path, code: str) -> None:
        config = home / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "settings.toml").write_text("[general]\nonboarded = true\nsounds = false\n")
        environment = os.environ | {
            "DISPLAY": server.display,
            "QT_QPA_PLATFORM": "xcb",
            "ALOUD_HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        command = [sys.executable, "-c", code]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._read_until = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                with self._said:
                    self._lines.append(line.strip())
                    self._said.notify_all()

    def says(self, line: str) -> None:
        """Waits until it prints ``line``, after what was waited for before."""
        with self._said:
            found = self._said.wait_for(lambda: line in self._lines[self._read_until :], WATCHDOG_S)
            assert found, f"{line!r} was never said, but {self._lines}"
            self._read_until = self._lines.index(line, self._read_until) + 1

    def stands(self, *lines: str) -> None:
        """Waits until the last that it printed of ``lines`` is the first of them."""

        def last_is_first() -> bool:
            return [line for line in self._lines if line in lines][-1:] == [lines[0]]

        with self._said:
            assert self._said.wait_for(last_is_first, WATCHDOG_S), self._lines
            self._read_until = len(self._lines)

    def end(self) -> None:
        """Ends it, however it is."""
        self.process.kill()
        self.process.wait(WATCHDOG_S)
        self._reader.join(WATCHDOG_S)


def found(server: XServer, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["xdotool", *arguments],
        env=os.environ | {"DISPLAY": server.display},
        capture_output=True,
        text=True,
        timeout=WATCHDOG_S,
    )
    return done.stdout.split()


def visible(server: XServer, name: str) -> str:
    return found(server, "search", "--sync", "--onlyvisible", "--name", name)[-1]


def until(true: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WATCHDOG_S
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def pills(server: XServer) -> list[str]:
    """The windows of ours that are as wide as the pill."""
    windows = found(server, "search", "--onlyvisible", "--name", "^Aloud$")
    return [one for one in windows if "484x102" in found(server, "getwindowgeometry", one)]


def test_talking_while_another_app_is_in_front(server: XServer, tmp_path: Path) -> None:
    aloud = App(server, tmp_path, ALOUD)
    other = App(server, tmp_path, OTHER)
    try:
        aloud.says("connected")
        other.says("shown")
        ours, window = visible(server, "^Aloud$"), visible(server, "^another app$")
        server.type("windowfocus", "--sync", ours)  # as a person clicks
        aloud.stands("focus", "no focus")
        server.type("windowraise", window, "windowfocus", "--sync", window, "type", "hello")
        aloud.says("ApplicationInactive")
        other.says("hello")
        server.type("keydown", "ctrl", "keydown", "alt", "keydown", "space")
        aloud.says("ListeningStarted")
        until(lambda: pills(server))
        assert found(server, "getwindowfocus") == [window]
        server.type("key", "Escape")  # the modifiers are still held
        aloud.says("TurnEnded")
        until(lambda: not pills(server))
        server.type("keyup", "space", "keyup", "alt", "keyup", "ctrl")
        server.type("key", "Escape", "type", "!")
        other.says("hello!")  # neither the chord nor Escape left a trace, and Escape is its own again
        aloud.process.terminate()
        aloud.says("left []")
        assert aloud.process.wait(WATCHDOG_S) == 0
    finally:
        for app in (aloud, other):
            app.end()
