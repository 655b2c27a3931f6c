"""How a long conversation is made to fit."""

from hypothesis import given
from hypothesis import strategies as st

from engine.llm.context import estimated_tokens, fitted
from engine.ports import Message

SYSTEM = Message("system", "Be brief.")
texts = st.text(max_size=200)


def conversation(turns: list[tuple[str, str]], question: str) -> list[Message]:
    messages = [SYSTEM]
    for asked, said in turns:
        messages += [Message("user", asked), Message("assistant", said)]
    return [*messages, Message("user", question)]


@given(st.lists(st.tuples(texts, texts), max_size=30), texts, st.integers(0, 2_000))
def test_what_is_kept_is_the_end_whole_and_begins_with_a_question(
    turns: list[tuple[str, str]], question: str, budget: int
) -> None:
    messages = conversation(turns, question)
    kept = fitted(messages, budget)
    assert kept[0] == SYSTEM
    assert kept[1:] == messages[len(messages) - len(kept) + 1 :]
    assert kept[1].role == "user"
    if len(kept) > 2:
        assert sum(map(estimated_tokens, kept)) <= budget


def test_a_conversation_that_fits_is_left_alone() -> None:
    messages = conversation([("one", "two")] * 5, "three")
    assert fitted(messages, 1_000) == messages


def test_the_beginning_stays_the_same_for_many_turns() -> None:
    turns = [(f"question {number}", "answer " * 10) for number in range(60)]
    begins = [fitted(conversation(turns[:count], "next"), 600)[1].text for count in range(60)]
    assert 3 <= len(set(begins)) <= 15


def test_scripts_with_long_characters_count_for_more() -> None:
    assert estimated_tokens(Message("user", "你好" * 50)) > estimated_tokens(Message("user", "ab" * 50))
