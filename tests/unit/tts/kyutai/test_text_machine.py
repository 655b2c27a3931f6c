"""Our text machine against moshi_mlx's, for any words, pauses and answers of the model."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from moshi_mlx.models.tts import Entry as TheirEntry
from moshi_mlx.models.tts import StateMachine, TokenIds

from engine.tts.kyutai.text_machine import NEW_WORD, NOTHING, PAD, Entry, TextInput, TextMachine

VOCABULARY = 321
AHEAD = 2

entries = st.lists(
    st.tuples(st.lists(st.integers(4, VOCABULARY - 1), max_size=4).map(tuple), st.integers(0, 5)), max_size=8
)
answers = st.lists(st.sampled_from((NEW_WORD, PAD, 7)), min_size=60, max_size=60)


def theirs(words: list[tuple[tuple[int, ...], int]], answered: list[int]) -> tuple[list[TextInput], Any]:
    machine = StateMachine(TokenIds(VOCABULARY), second_stream_ahead=AHEAD, max_padding=8, initial_padding=2)
    state = machine.new_state([TheirEntry(list(tokens), "word", padding) for tokens, padding in words])
    fed = []
    for step, answer in enumerate(answered):
        code, _ = machine.process(step, state, answer)
        fed.append(TextInput(code % VOCABULARY, code // VOCABULARY - 1))
    return fed, state


def add_all(machine: TextMachine, words: list[tuple[tuple[int, ...], int]]) -> None:
    for index, (tokens, padding) in enumerate(words):
        machine.add(Entry(tokens, padding, index))


@settings(deadline=None)
@given(entries, answers)
def test_it_feeds_what_moshi_mlx_feeds(words: list[tuple[tuple[int, ...], int]], answered: list[int]) -> None:
    expected, state = theirs(words, answered)
    machine = TextMachine(AHEAD)
    add_all(machine, words)
    machine.finish()
    begun = []
    for step, answer in enumerate(answered):
        advance = machine.advance(answer == NEW_WORD)
        assert advance.fed == expected[step]
        if advance.begun is not None:
            begun.append(step)
    assert begun == [step for _, step in state.transcript]
    assert machine.end_step == state.end_step


@settings(deadline=None)
@given(entries, answers)
def test_words_that_come_just_in_time_change_nothing(
    words: list[tuple[tuple[int, ...], int]], answered: list[int]
) -> None:
    expected, _ = theirs(words, answered)
    machine, coming = TextMachine(AHEAD), list(enumerate(words))
    for step, answer in enumerate(answered):
        while not machine.ready:
            if coming:
                index, (tokens, padding) = coming.pop(0)
                machine.add(Entry(tokens, padding, index))
            else:
                machine.finish()
        assert machine.advance(answer == NEW_WORD).fed == expected[step]


@settings(deadline=None)
@given(entries, answers)
def test_a_preview_says_what_either_answer_leads_to(
    words: list[tuple[tuple[int, ...], int]], answered: list[int]
) -> None:
    machine = TextMachine(AHEAD)
    add_all(machine, words)
    machine.finish()
    for answer in answered:
        preview = machine.preview()
        word = answer == NEW_WORD
        assert machine.advance(word).fed == (preview.if_word if word else preview.if_pad)
        assert not preview.forced or preview.if_word == preview.if_pad


def test_it_begins_without_words_and_then_waits_for_three() -> None:
    machine = TextMachine(AHEAD)
    for _ in range(2):
        assert machine.ready
        assert machine.advance(True).fed == TextInput(PAD, NOTHING)
    for index in range(3):
        assert not machine.ready
        machine.add(Entry((10 + index,), 1, index))
    assert machine.ready
    assert machine.advance(True).begun == 0


def test_a_pause_needs_no_words_after_it() -> None:
    machine = TextMachine(AHEAD)
    for _ in range(2):
        machine.advance(True)
    machine.add(Entry((), 4))
    assert machine.ready
    assert machine.advance(True).begun is None
    assert machine.ready  # the rest of the pause is forced


def test_finishing_lets_the_held_back_words_go() -> None:
    machine = TextMachine(AHEAD)
    machine.add(Entry((10,), 0, 0))
    machine.finish()
    begun = [machine.advance(True).begun for _ in range(6)]
    assert begun == [None, None, 0, None, None, None]
    assert machine.end_step == 3


@settings(deadline=None)
@given(entries, answers)
def test_the_model_is_not_asked_where_its_answer_changes_nothing(
    words: list[tuple[tuple[int, ...], int]], answered: list[int]
) -> None:
    """Then either answer leads to the same for good, and otherwise it does not."""
    either = (TextMachine(AHEAD), TextMachine(AHEAD))
    for machine in either:
        add_all(machine, words)
        machine.finish()
    for answer in answered:
        forced = either[0].preview().forced
        if either[0].end_step is not None and either[0].end_step < either[0].step:
            assert forced
        fed = [
            machine.advance(other if forced else answer == NEW_WORD)
            for machine, other in zip(either, (True, False), strict=True)
        ]
        assert fed[0] == fed[1]
    assert vars_of(either[0]) == vars_of(either[1])


def vars_of(machine: TextMachine) -> dict[str, Any]:
    return dict(vars(machine))
