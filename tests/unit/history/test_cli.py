"""`aloud history`: what a person reads and what the shell gets back."""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.events import Outcome
from engine.history import History
from engine.history.cli import add_parser, run
from tests.unit.history.making import a_turn


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "history.sqlite3")
    opened.save("aaaa1111", a_turn("Why is the sky blue?", "Because of Rayleigh scattering."))
    opened.save("bbbb2222", a_turn("And grass?", "Chlorophyll.", outcome=Outcome.INTERRUPTED))
    yield opened
    opened.close()


def aloud(history: History | None, *words: str, answer: str = "", terminal: bool = False) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    out = Terminal() if terminal else io.StringIO()
    code = run(parser.parse_args(["history", *words]), history, out, Terminal(answer))
    return code, out.getvalue()


def test_list_and_show(history: History) -> None:
    code, text = aloud(history)
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == ["bbbb2222", "aaaa1111"]
    code, text = aloud(history, "show", "aaaa")
    assert "Rayleigh" in text
    history.clear()
    assert aloud(history)[1] == "Nothing has been said yet.\n"


def test_search_shows_where_and_is_bold_on_a_terminal(history: History) -> None:
    assert aloud(history, "search", "rayleigh", "sky") == (
        0,
        "aaaa1111  Why is the sky blue? Because of Rayleigh scattering.\n",
    )
    _, text = aloud(history, "search", "sky", "rayleigh", terminal=True)
    assert text == (
        "aaaa1111  Why is the \033[1msky\033[0m blue? Because of \033[1mRayleigh\033[0m scattering.\n"
    )
    assert aloud(history, "search", "moon") == (1, "Nothing has moon in it.\n")


def test_export_delete_and_import_come_full_circle(history: History, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert aloud(history, "export", "--format", "json", "-o", str(file))[0] == 0
    before = history.conversation("aaaa1111")
    assert aloud(history, "clear", "--yes") == (0, "Deleted.\n")
    assert history.conversations() == []
    assert aloud(history, "import", str(file)) == (0, "2 turns brought back.\n")
    assert history.conversation("aaaa1111") == before
    assert aloud(history, "import", str(file)) == (0, "0 turns brought back.\n")
    _, text = aloud(history, "export", "bbbb", "--format", "md")
    assert text.startswith("# And grass?")


def test_deleting_leaves_alone_what_the_app_may_still_bring_back(history: History) -> None:
    (turn,) = history.conversation("bbbb2222").turns
    history.delete_turns([turn.record_id])
    assert aloud(history, "delete", "aaaa", "--yes")[0] == 0
    history.restore_turns([turn.record_id])
    assert history.conversation("bbbb2222").turns == (turn,)


def test_delete_asks_and_then_is_final(history: History) -> None:
    code, text = aloud(history, "delete", "aaaa", answer="n\n")
    assert code == 1
    assert "Delete “Why is the sky blue?” (1 turns) for good?" in text
    assert aloud(history, "delete", "aaaa", answer="y\n")[0] == 0
    assert [each.conversation_id for each in history.conversations()] == ["bbbb2222"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "cccc"), "no conversation cccc"),
        (("import", "nowhere.json"), "nowhere.json can't be read"),
        (("export", "-o", "nowhere/at/all.md"), "can't be written"),
    ],
)
def test_what_cant_be_done_is_said(
    history: History, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aloud(history, *words)[0] == 1
    assert says in capsys.readouterr().err


def test_without_a_history_of_its_own_it_opens_this_machines(home: Path) -> None:
    assert aloud(None) == (0, "Nothing has been said yet.\n")
