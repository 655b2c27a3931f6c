"""What the model is told: what was heard, with roles in turn, and interruptions marked beside it."""

from hypothesis import given
from hypothesis import strategies as st

from engine.context import INTERRUPTED, UNHEARD, messages
from engine.events import Outcome
from engine.ports import Message
from engine.turn import Turn, TurnState
from engine.units import TurnId


def turn(question: str, reply: str, heard: str | None = None, outcome: Outcome = Outcome.COMPLETED) -> Turn:
    heard_text = reply if heard is None else heard
    return Turn(
        TurnId(1), TurnState.ENDED, question=question, reply=reply, heard_text=heard_text, outcome=outcome
    )


def cut(question: str, reply: str, heard: str) -> Turn:
    return turn(question, reply, heard, Outcome.INTERRUPTED)


def told(turns: list[Turn], question: str | None = "And now?") -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages("Be brief.", turns, question)[1:]]


def test_a_heard_reply_stands_whole() -> None:
    assert told([turn("Why?", "Because.")]) == [
        ("user", "Why?"),
        ("assistant", "Because."),
        ("user", "And now?"),
    ]
    assert messages("Be brief.", [], None) == [Message("system", "Be brief.")]


def test_an_interrupted_reply_stands_as_far_as_it_was_heard_and_the_next_question_says_so() -> None:
    turns = [cut("Why?", "Because of scattering.", "Because of"), turn("At night?", "It is dark.")]
    assert told(turns) == [
        ("user", "Why?"),
        ("assistant", "Because of"),
        ("user", f"{INTERRUPTED} At night?"),
        ("assistant", "It is dark."),
        ("user", "And now?"),
    ]
    assert told(turns[:1]) == [*told(turns)[:2], ("user", f"{INTERRUPTED} And now?")]
    assert told(turns[:1], None) == told(turns)[:2]


def test_what_was_asked_and_interrupted_before_a_sound_stands_before_the_next_question() -> None:
    turns = [cut("Why?", "Because.", ""), cut("Why not?", "", ""), turn("At night?", "It is dark.")]
    assert told(turns) == [
        ("user", f"Why?\n{UNHEARD} Why not?\n{UNHEARD} At night?"),
        ("assistant", "It is dark."),
        ("user", "And now?"),
    ]
    assert told(turns[:1]) == [("user", f"Why?\n{UNHEARD} And now?")]
    assert told(turns[:1], None) == []


def test_a_turn_that_came_to_nothing_is_left_out() -> None:
    assert told([turn("Why?", "", outcome=Outcome.FAILED), cut("", "", "")]) == [("user", "And now?")]
    assert told([turn("Why?", "Becau", outcome=Outcome.FAILED)])[1] == ("assistant", "Becau")


HEARD = st.sampled_from(["", "  ", "Because of", "Because of scattering."])


@given(st.lists(st.tuples(st.sampled_from(["Why?", ""]), HEARD, st.sampled_from(Outcome))), st.booleans())
def test_roles_alternate_and_the_model_never_said_what_marks_an_interruption(
    turns: list[tuple[str, str, Outcome]], asks: bool
) -> None:
    past = [turn(question, "Because of scattering.", heard, outcome) for question, heard, outcome in turns]
    roles = [role for role, _ in told(past, "And now?" if asks else None)]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"] * asks
    for role, text in told(past):
        assert text.strip()
        assert role == "user" or "interrupted" not in text


def test_every_interruption_is_marked_once() -> None:
    turns = [cut("One?", "Reply.", "Rep"), cut("Two?", "Reply.", ""), turn("Three?", "Reply.")]
    whole = "\n".join(text for _, text in told(turns))
    assert (whole.count(INTERRUPTED), whole.count(UNHEARD)) == (1, 1)
