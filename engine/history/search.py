"""Finding turns by their words: the index first, then every text, for what the index has no words for.

The index (FTS5, unicode61) finds words by their beginning, whatever their case and accents. It does
not know emoji, signs, characters newer than it, or words in scripts that put no spaces between them:
where those are asked for, or it finds nothing, the texts are read through.
"""

import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Any

from engine.history.records import TurnRecord
from engine.history.store import History, turn_of

EXCERPT_CHARACTERS = 120
ROWS_AT_ONCE = 1_000  # keeps a long history's texts from being in memory all at once


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that has every word. ``marks`` are the characters of ``excerpt`` to be shown as found."""

    conversation_id: str
    title: str
    turn: TurnRecord
    excerpt: str
    marks: tuple[tuple[int, int], ...]


def search(history: History, words: str, *, limit: int = 50) -> list[Hit]:
    """Turns that have all of ``words`` in question or reply, best first, then newest.

    A word also finds those that it begins. Case and accents don't matter. No words, no hits. Blocks
    for the disk. Raises ``HistoryError``.
    """
    wanted = [word for word in (fold(word) for word in words.split()) if word]
    if not wanted:
        return []
    found = _indexed(history, words.split(), limit)
    if not found or not _known_to_the_index(words):
        known = {row[2] for row in found}
        found += [row for row in _read_through(history, wanted, limit) if row[2] not in known]
    return [_hit(row, wanted) for row in found[:limit]]


def fold(text: str) -> str:
    """``text`` with neither case nor accents, for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


_COLUMNS = (
    "c.conversation_id, c.title, t.record_id, t.began_at_s, t.question, t.reply, t.heard_text, t.outcome,"
    " t.typed, t.error, t.timings_s"
)
_SHOWN = "t.deleted_at_s IS NULL AND c.deleted_at_s IS NULL"


def _known_to_the_index(words: str) -> bool:
    """Whether these are all plain words of alphabets that stand first in Unicode: Latin, Greek, Cyrillic."""
    return all(ord(each) < 0x590 and (each.isalnum() or each.isspace() or each in "'-.,?!") for each in words)


def _indexed(history: History, words: list[str], limit: int) -> list[tuple[Any, ...]]:
    # Each word as a quoted phrase, so that no sign in it is taken for the query language's own; words
    # that are all signs hold nothing for the index and would void the query.
    phrases = [
        '"{}"*'.format(word.replace('"', '""').replace("\0", " "))
        for word in words
        if re.search(r"[^\W_]", word)
    ]
    if len(phrases) < len(words):
        return []
    return history.rows(
        f"SELECT {_COLUMNS} FROM turns_words w JOIN turns t ON t.turn = w.rowid"  # noqa: S608  # constants
        f" JOIN conversations c USING (conversation_id) WHERE turns_words MATCH ? AND {_SHOWN}"
        " ORDER BY bm25(turns_words), t.began_at_s DESC LIMIT ?",
        (" ".join(phrases), limit),
    )


def _read_through(history: History, wanted: list[str], limit: int) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    before = sys.maxsize
    while len(found) < limit:
        rows = history.rows(
            f"SELECT {_COLUMNS}, t.turn FROM turns t JOIN conversations c USING (conversation_id)"  # noqa: S608
            f" WHERE t.turn < ? AND {_SHOWN} ORDER BY t.turn DESC LIMIT {ROWS_AT_ONCE}",
            (before,),
        )
        if not rows:
            break
        before = rows[-1][-1]
        found += [row for row in rows if all(word in fold(f"{row[4]}\n{row[5]}") for word in wanted)]
    return found[:limit]


def _hit(row: tuple[Any, ...], wanted: list[str]) -> Hit:
    turn = turn_of(row[2:])
    excerpt, marks = excerpt_of(f"{turn.question}\n{turn.reply}", wanted)
    return Hit(str(row[0]), str(row[1]), turn, excerpt, marks)


def excerpt_of(text: str, wanted: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A line of ``text`` around its first found word, and where the ``wanted`` (folded) words are in it."""
    folded, places = _fold_with_places(text)
    first = min((at for word in wanted if (at := folded.find(word)) >= 0), default=0)
    start = max(0, (places[first] if first < len(places) else 0) - EXCERPT_CHARACTERS // 3)
    if start:  # do not begin inside a word
        space = text.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + EXCERPT_CHARACTERS)
    lead, tail = "…" if start else "", "…" if end < len(text) else ""
    excerpt = lead + re.sub(r"\s", " ", text[start:end]) + tail
    marks = []
    for word in wanted:
        at = folded.find(word)
        while at >= 0:
            begin, stop = places[at], places[at + len(word) - 1] + 1
            if start <= begin and stop <= end:
                marks.append((begin - start + len(lead), stop - start + len(lead)))
            at = folded.find(word, at + len(word))
    return excerpt, _merged(marks)


def _merged(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Marks in their order, those that overlap as one: of two wanted words one may begin with the other."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(marks):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """``text`` folded, and for each of its characters the place it comes from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        piece = fold(character)
        pieces.append(piece)
        places.extend([place] * len(piece))
    return "".join(pieces), places
