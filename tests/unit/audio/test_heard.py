from hypothesis import given
from hypothesis import strategies as st

from engine.audio.heard import LONGEST_WORD_SAMPLES, WordClock
from engine.pcm import SpokenWord


def words(*offsets: int) -> WordClock:
    clock = WordClock()
    clock.add(SpokenWord(str(offset), offset, 0, 0) for offset in offsets)
    return clock


def last(clock: WordClock, position: int, end: int) -> str:
    word = clock.last_heard(position, end)
    return word.text if word else ""


def test_a_word_counts_from_its_middle_on() -> None:
    clock = words(0, 1_000)
    assert last(clock, 499, 2_000) == ""
    assert last(clock, 500, 2_000) == "0"
    assert last(clock, 1_499, 2_000) == "0"
    assert last(clock, 1_500, 2_000) == "1000"


def test_a_pause_after_a_word_is_not_a_part_of_it() -> None:
    clock = words(0, 100_000)
    assert last(clock, LONGEST_WORD_SAMPLES // 2, 110_000) == "0"


def test_a_reply_without_words_has_no_last_one() -> None:
    assert last(words(), 1_000, 2_000) == ""


def test_a_word_without_any_length_counts_once_it_was_passed() -> None:
    assert last(words(100, 100), 100, 100) == ""
    assert last(words(100, 100), 101, 100) == "100"


@given(st.lists(st.integers(0, 50_000)), st.lists(st.integers(0, 60_000), min_size=1))
def test_the_last_heard_word_only_moves_on(offsets: list[int], positions: list[int]) -> None:
    clock = words(*sorted(offsets))
    passed = 0
    for position in sorted(positions):
        word = clock.last_heard(position, 60_000)
        assert word is None or passed <= word.offset_samples < position
        passed = word.offset_samples if word else passed
