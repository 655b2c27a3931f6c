"""Deleting on the tables: hidden first, so that it can come back, then gone. Callers hold the transaction."""

import sqlite3
import time
from collections.abc import Collection, Iterable

from engine.history import titles


def known(db: sqlite3.Connection, conversation_id: str) -> bool:
    """Whether there is such a conversation, hidden or not."""
    found = db.execute("SELECT 1 FROM conversations WHERE conversation_id = ?", (conversation_id,))
    return found.fetchone() is not None


def count(db: sqlite3.Connection) -> int:
    """All turns, hidden ones too."""
    return int(db.execute("SELECT count(*) FROM turns").fetchone()[0])


def hide(db: sqlite3.Connection, conversation_id: str) -> bool:
    """Hides a conversation; False where it was hidden already."""
    hidden = db.execute(
        "UPDATE conversations SET deleted_at_s = ? WHERE conversation_id = ? AND deleted_at_s IS NULL",
        (time.time(), conversation_id),
    )
    return bool(hidden.rowcount)


def mark_turns(db: sqlite3.Connection, record_ids: Collection[str], deleted_at_s: float | None) -> None:
    """Hides turns, or with None shows them again; their conversations' titles follow."""
    db.executemany(
        "UPDATE turns SET deleted_at_s = ? WHERE record_id = ?",
        [(deleted_at_s, record_id) for record_id in record_ids],
    )
    titles.refresh(db, _holding(db, record_ids))


def purge(
    db: sqlite3.Connection, record_ids: Iterable[str] | None, conversation_ids: Iterable[str] | None
) -> tuple[int, bool]:
    """Deletes what is hidden, or only those of what is named; the turns gone, and whether anything is."""
    changes, turns = db.total_changes, count(db)
    if record_ids is None and conversation_ids is None:
        db.execute("DELETE FROM conversations WHERE deleted_at_s IS NOT NULL")
        db.execute("DELETE FROM turns WHERE deleted_at_s IS NOT NULL")
    db.executemany(
        "DELETE FROM conversations WHERE deleted_at_s IS NOT NULL AND conversation_id = ?",
        [(conversation_id,) for conversation_id in conversation_ids or ()],
    )
    db.executemany(
        "DELETE FROM turns WHERE deleted_at_s IS NOT NULL AND record_id = ?",
        [(record_id,) for record_id in record_ids or ()],
    )
    # An emptied conversation is never shown again, and its title is what was asked in it.
    db.execute("DELETE FROM conversations WHERE conversation_id NOT IN (SELECT conversation_id FROM turns)")
    changed = db.total_changes > changes
    gone = turns - count(db)
    if gone:  # else deleted words linger in the index until it happens to merge
        db.execute("INSERT INTO turns_words (turns_words) VALUES ('optimize')")
    return gone, changed


def _holding(db: sqlite3.Connection, record_ids: Iterable[str]) -> set[str]:
    """The conversations that these turns belong to."""
    found: set[str] = set()
    for record_id in record_ids:
        rows = db.execute("SELECT conversation_id FROM turns WHERE record_id = ?", (record_id,))
        found.update(row[0] for row in rows)
    return found
