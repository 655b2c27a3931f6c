"""A reply of several voices: who speaks next is a word of its own, and never spoken."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import Speakable


def words(text: str, speakers: int, cuts: tuple[int, ...] = ()) -> list[str]:
    speakable = Speakable(speakers=speakers)
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    fed = [word for start, end in pairwise(bounds) for word in speakable.feed(text[start:end])]
    made = [*fed, *speakable.end()]
    assert all(text[word.source_start : word.source_end] for word in made)
    starts = [word.source_start for word in made]
    assert starts == sorted(starts)
    return [word.text for word in made]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S1: hello there\nS2: hi", ["S1:", "hello", "there.", "S2:", "hi."]),
        ("S1: Hello!\n\nS2: Who is it?", ["S1:", "Hello!", "S2:", "Who", "is", "it?"]),
        ("**S1:** hello\n**S2:** hi", ["S1:", "hello.", "S2:", "hi."]),
        ("- S1: hello\n- S5: hi", ["S1:", "hello.", "S5:", "hi."]),
        ("S1\u00a0: bonjour", ["S1:", "bonjour."]),
        ("That is $3\nS2: cheap", ["That", "is", "three", "dollars.", "S2:", "cheap."]),
    ],
)
def test_a_turn_is_kept_where_there_are_several_voices(text: str, expected: list[str]) -> None:
    assert words(text, 2) == expected


def test_with_one_voice_it_is_text_like_any_other() -> None:
    assert "S1:" not in words("S1: hello", 1)


@pytest.mark.parametrize("text", ["S6: hello", "S0: hello", "AS1: hello", "S1 hello", "S12: hello"])
def test_only_one_to_five_speak(text: str) -> None:
    assert not any(word.endswith(":") and word.startswith("S") for word in words(text, 5))


@given(st.lists(st.integers(0, 60), max_size=6).map(tuple))
def test_the_words_do_not_depend_on_the_cuts(cuts: tuple[int, ...]) -> None:
    text = "S1: It costs $3 million. **S2:** Too much, I think\nS1: Perhaps."
    assert words(text, 2, cuts) == words(text, 2)
