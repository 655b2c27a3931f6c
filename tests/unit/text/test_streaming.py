"""What must hold for any text, however it is cut into deltas."""

import itertools
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.ports import SpeakableWord
from engine.text import Sentences, Speakable, speakable_text

MARKUP = (
    *(
        "**",
        "*",
        "_",
        "~~",
        "`",
        "```",
        "```\n",
        "# ",
        "\n",
        "\n\n",
        "\n- ",
        "\n1. ",
        "\n> ",
        "\n|",
        "|",
        "[",
        "]",
        "](",
        ")",
    ),
    *(
        "![",
        "<b>",
        "</b>",
        "<",
        ">",
        "&amp;",
        "&",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\frac{1}{2}",
        "^2",
        "---",
        "\n---\n",
        "[^1]",
    ),
    *(
        "https://a.org/b",
        "a@b.com",
        "😀",
        "👍🏽",
        "½",
        "²",
        "€",
        "$5",
        "$3 million",
        "3:30",
        "5km",
        "-",
        "–",
        "—",
        "…",
        "...",
    ),
    *(
        " ",
        " ",
        " ",
        "word",
        "Dr.",
        "e.g.",
        "no.",
        "1,234.5",
        "10%",
        "1st",
        "U.S.",
        "snake_case",
        "c++",
        "\t",
        "\u00a0",
    ),
    *(
        "\u202f",
        "'",
        "’",
        '"',
        "(",
        ".",
        ",",
        "!",
        "?",
        ":",
        ";",
        "日本",
        "。",
        "é",
        "e\u0301",
        "\u200d",
        "\x00",
        "\\",
        "0",
        "7",
    ),
    *(
        "\n    ",
        "\t",
        "[1]",
        "[3, 1, 2]",
        "[0]",
        "= 5",
        " = ",
        " - ",
        " / ",
        " * ",
        " x ",
        " > ",
        "!=",
        "<=",
        "~",
        "±",
    ),
    *(
        "10^-3",
        "⁻",
        "⁵",
        "+44 ",
        "(555) ",
        "123-4567",
        "1 1/2 ",
        "tsp",
        "9am",
        "5pm",
        "p.m.",
        "Jan. ",
        "XIV",
        "Louis ",
    ),
    *(
        "&lt;",
        "&gt;",
        "div",
        "<sup>",
        "</sup>",
        "$10",
        "3x",
        "x",
        "(-b",
        "call ",
        "911",
        "ISBN ",
        "p. ",
        "sept.",
        "α",
    ),
)
MARKDOWN = st.one_of(
    st.lists(st.sampled_from(MARKUP), max_size=30).map("".join),
    st.text(max_size=80),
    st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=6)), max_size=20).map("".join),
)
SPOKEN_MARKS = ".,!?;:"


def spoken(text: str, cuts: list[int], language: str = "en") -> list[SpeakableWord]:
    """The words of ``text`` fed in the pieces that ``cuts`` make of it."""
    speakable = Speakable(language)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    words = [word for start, end in itertools.pairwise(edges) for word in speakable.feed(text[start:end])]
    return words + speakable.end()


@given(MARKDOWN, st.lists(st.integers(0, 200), max_size=12), st.sampled_from(["en", "fr"]))
@settings(max_examples=300, deadline=None)
@example("&amp;![123-4567", [], "en")
def test_the_words_do_not_depend_on_the_cuts_and_join_to_the_speakable_text(
    text: str, cuts: list[int], language: str
) -> None:
    words = spoken(text, cuts, language)
    assert words == spoken(text, list(range(len(text))), language)
    assert " ".join(word.text for word in words) == speakable_text(text, language)


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
@example("[a](b\n\nc d")
def test_offsets_lie_in_the_text_and_never_go_back(text: str) -> None:
    words = spoken(text, [])
    last_start, last_end = 0, 0
    for word in words:
        assert 0 <= word.source_start <= word.source_end <= len(text)
        assert word.source_start >= last_start
        assert word.source_end >= last_end
        last_start, last_end = word.source_start, word.source_end
        assert word.pause_s >= 0


@given(MARKDOWN)
@settings(max_examples=400, deadline=None)
def test_no_sign_and_no_digit_is_ever_spoken(text: str) -> None:
    for word in spoken(text, []):
        core = word.text.rstrip(SPOKEN_MARKS)
        assert core
        assert all(unicodedata.category(char)[0] in "LM" or char in "'-" for char in core), word.text
        assert core[0] not in "'-" and core[-1] not in "'-"
        assert word.text[len(core) :] in ("", *SPOKEN_MARKS, "..."), word.text


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=8), min_size=1, max_size=20))
def test_plain_words_are_let_go_when_the_next_one_begins(words: list[str]) -> None:
    speakable = Speakable()
    known: list[str] = []
    for index, word in enumerate(words):
        known += [ready.text for ready in speakable.feed(word if index == 0 else " " + word)]
        assert known == words[:index]


def test_only_what_may_change_is_held() -> None:
    speakable = Speakable()
    assert [word.text for word in speakable.feed("See the [map of Paris](https://")] == [
        "See",
        "the",
        "map",
        "of",
    ]
    assert [word.text for word in speakable.feed("x.org) now and")] == ["Paris", "now"]


@pytest.mark.parametrize("opening", ["[", "`", "<a ", "$x", "&", "\\(", "!", "](", "|", "~", "$$", "<!--"])
def test_nothing_that_is_never_closed_is_held_for_ever(opening: str) -> None:
    speakable = Speakable()
    said = speakable.feed("Well " + opening + " so it goes on and on" * 30)
    assert "goes" in {word.text for word in said}


def test_the_words_speak_for_what_was_written() -> None:
    text = "It costs **$3 million**, see [this](http://a.b)."
    said = [(word.text, text[word.source_start : word.source_end]) for word in spoken(text, [])]
    assert said == [
        ("It", "It"), ("costs", "costs"), ("three", "$3 million**,"), ("million", "$3 million**,"),
        ("dollars,", "$3 million**,"), ("see", "see"), ("this.", "this](http://a.b)."),
    ]  # fmt: skip


def test_blocks_end_with_a_pause() -> None:
    pauses = {word.text: word.pause_s for word in spoken("# Title\n\nA line\n\n- item\n\n| a | b |\n", [])}
    assert pauses["Title."] > 0 and pauses["line."] > 0 and pauses["item."] > 0 and pauses["a,"] > 0
    assert pauses["A"] == 0


def test_sentences_gather_words() -> None:
    sentences = Sentences()
    told = [said for word in spoken("Dr. Who is 5. Yes, he is! And", []) if (said := sentences.push(word))]
    assert [*told, sentences.flush()] == ["Doctor Who is five.", "Yes, he is!", "And.", None]
