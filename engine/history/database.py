"""The history's SQLite file: opening it, its transactions, its faults and putting it aside.

WAL with ``synchronous=NORMAL``: a commit survives a killed process and never waits for the disk; a
power cut may cost the last few seconds and leaves the file whole. One connection writes and one
reads, so a search never waits for a sentence being saved.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from engine.errors import AloudError, DiskFull, HistoryDamaged, HistoryError
from engine.history.schema import migrate, version_of

log = logging.getLogger(__name__)

BUSY_S = 5.0
"""How long one program waits for another (`aloud history` beside the app) to finish a write."""

_DAMAGED_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    """One file. Every method may come from any thread and blocks for the disk.

    Opening creates the file (mode 0600) or brings its tables up to date; a file that can't be read is
    put aside and named in ``notice``. Methods raise ``HistoryError``, ``HistoryDamaged`` or ``DiskFull``.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.notice: HistoryDamaged | None = None
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        try:
            self._open()
        except HistoryDamaged:
            self.begin_anew()

    def close(self) -> None:
        """Closes the file, folding the write-ahead log into it. Harmless when closed."""
        with self._writing, self._reading:
            self._close()

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self._reading, told_apart():
            return self._reader.execute(query, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, whole or not at all; one within another is part of the outer one."""
        with self._writing, told_apart():
            if self._writer.in_transaction:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself, on a full disk say
                    self._writer.execute("ROLLBACK")
                raise

    def squeeze(self) -> None:
        """Rewrites the file without its free pages and empties the write-ahead log."""
        with self._writing, self._reading, told_apart():
            self._writer.execute("VACUUM")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def check(self) -> None:
        """Reads the whole file, some 100 MB/s. Raises ``HistoryDamaged``."""
        with self._reading, told_apart():
            problems = [row[0] for row in self._reader.execute("PRAGMA quick_check(3)")]
        if problems != ["ok"]:
            log.error("the history is damaged: %s", problems)
            raise _damage()

    def begin_anew(self) -> HistoryDamaged:
        """Puts the file aside and begins a new one; returns (and keeps as ``notice``) what to tell."""
        with self._writing, self._reading, told_apart():
            self._close()
            aside = _set_aside(self.file)
            self.notice = HistoryDamaged(
                "The history could not be read. It was moved to {aside} and a new one begun.",
                "Keep that file if you want to try to rescue it, or delete it.",
                aside=aside,
            )
            log.error("the damaged history was moved to %s", aside)
            self._open()
        return self.notice

    def _open(self) -> None:
        with told_apart():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its -wal and -shm files the mode of the main one.
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            self.file.chmod(0o600)
            try:
                self._writer = self._connect()
                version_of(self._writer)  # before anything is written to it
                self._writer.execute("PRAGMA journal_mode = WAL")
                migrate(self._writer)
                self._writer.execute("SELECT count(*) FROM turns").fetchone()
                self._reader = self._connect()
                self._reader.execute("PRAGMA query_only = ON")
            except BaseException:
                self._close()
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self._connections.append(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # overwrite what is deleted
        return connection

    def _close(self) -> None:
        while self._connections:  # the writer last: it is the one that may fold the log in
            self._connections.pop().close()


@contextmanager
def told_apart() -> Iterator[None]:
    """Turns what SQLite and the disk raise into an ``AloudError`` with a remedy."""
    try:
        yield
    except AloudError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
        if code == sqlite3.SQLITE_FULL:
            raise DiskFull(
                "There is no room left on the disk for the history.",
                "Free some space; what was said in the meantime is saved then.",
            ) from error
        if code in _DAMAGED_CODES:
            raise _damage() from error
        raise HistoryError(
            "The history can't be used: {reason}.",
            "Check that its file can be written, then start again.",
            reason=error,
        ) from error
    except OSError as error:
        raise HistoryError(
            "The history can't be opened: {reason}.",
            "Check that its folder can be written.",
            reason=error.strerror or error,
        ) from error


def _damage() -> HistoryDamaged:
    return HistoryDamaged(
        "The history is damaged.", "Start Aloud again: it keeps the file aside and begins a new one."
    )


def _set_aside(file: Path) -> Path:
    """Renames the file and what SQLite keeps beside it; returns the new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside, number = file.with_name(f"{file.name}.damaged-{stamp}"), 1
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{stamp}-{number}")
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{file}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
    return aside
