"""The titles of conversations that nobody has named: each is its first question that is left.

So a question that is deleted, or asked anew in other words, does not live on as a title.
"""

import sqlite3
from collections.abc import Iterable

from engine.history.records import clean, title_of


def refresh(db: sqlite3.Connection, conversation_ids: Iterable[str]) -> None:
    """Titles these conversations anew, unless a person has named them or no turn of them is shown."""
    for conversation_id in conversation_ids:
        first = db.execute(
            "SELECT question FROM turns WHERE conversation_id = ? AND deleted_at_s IS NULL"
            " ORDER BY began_at_s, turn LIMIT 1",
            (conversation_id,),
        ).fetchone()
        if first is not None:
            db.execute(
                "UPDATE conversations SET title = ? WHERE conversation_id = ? AND named = 0 AND title != ?",
                (title := clean(title_of(first[0])), conversation_id, title),
            )
