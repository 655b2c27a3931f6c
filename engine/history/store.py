"""The conversations of this machine: keeping, naming, hiding and deleting them, and reading them back."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.errors import HistoryDamaged, HistoryError
from engine.events import Outcome
from engine.history import deletion, titles
from engine.history.database import Database
from engine.history.records import ConversationRecord, ConversationSummary, TurnRecord, clean, title_of
from engine.wording import Wording

ENDED_WITH_THE_PROGRAM: Final = Wording("Aloud ended before this turn did.")

_COLUMNS = (
    "record_id, began_at_s, question, reply, heard_text, outcome, typed, error, timings_s, conversation_id"
)
_READ = f"SELECT {_COLUMNS} FROM turns WHERE conversation_id = ? AND deleted_at_s IS NULL ORDER BY began_at_s, turn"  # noqa: S608, E501
_KEEP = (
    f"INSERT INTO turns ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # constants
    " ON CONFLICT (record_id) DO UPDATE SET question = excluded.question, reply = excluded.reply,"
    " heard_text = excluded.heard_text, outcome = excluded.outcome, error = excluded.error,"
    " timings_s = excluded.timings_s"
)


class History:
    """Conversations and turns on disk. Every method may come from any thread and blocks for the disk.

    Methods raise ``HistoryError`` or ``DiskFull``, and ``HistoryDamaged`` where the file turns out to
    be unreadable (``begin_anew`` then). One that can't even be opened is put aside at once: ``notice``.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file)
        self.close = self._database.close
        self.rows = self._database.rows
        self.together = self._database.write
        self.begin_anew = self._database.begin_anew

    @property
    def notice(self) -> HistoryDamaged | None:
        """What to tell of a file that could not be read and was put aside."""
        return self._database.notice

    # What is kept

    def save(self, conversation_id: str, turn: TurnRecord) -> None:
        """Keeps a turn, replacing what was kept of it; a conversation begins with its first turn.

        What the surrogate halves of broken text stand for is lost: they become "?".
        """
        with self._database.write() as db:
            _put(db, conversation_id, turn, title_of(turn.question))
            titles.refresh(db, [conversation_id])

    def add(self, conversation: ConversationRecord) -> int:
        """Keeps those turns of ``conversation`` that aren't here yet; returns how many that were.

        What is here is left as it is, but a deleted conversation comes back.
        """
        with self._database.write() as db:
            before = deletion.count(db)
            db.execute(
                "INSERT INTO conversations (conversation_id, title, named, began_at_s) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET deleted_at_s = NULL",
                (
                    conversation.conversation_id,
                    clean(conversation.title),
                    conversation.named,
                    conversation.began_at_s,
                ),
            )
            known = {row[0] for row in db.execute("SELECT record_id FROM turns")}
            for turn in conversation.turns:
                if turn.record_id not in known:
                    _put(db, conversation.conversation_id, turn, conversation.title)
            return deletion.count(db) - before

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation another title; an empty one takes it back to its first question."""
        named = bool(title.strip())
        if not named:
            turns = self.conversation(conversation_id).turns
            title = title_of(turns[0].question) if turns else ""
        self._change(
            conversation_id,
            "UPDATE conversations SET title = ?, named = ? WHERE conversation_id = ?",
            (clean(title.strip()), named, conversation_id),
        )

    # What is deleted: hidden first, so that it can come back, then gone

    def delete(self, conversation_id: str) -> bool:
        """Hides a conversation; ``restore`` brings it back until ``purge``. False where it is hidden."""
        with self._database.write() as db:
            if not deletion.known(db, conversation_id):
                raise _unknown(conversation_id)
            return deletion.hide(db, conversation_id)

    def restore(self, conversation_id: str) -> None:
        """Brings a deleted conversation back."""
        self._change(
            conversation_id,
            "UPDATE conversations SET deleted_at_s = NULL WHERE conversation_id = ?",
            (conversation_id,),
        )

    def delete_turns(self, record_ids: Iterable[str]) -> None:
        """Hides turns; ``restore_turns`` brings them back until ``purge``. Unknown ones are passed over."""
        self._mark_turns(record_ids, time.time())

    def restore_turns(self, record_ids: Iterable[str]) -> None:
        """Brings deleted turns back."""
        self._mark_turns(record_ids, None)

    def purge(
        self, record_ids: Iterable[str] | None = None, conversation_ids: Iterable[str] | None = None
    ) -> int:
        """Deletes for good what is hidden, leaving none of its text in the file; returns the turns gone.

        Given turns or conversations only those of them that are hidden; else everything that is.
        """
        with self._database.write() as db:
            gone, changed = deletion.purge(db, record_ids, conversation_ids)
        if changed:
            self._database.squeeze()
        return gone

    def clear(self) -> None:
        """Deletes everything for good, leaving nothing of it in the file."""
        with self._database.write() as db:
            db.execute("DELETE FROM turns")
            db.execute("DELETE FROM conversations")
            db.execute("INSERT INTO turns_words (turns_words) VALUES ('delete-all')")
        self._database.squeeze()

    # What is shown

    def conversations(self, *, limit: int = 1_000) -> list[ConversationSummary]:
        """The conversations, last changed first."""
        rows = self.rows(
            "SELECT c.conversation_id, c.title, c.began_at_s, max(t.began_at_s), count(t.turn)"
            " FROM conversations c JOIN turns t USING (conversation_id)"
            " WHERE c.deleted_at_s IS NULL AND t.deleted_at_s IS NULL"
            " GROUP BY c.conversation_id ORDER BY 4 DESC, 3 DESC LIMIT ?",
            (limit,),
        )
        return [ConversationSummary(*row) for row in rows]

    def conversation(self, conversation_id: str) -> ConversationRecord:
        """A conversation with its turns. Raises ``HistoryError`` where there is none of that name."""
        head = self.rows(
            "SELECT title, named, began_at_s FROM conversations"
            " WHERE conversation_id = ? AND deleted_at_s IS NULL",
            (conversation_id,),
        )
        if not head:
            raise _unknown(conversation_id)
        rows = self.rows(_READ, (conversation_id,))
        (title, named, began_at_s) = head[0]
        return ConversationRecord(
            conversation_id, title, bool(named), began_at_s, tuple(turn_of(row) for row in rows)
        )

    def find(self, start: str) -> str:
        """The one conversation whose name begins with ``start``. Raises ``HistoryError``."""
        rows = self.rows(
            "SELECT conversation_id FROM conversations"
            " WHERE deleted_at_s IS NULL AND substr(conversation_id, 1, ?) = ?",
            (len(start), start),
        )
        if len(rows) != 1 or not start:
            raise (
                _unknown(start)
                if not rows
                else HistoryError(
                    "Several conversations have names that begin with {start}.",
                    "Give more of the name.",
                    start=start,
                )
            )
        return str(rows[0][0])

    # Care

    def settle(self) -> int:
        """Ends the turns that a killed program left under way, and checks the whole file.

        For the program that records, once at its start (not for one that only looks). Returns how
        many turns were settled. Raises ``HistoryDamaged``.
        """
        self._database.check()
        with self._database.write() as db:
            settled = db.execute(
                "UPDATE turns SET outcome = ?, error = ? WHERE outcome IS NULL",
                (Outcome.FAILED.value, str(ENDED_WITH_THE_PROGRAM)),
            )
            return settled.rowcount

    def _change(self, conversation_id: str, query: str, values: tuple[object, ...]) -> None:
        with self._database.write() as db:
            if not db.execute(query, values).rowcount:
                raise _unknown(conversation_id)

    def _mark_turns(self, record_ids: Iterable[str], deleted_at_s: float | None) -> None:
        with self._database.write() as db:
            deletion.mark_turns(db, list(record_ids), deleted_at_s)


def turn_of(row: tuple[Any, ...]) -> TurnRecord:
    """A row of the columns of ``turns``, in the order of ``TurnRecord``'s fields, as a record."""
    record_id, began_at_s, question, reply, heard_text, outcome, typed, error, timings = row[:9]
    return TurnRecord(
        record_id,
        began_at_s,
        question,
        reply,
        heard_text,
        None if outcome is None else Outcome(outcome),
        bool(typed),
        error,
        msgspec.json.decode(timings, type=dict[str, float]),
    )


def _unknown(conversation_id: str) -> HistoryError:
    return HistoryError(
        "There is no conversation {conversation_id}.",
        "Run `aloud history list` to see those there are.",
        conversation_id=conversation_id,
    )


def _put(db: sqlite3.Connection, conversation_id: str, turn: TurnRecord, title: str) -> None:
    """Writes a turn, and a conversation of that title where there is none yet."""
    values = (
        turn.record_id,
        turn.began_at_s,
        clean(turn.question),
        clean(turn.reply),
        clean(turn.heard_text),
        turn.outcome.value if turn.outcome else None,
        turn.typed,
        clean(turn.error),
        msgspec.json.encode(dict(turn.timings_s)).decode(),
        conversation_id,
    )
    db.execute(
        "INSERT INTO conversations (conversation_id, title, began_at_s) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (conversation_id, clean(title), turn.began_at_s),
    )
    db.execute(_KEEP, values)
