"""Where phrases are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ports import SpeakableWord
from engine.text import Speakable
from engine.tts.phrases import FIRST_LONGEST, FIRST_WORDS, LONGEST, Phrase, PhraseChunker, leans_forward

PLENTY_S = 10.0


def words_of(text: str) -> list[SpeakableWord]:
    speakable = Speakable()
    return [*speakable.feed(text), *speakable.end()]


def phrases_of(text: str, lead_s: float) -> list[str]:
    """The phrases of a text that is known at once, with the same sound in hand all along."""
    chunker = PhraseChunker()
    phrases = [chunker.push(word, lead_s) for word in words_of(text)] + [chunker.flush()]
    return [" ".join(word.text for word in phrase) for phrase in phrases if phrase]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Yes. It is so.", "Yes."),
        ("Well, it is so, I think.", "Well, it is so,"),
        ("Of course, you can do that.", "Of course,"),
        ("The capital of France is Paris.", "The capital of France"),
        ("Green plants turn sunlight and water into sugar.", "Green plants turn sunlight"),
        ("Most people remember good stories better than lists.", "Most people remember good stories better"),
        ("It costs $25.50 to visit.", "It costs twenty-five dollars and fifty cents"),
        ("Go.", "Go."),
    ],
)
def test_the_first_phrase_is_short_and_ends_where_one_may_pause(text: str, first: str) -> None:
    assert phrases_of(text, 0.0)[0] == first


def test_with_sound_in_hand_a_phrase_ends_with_its_sentence() -> None:
    text = "Yes. When it rains, which is often, we stay at home and read. Then we sleep."
    assert phrases_of(text, PLENTY_S) == [
        "Yes.", "When it rains, which is often, we stay at home and read.", "Then we sleep."
    ]  # fmt: skip


def test_with_little_sound_in_hand_a_clause_is_spoken_by_itself() -> None:
    text = "Yes. When it rains, which is often, we stay at home. Then we sleep."
    assert phrases_of(text, 1.0)[1:3] == ["When it rains,", "which is often,"]


def test_with_none_in_hand_a_few_words_are_spoken() -> None:
    text = "Yes. Most of the people remember the story of the fox for a long time."
    assert phrases_of(text, 0.1)[1] == "Most of the people remember"


def test_a_pause_ends_a_phrase() -> None:
    assert phrases_of("# One\n\n- two things\n- three\n", PLENTY_S) == ["One.", "two things.", "three."]


def test_late_text_lets_words_go_only_where_that_sounds_right() -> None:
    chunker = PhraseChunker()
    words = words_of("We walked along the river bank slowly today")
    hurried: list[Phrase] = []
    for word in words:
        assert not chunker.push(word, 0.0)
        hurried.append(chunker.hurry(0.0))
        if hurried[-1]:
            break
    assert [" ".join(word.text for word in phrase) for phrase in hurried] == [
        "",
        "",
        "",
        "",
        "We walked along the river",
    ]


def test_late_text_is_waited_for_while_there_is_sound() -> None:
    chunker = PhraseChunker()
    chunker.push(words_of("Yes.")[0], 0.0)
    for word in words_of("It rained hard there again")[:4]:
        assert not chunker.push(word, PLENTY_S)
    assert not chunker.hurry(PLENTY_S)
    assert chunker.hurry(0.0)
    assert not chunker.hurry(0.0)


@given(
    st.lists(
        st.builds(
            SpeakableWord,
            st.sampled_from(
                ["the", "of", "fox", "river", "Paris,", "so.", "and", "it", "five", "who?", "x" * 30]
            ),
            st.integers(0, 3),
            st.integers(3, 6),
            st.sampled_from([0.0, 0.0, 0.0, 0.3]),
        ),
        max_size=120,
    ),
    st.lists(st.floats(-5, 20), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=7),
)
def test_phrases_are_the_words_whatever_the_sound_in_hand(
    words: list[SpeakableWord], leads: list[float], late: list[bool]
) -> None:
    chunker = PhraseChunker()
    phrases: list[Phrase] = []
    for index, word in enumerate(words):
        phrases.append(chunker.push(word, leads[index % len(leads)]))
        if late[index % len(late)]:
            phrases.append(chunker.hurry(leads[index % len(leads)]))
    phrases.append(chunker.flush())
    assert [word for phrase in phrases for word in phrase] == words
    assert all(len(phrase) <= LONGEST for phrase in phrases)
    for phrase in phrases[:-1]:
        assert not phrase or len(phrase) == LONGEST or phrase[-1].pause_s or not leans_forward(phrase[-1])


@given(st.lists(st.sampled_from(["fox", "river", "green"]), min_size=FIRST_LONGEST, max_size=20))
def test_a_first_phrase_is_never_long(names: list[str]) -> None:
    chunker = PhraseChunker()
    words = [SpeakableWord(name, 5 * index, 5 * index + 4) for index, name in enumerate(names)]
    first = next(phrase for word in words if (phrase := chunker.push(word, 0.0)))
    assert FIRST_WORDS <= len(first) <= FIRST_LONGEST
