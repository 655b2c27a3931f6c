"""The talk key: every way of using it, and every sequence of inputs against what must always hold."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hotkey.machine import (
    Action,
    Checked,
    Ended,
    Input,
    KeyState,
    Locked,
    Phase,
    Pressed,
    Released,
    Spoiled,
    Suspended,
    Ticked,
    Timing,
    Toggled,
    advance,
    deadline_s,
)

PRESS, RELEASE, STOP = Action.PRESS, Action.RELEASE, Action.STOP
TIMING = Timing()
MODIFIER = Timing(confirm_s=0.05)


def played(*events: Input, timing: Timing = TIMING) -> tuple[KeyState, list[Action]]:
    state, actions = KeyState(), []
    for event in events:
        state, action = advance(state, event, timing)
        if action:
            actions.append(action)
    return state, actions


def phase_and_actions(*events: Input, timing: Timing = TIMING) -> tuple[Phase, list[Action]]:
    state, actions = played(*events, timing=timing)
    return state.phase, actions


def test_hold_to_talk() -> None:
    assert phase_and_actions(Pressed(0), Released(2)) == (Phase.IDLE, [PRESS, RELEASE])


def test_tap_to_toggle() -> None:
    tapped = (Pressed(0), Released(0.2))
    assert phase_and_actions(*tapped) == (Phase.LATCHED, [PRESS])
    assert phase_and_actions(*tapped, Pressed(4)) == (Phase.SPENT, [PRESS, RELEASE])
    assert phase_and_actions(*tapped, Pressed(4), Released(4.1)) == (Phase.IDLE, [PRESS, RELEASE])


@pytest.mark.parametrize(("held_s", "phase"), [(0.499, Phase.LATCHED), (0.5, Phase.IDLE)])
def test_half_a_second_tells_a_tap_from_a_hold(held_s: float, phase: Phase) -> None:
    assert phase_and_actions(Pressed(0), Released(held_s))[0] is phase


def test_hold_then_lock_listens_until_the_next_press() -> None:
    locked = (Pressed(0), Locked(1), Released(2))
    assert phase_and_actions(*locked) == (Phase.LATCHED, [PRESS])
    assert phase_and_actions(*locked, Pressed(9)) == (Phase.SPENT, [PRESS, RELEASE])


def test_repeats_are_ignored() -> None:
    repeats = [Pressed(0.66 + 0.04 * n) for n in range(100)]
    assert phase_and_actions(Pressed(0), *repeats, Released(5)) == (Phase.IDLE, [PRESS, RELEASE])


def test_a_bounce_at_the_press_goes_on_holding() -> None:
    bouncing = (Pressed(0), Released(0.01), Pressed(0.02), Released(3))
    assert phase_and_actions(*bouncing) == (Phase.IDLE, [PRESS, RELEASE])


def test_a_bounce_at_the_release_begins_nothing() -> None:
    bouncing = (Pressed(0), Released(3), Pressed(3.01), Released(3.02))
    assert phase_and_actions(*bouncing) == (Phase.IDLE, [PRESS, RELEASE])


def test_a_bounce_in_the_middle_of_a_modifier_is_not_a_release() -> None:
    bouncing = (Pressed(0), Released(2), Pressed(2.03), Released(4), Ticked(4.05))
    assert phase_and_actions(*bouncing, timing=MODIFIER) == (Phase.IDLE, [PRESS, RELEASE])
    assert phase_and_actions(*bouncing[:-1], timing=MODIFIER) == (Phase.RELEASING, [PRESS])


def test_a_modifier_pressed_long_after_an_unconfirmed_release_ends_that_one_first() -> None:
    late = (Pressed(0), Released(2), Pressed(3))
    assert phase_and_actions(*late, timing=MODIFIER) == (Phase.SPENT, [PRESS, RELEASE])


def test_a_lost_key_up_ends_at_the_longest_utterance() -> None:
    assert deadline_s(played(Pressed(0))[0], TIMING) == 120
    assert phase_and_actions(Pressed(0), Ticked(119.9)) == (Phase.HELD, [PRESS])
    assert phase_and_actions(Pressed(0), Ticked(120)) == (Phase.SPENT, [PRESS, RELEASE])
    assert phase_and_actions(Pressed(0), Ticked(120), Pressed(130))[1] == [PRESS, RELEASE, PRESS]


def test_a_lost_key_up_ends_at_a_second_press() -> None:
    assert phase_and_actions(Pressed(0), Pressed(10)) == (Phase.SPENT, [PRESS, RELEASE])


def test_a_lost_key_up_ends_once_the_keyboard_shows_it() -> None:
    seen = (Pressed(0), Checked(0.25, True), Checked(4, False))
    assert phase_and_actions(*seen) == (Phase.IDLE, [PRESS, RELEASE])


def test_a_keyboard_that_never_showed_the_key_is_not_believed() -> None:
    assert phase_and_actions(Pressed(0), Checked(0.25, False)) == (Phase.HELD, [PRESS])


@pytest.mark.parametrize("before", [(Pressed(0),), (Pressed(0), Released(0.1)), (Pressed(0), Locked(1))])
def test_sleep_and_a_locked_screen_stop_the_listening(before: tuple[Input, ...]) -> None:
    assert phase_and_actions(*before, Suspended(5)) == (Phase.IDLE, [PRESS, STOP])
    assert phase_and_actions(*before, Suspended(5), Released(9), Pressed(10))[1] == [PRESS, STOP, PRESS]


def test_sleep_between_turns_does_nothing() -> None:
    assert phase_and_actions(Suspended(5)) == (Phase.IDLE, [])


def test_what_ended_another_way_is_not_released_again() -> None:
    assert phase_and_actions(Pressed(0), Ended(1), Released(2)) == (Phase.IDLE, [PRESS])
    assert phase_and_actions(Pressed(0), Released(0.1), Ended(1)) == (Phase.IDLE, [PRESS])
    assert phase_and_actions(Pressed(0), Released(0.1), Ended(1), Pressed(2))[1] == [PRESS, PRESS]


def test_a_modifier_that_was_part_of_a_shortcut_is_no_talk() -> None:
    assert phase_and_actions(Pressed(0), Spoiled(0.2), Released(0.3)) == (Phase.IDLE, [PRESS, STOP])
    assert phase_and_actions(Pressed(0), Spoiled(2)) == (Phase.HELD, [PRESS])


def test_what_can_not_be_held_listens_until_the_next_press() -> None:
    assert phase_and_actions(Toggled(0)) == (Phase.LATCHED, [PRESS])
    assert phase_and_actions(Toggled(0), Toggled(4)) == (Phase.IDLE, [PRESS, RELEASE])
    assert phase_and_actions(Toggled(0), Pressed(4), Released(4.1)) == (Phase.IDLE, [PRESS, RELEASE])
    assert phase_and_actions(Pressed(0), Released(0.1), Toggled(4)) == (Phase.IDLE, [PRESS, RELEASE])
    assert phase_and_actions(Pressed(0), Toggled(1), Released(2)) == (Phase.IDLE, [PRESS, RELEASE])


def test_a_key_that_is_still_down_does_not_end_what_something_else_began() -> None:
    spent = (Pressed(0), Ended(1), Toggled(2))
    assert phase_and_actions(*spent) == (Phase.LOCKED, [PRESS, PRESS])
    assert phase_and_actions(*spent, Released(3)) == (Phase.LATCHED, [PRESS, PRESS])


@pytest.mark.parametrize(
    ("events", "hands_free"),
    [
        ((Pressed(0),), False),
        ((Pressed(0), Released(0.1)), True),
        ((Pressed(0), Locked(1)), True),
        ((Pressed(0), Released(0.1), Pressed(2)), False),
        ((Toggled(0),), True),
        ((Toggled(0), Ended(1)), False),
    ],
)
def test_whether_a_hand_is_needed_is_known(events: tuple[Input, ...], hands_free: bool) -> None:
    assert played(*events)[0].hands_free is hands_free


def checked(at_s: float) -> Checked:
    return Checked(at_s, True)


def checked_up(at_s: float) -> Checked:
    return Checked(at_s, False)


KINDS: list[Callable[[float], Input]] = [Pressed, Released, Locked, Ticked, Ended, Spoiled, Suspended]
KINDS += [checked, checked_up, Toggled]
GAPS = st.sampled_from([0.0, 0.01, 0.04, 0.06, 0.3, 0.6, 1.0, 2.0, 20.0, 200.0])


@st.composite
def histories(draw: st.DrawFn) -> list[Input]:
    at_s = 0.0
    events: list[Input] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=40)):
        at_s += draw(GAPS)
        events.append(kind(at_s))
    return events


TIMINGS = st.sampled_from([TIMING, MODIFIER])


@given(histories(), TIMINGS)
def test_release_and_stop_only_ever_follow_a_press(events: list[Input], timing: Timing) -> None:
    listening = False
    state = KeyState()
    for event in events:
        state, action = advance(state, event, timing)
        if isinstance(event, Ended) and action is None:
            listening = False
        if action in (RELEASE, STOP):
            assert listening, event
            listening = False
        elif action is PRESS:
            assert isinstance(event, Pressed | Toggled)
            listening = True
        assert state.listening == listening
        assert not state.hands_free or state.listening


@given(histories(), TIMINGS)
def test_no_history_locks_the_key_out(events: list[Input], timing: Timing) -> None:
    """A press after a pause listens, or ends what listens; the press after that one listens."""
    state, _ = played(*events, timing=timing)
    at_s = (events[-1].at_s if events else 0.0) + 5.0
    state, first = advance(state, Pressed(at_s), timing)
    state, released = advance(state, Released(at_s + 1), timing)
    state, ticked = advance(state, Ticked(at_s + 1.2), timing)
    if first is PRESS:
        assert (released or ticked) is RELEASE
        return
    assert first is RELEASE
    assert advance(state, Pressed(at_s + 5), timing)[1] is PRESS


@given(histories(), TIMINGS)
def test_whatever_listens_ends_by_itself(events: list[Input], timing: Timing) -> None:
    state, _ = played(*events, timing=timing)
    due_s = deadline_s(state, timing)
    assert (due_s is not None) == state.listening
    if due_s is not None:
        at_s = max(due_s, events[-1].at_s)
        assert not advance(state, Ticked(at_s), timing)[0].listening


@given(histories(), TIMINGS)
def test_a_hold_of_ordinary_length_asks_once(events: list[Input], timing: Timing) -> None:
    """After a rest with the key up, holding it asks exactly once, whatever came before."""
    state, _ = played(*events, timing=timing)
    at_s = (events[-1].at_s if events else 0.0) + 300.0
    state, _ = advance(state, Ticked(at_s), timing)
    state, _ = advance(state, Released(at_s + 1), timing)
    assert state.phase is Phase.IDLE
    assert replace(state, last_up_s=0).listening is False
    state, pressed = advance(state, Pressed(at_s + 2), timing)
    state, released = advance(state, Released(at_s + 4), timing)
    state, ticked = advance(state, Ticked(at_s + 4.1), timing)
    assert (pressed, released or ticked) == (PRESS, RELEASE)
