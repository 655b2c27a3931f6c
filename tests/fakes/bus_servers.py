"""The real NATS and Redis servers, each in a process of its own, for tests."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from tests.fakes.ports import free_port

WAIT_S = 20.0
Kind = Literal["nats", "redis"]


class BusServer:
    """A server on a free port of this machine; may be stopped and started again at the same port."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self.url = f"{kind}://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and blocks until it answers."""
        self._process = subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder
        )
        give_up_at_s = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
                return
            except OSError:
                assert time.monotonic() < give_up_at_s, f"{self.kind} does not start"
                time.sleep(0.02)

    def stop(self) -> None:
        """Ends it at once. Harmless when stopped."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Lets it keep its connections and answer nothing any more; ``stop`` ends that too."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _command(self) -> list[str]:
        address = "127.0.0.1"
        if self.kind == "nats":
            program = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or "nats-server"
            return [program, "--addr", address, "--port", str(self.port)]
        options = ["--port", str(self.port), "--bind", address, "--save", "", "--appendonly", "no"]
        return ["redis-server", *options]
