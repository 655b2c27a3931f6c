"""An X server without a screen, with a person at its keyboard."""

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.watchdog import WATCHDOG_S


@dataclass(frozen=True)
class XServer:
    """A running Xvfb. ``display``: such as ":99"."""

    display: str

    def type(self, *arguments: str) -> None:
        """Runs xdotool, as in ``type("keydown", "space")``, and waits for it."""
        environment = os.environ | {"DISPLAY": self.display}
        subprocess.run(["xdotool", *arguments], env=environment, check=True, timeout=WATCHDOG_S)

    def layout(self, name: str) -> None:
        """Changes the keyboard's layout, as in ``layout("de")``."""
        subprocess.run(["setxkbmap", "-display", self.display, name], check=True, timeout=WATCHDOG_S)


@contextmanager
def x_server() -> Iterator[XServer]:
    """Starts an X server of its own; skips the test where Xvfb or xdotool is not installed."""
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("needs Xvfb and xdotool (packaging/system.sh test installs them)")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            told, _, _ = select.select([read], [], [], WATCHDOG_S)
            number = os.read(read, 16).decode().strip() if told else ""
            assert number, "Xvfb did not start"
            yield XServer(f":{number}")
        finally:
            os.close(read)
            server.terminate()
            server.wait(WATCHDOG_S)
