"""The log in the system's log folder: what went wrong, never what was said and no key."""

import faulthandler
import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

log = logging.getLogger(__name__)

LARGEST_BYTES: Final = 1_000_000
KEPT_FILES: Final = 3


def write_logs(folder: Path) -> None:
    """Writes to ``folder`` from now on: our own news, others' warnings, what nobody caught, and crashes.

    Where the folder can't be written to, Aloud goes on without a log.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "aloud.log", maxBytes=LARGEST_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
        )
        crashes = (folder / "crash.txt").open("a", encoding="utf-8")
    except OSError as error:
        log.warning("no log can be written: %s", error.strerror)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    for ours in ("app", "engine"):
        logging.getLogger(ours).setLevel(logging.INFO)
    faulthandler.enable(crashes)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("nobody caught this", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _uncaught_in_thread(about: threading.ExceptHookArgs) -> None:
    if about.exc_value is not None and not issubclass(about.exc_type, SystemExit):
        _uncaught(about.exc_type, about.exc_value, about.exc_traceback)
