"""Blocked words and phrases are found in a question and left out of a voice, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ports import SpeakableWord
from engine.text.phrases import Phrases, Sieve

BLOCKED = Phrases(("Darn", "shut up", "not on my watch", "🖕"))


@pytest.mark.parametrize(
    ("text", "found"),
    [("Oh DARN it!", True), ("a darning needle", False), ("Please, shut -- UP now", True),
     ("shut it up", False), ("Not on my watch.", True), ("not on my way", False), ("?", False),
     ("👍", False), ("so 🖕!", True), ("", False), ("shut", False)],
)  # fmt: skip
def test_whole_words_and_phrases_are_found_in_any_case(text: str, found: bool) -> None:
    assert BLOCKED.found_in(text) is found


def test_without_phrases_nothing_is_found() -> None:
    assert not Phrases(()).found_in("darn")
    assert not Phrases(("", " ")).found_in("darn, ?")


def spoken(text: str) -> list[SpeakableWord]:
    return [SpeakableWord(word, at, at + 1) for at, word in enumerate(text.split())]


def sieved(text: str, *cuts: int) -> str:
    """What is left of ``text`` where its words come in several helpings."""
    sieve, words = Sieve(BLOCKED), spoken(text)
    left: list[SpeakableWord] = []
    for begin, end in zip((0, *cuts), (*cuts, len(words)), strict=True):
        left += sieve.feed(words[begin:end])
    return " ".join(word.text for word in [*left, *sieve.end()])


@pytest.mark.parametrize(
    ("text", "left"),
    [("well darn it", "well it"), ("please shut up now", "please now"), ("please shut", "please shut"),
     ("shut shut up up", "shut"), ("not on shut up", "not on"), ("not on my shut", "not on my shut"),
     ("not not on my watch, today", "not today"), ("it is fine.", "it is fine."), ("a 🖕 b", "a b")],
)  # fmt: skip
def test_they_are_left_out_of_a_voice(text: str, left: str) -> None:
    words = text.split()
    assert sieved(text) == left
    for cut in range(1, len(words)):
        assert sieved(text, cut) == left


def test_only_what_may_begin_a_phrase_is_held_back() -> None:
    sieve = Sieve(BLOCKED)
    assert [word.text for word in sieve.feed(spoken("please shut"))] == ["please"]
    assert [word.text for word in sieve.feed(spoken("the"))] == ["shut", "the"]


@given(st.lists(st.sampled_from(["shut", "up", "darn", "not", "on", "my", "watch", "—", "x"]), max_size=12))
def test_nothing_blocked_comes_through_and_order_is_kept(words: list[str]) -> None:
    left = sieved(" ".join(words)).split()
    assert not BLOCKED.found_in(" ".join(left))
    rest = iter(words)
    assert all(word in rest for word in left)
    assert sieved(" ".join(words), *range(1, len(words))).split() == left
