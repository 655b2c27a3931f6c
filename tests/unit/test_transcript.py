"""The pure parts of the transcript: blocks, alignment, cut-off Markdown, and what is known of a turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transcript.align import align, rendered_range, utf16_places
from app.transcript.blocks import Block, BlockReader
from app.transcript.model import ShownTurn, tell
from app.transcript.tail import closed, is_plain
from engine.events import Outcome, ReplyDelta, TranscriptReady, TurnEnded
from engine.units import TurnId

PIECES = [
    *["word ", "**", "`", "\n", "\n\n", "- item", "1. ", "```", "```python\n", "~~~"],
    *["# ", "> ", "| a |", "    ", "é😀", "\r", "\u2028"],
]
MARKDOWN = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


def read(text: str, cuts: list[int]) -> tuple[list[Block], BlockReader]:
    reader, blocks, before = BlockReader(), [], 0
    for cut in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
        blocks += reader.feed(text[before:cut])
        before = cut
    return blocks, reader


@given(MARKDOWN, st.lists(st.integers(0, 200), max_size=12))
def test_blocks_and_tail_are_the_text_under_any_split(text: str, cuts: list[int]) -> None:
    blocks, reader = read(text, cuts)
    assert "".join(block.source for block in blocks) + reader.tail == text
    blocks += reader.finish()
    assert "".join(block.source for block in blocks) == text
    for block in blocks:
        assert text.startswith(block.source, block.start)


@given(MARKDOWN, st.lists(st.integers(0, 200), max_size=12))
def test_blocks_do_not_depend_on_the_split(text: str, cuts: list[int]) -> None:
    blocks, reader = read(text, cuts)
    whole, whole_reader = read(text, [])
    assert blocks + reader.finish() == whole + whole_reader.finish()


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("One.\n\nTwo.", ["One.\n\n", "Two."]),
        ("- a\n- b\n  more\n- c", ["- a\n", "- b\n  more\n", "- c"]),
        ("- a\n\n  still a\n\nnot a", ["- a\n\n  still a\n\n", "not a"]),
        ("# Head\ntext", ["# Head\n", "text"]),
        ("x\n```py\na = 1\n\nb\n```\ny", ["x\n", "```py\na = 1\n\nb\n```\n", "y"]),
        ("| a |\n|---|\n| 1 |", ["| a |\n|---|\n| 1 |"]),
    ],
)
def test_what_closes_a_block(text: str, sources: list[str]) -> None:
    blocks, reader = read(text, [])
    assert [block.source for block in blocks + reader.finish()] == sources


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("```py\na\n```\n", "py", "a\n"),
        ("```\na\n", "", "a\n"),
        ("````md\n```\nx\n```\n````\n", "md", "```\nx\n```\n"),
        ("  ```py\n  a\n    b\n  ```\n", "py", "a\n  b\n"),
        ("```", "", ""),
    ],
)
def test_code_without_its_fences(text: str, language: str, code: str) -> None:
    blocks, reader = read(text, [])
    (block,) = blocks + reader.finish()
    assert (block.language, block.code) == (language, code)


def test_a_paragraph_closes_as_soon_as_the_next_begins() -> None:
    reader = BlockReader()
    assert reader.feed("One.\n\n") == []
    assert [block.source for block in reader.feed("T")] == ["One.\n\n"]


@pytest.mark.parametrize(
    ("source", "rendered", "word", "shown"),
    [
        ("It is **very** good", "It is very good", "very", "very"),
        ("See [the page](http://the.page/) now", "See the page now", "now", "now"),
        ("1. one two", "one two", "two", "two"),
        ("*a* `b` c", "a b c", "c", "c"),
    ],
)
def test_a_word_is_found_in_what_is_shown(source: str, rendered: str, word: str, shown: str) -> None:
    start = source.rindex(word)
    first, last = rendered_range(align(source, rendered), start, start + len(word))
    assert rendered[first:last] == shown


@given(st.text(max_size=60))
def test_alignment_of_plain_text_is_itself(text: str) -> None:
    assert align(text, text) == list(range(len(text)))


@given(st.text(max_size=60), st.text(max_size=60))
def test_alignment_never_goes_backwards(source: str, rendered: str) -> None:
    places = utf16_places(rendered, align(source, rendered))
    assert places == sorted(places)
    assert len(places) == len(rendered.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a **bold", "a **bold**"),
        ("a **", "a "),
        ("a *soft", "a *soft*"),
        ("use `code", "use `code`"),
        ("see [the page](http://x", "see the page"),
        ("see [the", "see the"),
        ("* item", "* item"),
        ("2 * 3", "2 * 3"),
        ("**done** and **more", "**done** and **more**"),
    ],
)
def test_what_is_cut_off_is_shown_as_if_it_ended(written: str, shown: str) -> None:
    assert not is_plain(written)
    assert closed(written) == shown


@pytest.mark.parametrize("text", ["Plain words, and 2 - 3.", "It's 5 o'clock: tea!", ""])
def test_plain_words_are_plain(text: str) -> None:
    assert is_plain(text)


def test_an_interrupted_turn_is_cut_where_it_was_heard() -> None:
    turn_id, turn = TurnId(3), ShownTurn(TurnId(3))
    for event in (
        TranscriptReady(turn_id, 10.2, "Why?"),
        ReplyDelta(turn_id, 10.5, "Because it"),
        ReplyDelta(turn_id, 10.6, " is so."),
        TurnEnded(turn_id, 12.0, Outcome.INTERRUPTED, "Why?", "Because it is so.", "Because it "),
    ):
        turn = tell(turn, event)
    assert turn.cut
    assert turn.reply[: turn.heard_end] == "Because it"


def test_a_turn_heard_to_its_end_is_not_cut() -> None:
    ended = TurnEnded(TurnId(1), 1.0, Outcome.INTERRUPTED, "Why?", "So.\n", "So.")
    assert not tell(ShownTurn(TurnId(1)), ended).cut
