"""Any text survives being kept, exported and brought back, and is found by any of its words."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import HistoryError
from engine.history import ConversationRecord, History, search
from engine.history.export import BroughtBack, all_conversations, bring_back, from_json, to_json, to_markdown
from engine.history.search import excerpt_of, fold
from tests.unit.history.making import a_turn, any_text, conversations, words

ENOUGH = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fresh() -> History:
    return History(Path(tempfile.mkdtemp()) / "history.sqlite3")


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[History, History]]:
    first, second = fresh(), fresh()
    yield first, second
    first.close()
    second.close()


def empty(history: History) -> History:
    """``clear`` without rewriting the file, a hundred times over."""
    with history._database.write() as db:
        db.execute("DELETE FROM conversations")
    return history


@ENOUGH
@given(conversation=conversations)
def test_export_and_import_keep_everything(
    pair: tuple[History, History], conversation: ConversationRecord
) -> None:
    first, second = (empty(history) for history in pair)
    first.add(conversation)
    kept = first.conversation(conversation.conversation_id)
    assert kept == conversation
    exported = to_json([kept])
    name, turns = conversation.conversation_id, len(conversation.turns)
    assert bring_back(second, exported) == BroughtBack((name,), (), (), turns)
    assert bring_back(second, exported) == BroughtBack((), (), (name,), 0)
    assert second.conversation(conversation.conversation_id) == conversation
    assert to_json([second.conversation(conversation.conversation_id)]) == exported


@settings(max_examples=150, deadline=None)
@given(before=st.lists(words, max_size=4), word=words, after=st.lists(words, max_size=4), asked=st.booleans())
def test_any_word_of_any_text_is_found(
    pair: tuple[History, History], before: list[str], word: str, after: list[str], asked: bool
) -> None:
    text = " ".join([*before, word, *after])
    turn = a_turn(text if asked else "?", "." if asked else text)
    history = empty(pair[0])
    history.save("one", turn)
    # A word that is only accents folds to nothing, and nothing is what it then finds.
    assert turn in [hit.turn for hit in search(history, word)] or not fold(word)
    assert turn in [hit.turn for hit in search(history, text)] or not fold(text).strip()


def test_case_accents_and_beginnings_do_not_matter() -> None:
    history = fresh()
    history.save("one", a_turn("Où est l'élève?", "À l'école, près de la Straße."))
    for words_ in ("ELEVE", "ecol", "strasse", "ou ecole", "l'élève", '"école"', "près*"):
        assert search(history, words_) or words_ in ('"école"', "près*"), words_
    assert search(history, "lycée") == []
    assert search(history, "   ") == []
    history.close()


def test_scripts_without_spaces_and_signs_are_found() -> None:
    history = fresh()
    history.save("one", a_turn("東京の天気は？", "晴れです。 🌞 C++ & R²"))
    for words_ in ("天気", "晴れ", "🌞", "C++", "&", "東京"):
        assert len(search(history, words_)) == 1, words_
    history.close()


def test_hidden_turns_are_not_found() -> None:
    history = fresh()
    kept, hidden = a_turn("a needle"), a_turn("a needle")
    history.save("one", kept)
    history.save("two", hidden)
    history.delete("two")
    assert [hit.turn for hit in search(history, "needle")] == [kept]
    history.restore("two")
    history.delete_turns([hidden.record_id])
    assert [hit.turn for hit in search(history, "needle")] == [kept]
    history.close()


@ENOUGH
@given(any_text, words)
def test_marks_point_at_the_word(text: str, word: str) -> None:
    excerpt, marks = excerpt_of(f"{text} {word}", [fold(word)])
    for begin, end in marks:
        assert 0 <= begin < end <= len(excerpt)
        assert fold(word) in fold(excerpt[begin:end])


def test_an_excerpt_is_short_and_shows_where() -> None:
    text = "lorem ipsum " * 100 + "the needle is here " + "dolor sit " * 100
    excerpt, marks = excerpt_of(text, ["needle"])
    assert len(excerpt) < 140
    ((begin, end),) = marks
    assert excerpt[begin:end] == "needle"
    assert excerpt[0] == excerpt[-1] == "…"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an Aloud history"),
        (b"\xff\xfe", "not an Aloud history"),
        (b"{}", "not an Aloud history"),
        (b'{"format": "aloud-history", "version": 99, "conversations": []}', "reads aloud-history up to 1"),
        (b'{"format": "other", "version": 1, "conversations": []}', "reads aloud-history"),
        (
            b'{"format": "aloud-history", "version": 1, "conversations": [{"conversation_id": 5}]}',
            r"\$\.conversations\[0\]\.conversation_id",
        ),
    ],
)
def test_a_file_that_is_no_history_says_where_it_is_wrong(data: bytes, says: str) -> None:
    with pytest.raises(HistoryError, match=says):
        from_json(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_import(data: bytes) -> None:
    with pytest.raises(HistoryError):
        from_json(data)


def test_an_import_tells_what_appeared_what_grew_and_what_was_there(tmp_path: Path) -> None:
    history = fresh()
    for name in ("new", "short", "hidden", "same"):
        history.save(name, a_turn(name))
    exported = to_json(all_conversations(history))
    history.delete("new")
    history.purge()
    history.delete_turns([history.conversation("short").turns[0].record_id])
    history.purge()
    history.save("short", a_turn("later"))
    history.delete("hidden")
    assert bring_back(history, exported) == BroughtBack(("hidden", "new"), ("short",), ("same",), 2)
    assert len(history.conversations()) == 4
    history.close()


def test_an_import_that_fails_half_way_brings_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    history, source = fresh(), fresh()
    for name in ("one", "two"):
        source.save(name, a_turn(name))
    exported = to_json(all_conversations(source))
    add = history.add

    def only_one(conversation: ConversationRecord) -> int:
        if history.rows("SELECT 1 FROM turns") or conversation.conversation_id == "one":
            raise HistoryError("There is no room left.", "")
        return add(conversation)

    monkeypatch.setattr(history, "add", only_one)
    with pytest.raises(HistoryError):
        bring_back(history, exported)
    assert history.conversations() == []
    for each in (history, source):
        each.close()


def test_marks_that_overlap_are_one() -> None:
    assert excerpt_of("Swallow", ["swal", "swallow", "low"]) == ("Swallow", ((0, 7),))


def test_markdown_reads_as_a_conversation_and_shows_the_cut() -> None:
    from engine.events import Outcome

    cut = a_turn("And then?", "Then it rained all day.", heard_text="Then it", outcome=Outcome.INTERRUPTED)
    failed = a_turn("Still?", "", outcome=Outcome.FAILED, error="The server can't be reached.")
    record = ConversationRecord("one", "The weather", True, 0.0, (a_turn(), cut, failed))
    text = to_markdown(record)
    assert text.startswith("# The weather\n")
    assert "Then it\n\n*Interrupted here.*" in text
    assert "rained" not in text
    assert "*Failed: The server can't be reached.*" in text


def test_broken_halves_of_characters_do_not_stop_a_turn_from_being_kept() -> None:
    history = fresh()
    history.save("one", a_turn("half \ud83d", "reply"))
    assert history.conversation("one").turns[0].question == "half ?"
    history.close()
