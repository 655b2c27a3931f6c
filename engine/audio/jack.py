"""Keeps JACK's library out of the way of programs that have nothing to do with JACK (Linux).

Debian's PortAudio asks JACK before anything else, and JACK's library (1.9.21) opens a Berkeley DB in shared
memory for that, server or none. A program that is killed in those milliseconds leaves a lock of it locked:
every later program of the same user that starts PortAudio then waits for it, in C and for ever, until the
machine starts anew. (Of four programs that start PortAudio two were killed at a random moment, over and over:
after 108 and after 303 times the others hung in __memp_open; with this, none in 632.)
"""

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (JACK's place, not one of ours)
"""Where JACK's library is built to keep its files on Debian and Ubuntu."""


@contextlib.contextmanager
def database_shut(folder: Path = SHARED_MEMORY) -> Iterator[None]:
    """Within it JACK's library finds a file where its database's folder should be, and goes on without.

    A folder that a dead program has left there is removed. Does nothing where a JACK server of this user
    runs, which has a use for it, or away from Linux. Several processes may be inside at once.
    """
    user = os.getuid()
    if sys.platform != "linux" or next(folder.glob(f"jack_*_{user}_[0-9]*"), None) is not None:
        yield
        return
    place = folder / f"jack_db-{user}"
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    try:
        file = os.open(place, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:  # not writable, or made anew by somebody just now
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    finally:
        with contextlib.suppress(OSError):  # others are inside, and the last one removes it
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            place.unlink(missing_ok=True)
        os.close(file)
