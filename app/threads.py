"""QThreads for the engine's workers: ``Threads`` is an ``engine.workers.Host``."""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QThread

log = logging.getLogger(__name__)

STACK_BYTES = 16 * 1024 * 1024
"""What Python gives its own threads on macOS, where a QThread's 512 KiB is too little for deep calls."""


class _Thread(QThread):
    def __init__(self, name: str, body: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setStackSize(STACK_BYTES)
        self._body = body

    def run(self) -> None:
        self._body()


class Threads:
    """Hosts each body on a QThread of its own and waits for all of them at the end.

    Main thread only. It never ends a thread by force: a body returns when its worker is stopped.
    """

    def __init__(self) -> None:
        self._threads: list[_Thread] = []

    def __call__(self, name: str, body: Callable[[], None]) -> None:
        """Starts a thread of the given name that runs ``body``."""
        self._threads = [thread for thread in self._threads if not thread.isFinished()]
        thread = _Thread(name, body)
        self._threads.append(thread)
        thread.start()

    def join(self, timeout_s: float) -> list[str]:
        """Blocks until all bodies have returned or ``timeout_s`` has passed; names those still running.

        A QThread that is destroyed while it runs takes the process with it, so those named here
        are kept alive, and the caller leaves the process without tearing it down.
        """
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            left_ms = max(0, round((deadline_s - time.monotonic()) * 1000))
            if not thread.wait(left_ms):
                log.warning("the thread %s did not end in time", thread.objectName())
        self._threads = [thread for thread in self._threads if not thread.isFinished()]
        return [thread.objectName() for thread in self._threads]
