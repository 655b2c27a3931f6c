"""The history's tables, as migrations: the file's ``user_version`` counts those that it has had.

A migration is never changed once released; a new one is added.
"""

import sqlite3
from typing import Final

from engine.errors import HistoryError

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE conversations (
        conversation_id TEXT PRIMARY KEY,
        title           TEXT NOT NULL,
        named           INTEGER NOT NULL DEFAULT 0,  -- 1 where a person gave the title
        began_at_s      REAL NOT NULL,
        deleted_at_s    REAL
    ) STRICT;
    CREATE TABLE turns (
        turn            INTEGER PRIMARY KEY,
        record_id       TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
        began_at_s      REAL NOT NULL,
        question        TEXT NOT NULL,
        reply           TEXT NOT NULL,
        heard_text      TEXT NOT NULL,
        outcome         TEXT,                        -- NULL while the turn is under way
        typed           INTEGER NOT NULL,
        error           TEXT NOT NULL,
        timings_s       TEXT NOT NULL,               -- JSON: name to seconds
        deleted_at_s    REAL
    ) STRICT;
    CREATE INDEX turns_by_conversation ON turns (conversation_id, began_at_s, turn);
    CREATE INDEX conversations_by_begin ON conversations (began_at_s);
    CREATE VIRTUAL TABLE turns_words USING fts5 (
        question, reply, content='turns', content_rowid='turn', tokenize='unicode61 remove_diacritics 2'
    );
    CREATE TRIGGER turns_added AFTER INSERT ON turns BEGIN
        INSERT INTO turns_words (rowid, question, reply) VALUES (new.turn, new.question, new.reply);
    END;
    CREATE TRIGGER turns_removed AFTER DELETE ON turns BEGIN
        INSERT INTO turns_words (turns_words, rowid, question, reply)
        VALUES ('delete', old.turn, old.question, old.reply);
    END;
    CREATE TRIGGER turns_changed AFTER UPDATE OF question, reply ON turns BEGIN
        INSERT INTO turns_words (turns_words, rowid, question, reply)
        VALUES ('delete', old.turn, old.question, old.reply);
        INSERT INTO turns_words (rowid, question, reply) VALUES (new.turn, new.question, new.reply);
    END;
    """,
)


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the file has had. Raises ``HistoryError`` where a newer Aloud has changed it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise HistoryError(
            "The history was written by a newer version of Aloud and is left as it is.",
            "Update Aloud to see it.",
        )
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date, each migration whole or not at all. Raises as ``version_of`` does."""
    for number in range(version_of(connection), len(MIGRATIONS)):
        connection.executescript(
            f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )
