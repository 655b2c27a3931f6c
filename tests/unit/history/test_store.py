"""Conversations on disk: kept, named, hidden, brought back, gone."""

import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import HistoryDamaged, HistoryError
from engine.events import Outcome
from engine.history import History
from engine.history.schema import MIGRATIONS
from engine.history.store import ENDED_WITH_THE_PROGRAM
from engine.turn import TurnState
from tests.unit.history.making import a_turn


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "deep" / "history.sqlite3")
    yield opened
    opened.close()


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite3"


def test_a_turn_is_kept_whole_and_replaced_as_it_grows(history: History) -> None:
    turn = a_turn("Why?", "Because.", typed=True, timings_s={"ttfa_s": 0.4})
    half = replace(turn, reply="Bec", heard_text="", outcome=None, timings_s={})
    history.save("one", half)
    assert history.conversation("one").turns == (half,)
    history.save("one", turn)
    assert history.conversation("one").turns == (turn,)


def test_a_conversation_is_titled_by_its_first_question_until_it_is_named(history: History) -> None:
    history.save("one", a_turn("  Why  is the sky\nblue? " + "And why is grass green? " * 9))
    title = history.conversation("one").title
    assert title.startswith("Why is the sky blue? And why")
    assert title.endswith("…")
    assert len(title) <= 60
    history.rename("one", " Sky ")
    history.save("one", a_turn("And the sea?"))
    assert history.conversation("one").title == "Sky"
    history.rename("one", "")
    assert history.conversation("one").title == title


def test_the_list_has_the_last_changed_first_and_counts_turns(history: History) -> None:
    history.save("old", a_turn())
    history.save("new", a_turn())
    history.save("old", a_turn())
    assert [(each.conversation_id, each.turn_count) for each in history.conversations()] == [
        ("old", 2),
        ("new", 1),
    ]


def test_deleted_is_hidden_until_restored(history: History) -> None:
    history.save("one", a_turn())
    history.delete("one")
    assert history.conversations() == []
    with pytest.raises(HistoryError, match="no conversation one"):
        history.conversation("one")
    history.restore("one")
    assert [each.conversation_id for each in history.conversations()] == ["one"]


def test_deleted_turns_are_hidden_until_restored(history: History) -> None:
    first, second = a_turn(), a_turn()
    history.save("one", first)
    history.save("one", second)
    history.delete_turns([second.record_id, "unknown"])
    assert history.conversation("one").turns == (first,)
    history.restore_turns([second.record_id])
    assert history.conversation("one").turns == (first, second)


def test_purged_and_cleared_texts_are_nowhere_on_the_disk(history: History, tmp_path: Path) -> None:
    for name in ("gone", "kept", "cleared"):
        for _ in range(50):
            history.save(name, a_turn(f"{name}question", f"{name}reply and more of it " * 20))
    history.delete("gone")
    assert history.purge() == 50
    left = b"".join(part.read_bytes() for part in file_of(tmp_path).parent.iterdir())
    assert b"gonequestion" not in left
    assert b"gonereply" not in left
    assert b"keptreply" in left
    with pytest.raises(HistoryError):
        history.restore("gone")
    history.clear()
    assert history.conversations() == []
    left = b"".join(part.read_bytes() for part in file_of(tmp_path).parent.iterdir())
    assert b"kept" not in left
    assert b"cleared" not in left


def test_only_what_is_named_is_purged(history: History) -> None:
    mine, other = a_turn("mine?"), a_turn("other?")
    for name, turn in (("one", mine), ("one", other), ("two", a_turn()), ("three", a_turn())):
        history.save(name, turn)
    history.delete_turns([mine.record_id, other.record_id])
    history.delete("two")
    history.delete("three")
    assert history.purge([mine.record_id], ["two"]) == 2
    history.restore_turns([mine.record_id, other.record_id])
    assert history.conversation("one").turns == (other,)
    history.restore("three")
    with pytest.raises(HistoryError):
        history.restore("two")


def test_what_has_come_back_is_not_purged(history: History) -> None:
    turn = a_turn()
    history.save("one", turn)
    assert history.purge([turn.record_id], ["one"]) == 0
    assert history.conversation("one").turns == (turn,)


def test_a_conversation_is_deleted_once(history: History) -> None:
    history.save("one", a_turn())
    assert history.delete("one")
    assert not history.delete("one")
    with pytest.raises(HistoryError):
        history.delete("nowhere")


def test_the_title_follows_the_first_question_that_is_left(history: History) -> None:
    first, second = a_turn("A secret?"), a_turn("The weather?")
    history.save("one", first)
    history.save("one", second)
    history.delete_turns([first.record_id])
    assert history.conversation("one").title == "The weather?"
    history.restore_turns([first.record_id])
    assert history.conversation("one").title == "A secret?"
    history.delete_turns([first.record_id, second.record_id])
    history.save("one", a_turn("A better question?"))
    assert history.conversation("one").title == "A better question?"


def test_a_given_title_stays_whatever_is_deleted(history: History) -> None:
    first = a_turn("A secret?")
    history.save("one", first)
    history.rename("one", "Plans")
    history.delete_turns([first.record_id])
    history.save("one", a_turn("Something else?"))
    assert history.conversation("one").title == "Plans"


def test_nothing_of_a_conversation_is_left_once_its_turns_are_purged(
    history: History, tmp_path: Path
) -> None:
    turn = a_turn("A secretquestion?")
    history.save("one", turn)
    history.save("one", kept := a_turn("Harmless?"))
    history.delete_turns([turn.record_id])
    history.purge([turn.record_id])
    assert b"secretquestion" not in b"".join(part.read_bytes() for part in file_of(tmp_path).parent.iterdir())
    history.delete_turns([kept.record_id])
    history.purge([kept.record_id])
    assert history.rows("SELECT * FROM conversations") == []


def test_a_name_is_found_by_its_beginning_if_there_is_but_one(history: History) -> None:
    history.save("abcd", a_turn())
    history.save("abef", a_turn())
    assert history.find("abc") == "abcd"
    with pytest.raises(HistoryError, match="Several"):
        history.find("ab")
    for nothing in ("x", ""):
        with pytest.raises(HistoryError):
            history.find(nothing)


def test_only_the_owner_may_read_the_files(history: History, tmp_path: Path) -> None:
    history.save("one", a_turn())
    parts = list(file_of(tmp_path).parent.iterdir())
    assert len(parts) > 1
    assert {stat.S_IMODE(part.stat().st_mode) for part in parts} == {0o600}


def test_turns_that_a_killed_program_left_are_settled(history: History) -> None:
    history.save("one", a_turn(outcome=None))
    done = a_turn()
    history.save("one", done)
    assert history.settle() == 1
    left, whole = history.conversation("one").turns
    assert left.outcome is Outcome.FAILED
    assert left.error == ENDED_WITH_THE_PROGRAM
    assert whole == done
    assert history.settle() == 0


def test_a_kept_turn_can_be_taken_up_again(history: History) -> None:
    turn = a_turn("Why?", "Because it is so.", heard_text="Because", outcome=Outcome.INTERRUPTED).as_turn()
    assert (turn.state, turn.question, turn.heard_text) == (TurnState.ENDED, "Why?", "Because")
    assert turn.outcome is Outcome.INTERRUPTED


@pytest.mark.parametrize("bytes_there", [b"no database at all" * 99, b"SQLite format 3\0" + bytes(5_000)])
def test_a_file_that_is_no_database_is_put_aside_and_named(tmp_path: Path, bytes_there: bytes) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_bytes(bytes_there)
    history = History(file)
    assert history.notice is not None
    aside = next(part for part in tmp_path.iterdir() if ".damaged-" in part.name)
    assert str(aside) in str(history.notice)
    assert aside.read_bytes() == bytes_there
    history.save("one", a_turn())
    assert len(history.conversations()) == 1
    history.close()
    reopened = History(file)
    assert reopened.notice is None
    reopened.close()


def test_damage_inside_the_file_is_found_by_settling(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    history = History(file)
    for _ in range(200):
        history.save("one", a_turn("word " * 50, "word " * 200))
    history.close()
    data = bytearray(file.read_bytes())
    for page in range(12, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(data)
    history = History(file)
    with pytest.raises(HistoryDamaged):
        history.settle()
    notice = history.begin_anew()
    assert "moved to" in str(notice)
    assert history.conversations() == []
    history.close()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(HistoryError, match="newer version"):
        History(file)
    assert file.read_bytes() == before


def test_a_folder_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HistoryError, match="can't be opened"):
        History(tmp_path / "file" / "history.sqlite3")


def test_two_programs_may_use_it_at_once(history: History, tmp_path: Path) -> None:
    other = History(file_of(tmp_path))
    history.save("one", a_turn())
    other.save("two", a_turn())
    assert {each.conversation_id for each in history.conversations()} == {"one", "two"}
    other.close()
