"""Turns and conversations to put into a history, and any text there is."""

import itertools

from hypothesis import strategies as st

from engine.events import Outcome
from engine.history import ConversationRecord, TurnRecord

_numbers = itertools.count(1)

any_text = st.text()
"""Any characters but lone surrogates, which no UTF-8 file can hold."""

words = st.text(st.characters(categories=["L", "N", "S", "P"]), min_size=1, max_size=12)


def a_turn(question: str = "What is it?", reply: str = "It is this.", **others: object) -> TurnRecord:
    number = next(_numbers)
    values: dict[str, object] = {"outcome": Outcome.COMPLETED, "heard_text": reply, **others}
    return TurnRecord(f"turn-{number}", 1_700_000_000.0 + number, question, reply, **values)  # type: ignore[arg-type]


turns = st.builds(
    TurnRecord,
    record_id=st.uuids().map(lambda each: each.hex),
    began_at_s=st.floats(0, 4e9),
    question=any_text,
    reply=any_text,
    heard_text=any_text,
    outcome=st.none() | st.sampled_from(Outcome),
    typed=st.booleans(),
    error=any_text,
    timings_s=st.dictionaries(st.text(max_size=8), st.floats(0, 100), max_size=3),
)

conversations = st.builds(
    ConversationRecord,
    conversation_id=st.uuids().map(lambda each: each.hex),
    title=any_text,
    named=st.booleans(),
    began_at_s=st.floats(0, 4e9),
    turns=st.lists(turns, min_size=1, max_size=4).map(
        lambda each: tuple(sorted(each, key=lambda turn: turn.began_at_s))
    ),
)
