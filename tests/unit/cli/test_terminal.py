"""A conversation as lines of text: on streams, and over a prompt."""

import io
import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.formatted_text import fragment_list_to_text, to_formatted_text

from engine.cli.prompt import Lines, PromptScreen, wrapped
from engine.cli.terminal import Streams, TerminalView, columns_of, last_columns
from engine.events import (
    ListeningStarted,
    Outcome,
    PartialTranscript,
    ReplyDelta,
    TranscriptReady,
    TurnEnded,
)
from engine.units import TurnId
from tests.terminal import Screen

TURN = TurnId(1)


class Tty(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def forty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: os.terminal_size((40, 10)))


def ended(reply: str, outcome: Outcome = Outcome.COMPLETED) -> TurnEnded:
    return TurnEnded(TURN, 0.0, outcome, "question", reply, reply)


@pytest.mark.usefixtures("forty_columns")
def test_a_long_partial_transcript_leaves_nothing_behind() -> None:
    out = Tty()
    view = TerminalView(Streams(out, io.StringIO()))
    view(ListeningStarted(TURN, 0.0))
    for words in range(1, 40):
        view(PartialTranscript(TURN, 0.0, " ".join(["言葉", *["word"] * words])))
    view(TranscriptReady(TURN, 0.0, "What is it?"))
    view(ReplyDelta(TURN, 0.0, "It."))
    view(ended("It."))
    screen = Screen(columns=40, rows=10)
    screen.write(out.getvalue().replace("\n", "\r\n"))
    assert screen.lines == ["> What is it?", "It."]


def test_where_there_is_no_terminal_only_the_conversation_is_written() -> None:
    out = io.StringIO()
    view = TerminalView(Streams(out, io.StringIO()))
    view(ListeningStarted(TURN, 0.0))
    view(PartialTranscript(TURN, 0.0, "What"))
    view(TranscriptReady(TURN, 0.0, "What is it?"))
    view(ReplyDelta(TURN, 0.0, "A cat\x1b[2J\x07."))
    view(ended("A cat.", Outcome.INTERRUPTED))
    assert out.getvalue() == "> What is it?\nA cat[2J. [interrupted]\n"


def test_a_line_over_the_prompt_goes_on_until_it_is_whole() -> None:
    printed: list[str] = []
    screen = PromptScreen(printed.append, lambda: None, lambda: 12)

    def shown() -> str:
        return fragment_list_to_text(to_formatted_text(screen.over_prompt()))

    screen.note("listening…")
    assert shown() == "listening…\n» "
    screen.write("> Why?\n", "<bold>")
    screen.write("Because it is")
    assert printed == ["<bold>> Why?\x1b[0m\n", "Because it\n"]
    assert shown() == "is\n» "
    screen.tell("Oh: no")
    screen.write("so")
    screen.close()
    assert printed[2:] == ["is\nOh: no\n", "so\n"]


@given(st.lists(st.text("ab 言\n", max_size=12), max_size=12), st.integers(2, 9))
def test_lines_hold_all_that_is_not_a_space_and_none_is_too_wide(deltas: list[str], columns: int) -> None:
    lines = Lines()
    whole = [line for delta in deltas for line in lines.add(delta, columns)] + lines.end()
    assert all(columns_of(line) <= columns for line in whole)
    assert "".join(whole).replace(" ", "") == "".join(deltas).replace(" ", "").replace("\n", "")


@given(st.text("ab 言", max_size=40), st.integers(2, 9))
def test_words_are_cut_only_where_they_are_longer_than_a_line(line: str, columns: int) -> None:
    pieces = wrapped(line, columns)
    for piece, following in itertools.pairwise(pieces):
        assert " " not in piece.strip() or columns_of(piece + following.split(" ")[0]) > columns - 1


def test_the_end_of_a_text_that_is_too_wide_is_kept() -> None:
    assert last_columns("one two\nthree", 20) == "one two three"
    assert last_columns("one two three", 8) == "…o three"
    assert last_columns("言葉言葉", 5) == "…言葉"
