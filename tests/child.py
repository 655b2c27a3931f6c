"""Programs that a test starts, talks with, and never leaves running."""

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.watchdog import WATCHDOG_S


@contextmanager
def child(
    command: Sequence[str | Path], *, longest_s: float = WATCHDOG_S, **options: Any
) -> Iterator["subprocess.Popen[str]"]:
    """A started program, which ends with the block, however it is.

    Its standard output is a pipe of text unless ``options`` of ``subprocess.Popen`` say otherwise. After
    ``longest_s`` it is killed: whoever reads from it or waits for it then meets its end, and no silence.
    """
    with subprocess.Popen(command, **{"stdout": subprocess.PIPE, "text": True, **options}) as started:
        late = threading.Timer(longest_s, started.kill)
        late.start()
        try:
            yield started
        finally:
            late.cancel()
            started.kill()
            late.join()
