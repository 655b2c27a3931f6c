"""The lead of a reply: as long as the voice needs so as not to stutter, and no longer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.reply import LONGEST_LEAD_S, PlayoutEvent, lead_for
from engine.events import SpeechFinished, SpeechStarted
from engine.units import FRAME_S, FRAME_SAMPLES
from tests.unit.audio.playout_rig import TURN, Rig, of


def test_a_lead_is_held_back_until_it_is_there() -> None:
    rig = Rig()
    rig.playout.begin(TURN, lead_s=3 * FRAME_S)
    rig.offer()
    rig.offer()
    assert rig.poll_after(0.2) == []
    rig.offer()
    assert of(SpeechStarted, rig.poll_after(0.02))


def test_a_reply_shorter_than_its_lead_plays_when_it_is_whole() -> None:
    rig = Rig()
    rig.playout.begin(TURN, lead_s=10)
    rig.offer()
    rig.playout.finish(TURN)
    assert [type(event) for event in rig.poll_after(0.2)] == [SpeechStarted, SpeechFinished]


@given(st.floats(1.05, 3.0), st.integers(10, 100))
@settings(deadline=None)
def test_a_synthesizer_below_real_time_that_keeps_its_pace_never_stutters(rtf: float, frames: int) -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    expected_s = frames * FRAME_S
    rig.playout.replan(rtf, expected_s)
    events: list[PlayoutEvent] = []
    for _ in range(frames):
        events += rig.poll_after(rtf * FRAME_S, every_s=rtf * FRAME_S / 4)
        assert rig.offer()
    rig.playout.finish(TURN)
    events += rig.poll_after(expected_s + 1)
    (started,), (finished,) = of(SpeechStarted, events), of(SpeechFinished, events)
    assert isinstance(finished, SpeechFinished)
    assert finished.underruns == 0
    waited_s = started.at_s - 100.0
    assert waited_s <= rtf * (lead_for(rtf, expected_s) + 2 * FRAME_S)


def test_a_reply_that_ran_dry_pauses_once_and_then_has_a_lead() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.offer()
    rig.poll_after(0.2)
    rig.playout.replan(2.0, 11 * FRAME_S)
    for _ in range(3):
        rig.offer()
        assert rig.playout.poll() == []
        rig.clock.go(2 * FRAME_S)
    assert rig.playout.heard_samples == FRAME_SAMPLES
    rig.playout.finish(TURN)
    (finished,) = of(SpeechFinished, rig.poll_after(1.0))
    assert isinstance(finished, SpeechFinished)
    assert finished.underruns == 1


def test_nobody_waits_longer_than_the_longest_lead() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.playout.replan(5.0, 3_600.0)
    for _ in range(round(LONGEST_LEAD_S / FRAME_S)):
        assert not of(SpeechStarted, rig.poll_after(0.02))
        assert rig.offer()
    rig.offer()
    assert of(SpeechStarted, rig.poll_after(0.1))


@given(st.floats(0.01, 0.95), st.floats(0, 1e4))
def test_what_is_surely_faster_than_real_time_needs_no_lead(rtf: float, remaining_s: float) -> None:
    assert lead_for(rtf, remaining_s) == 0.0


@given(st.floats(0.9, 20.0), st.floats(0.1, 1_000))
def test_a_little_slower_asks_for_a_little_more(rtf: float, remaining_s: float) -> None:
    """A frame where a lead is needed at all, and for a thousandth more at most a 400th of the reply."""
    least_s, more_s = lead_for(rtf, remaining_s), lead_for(rtf + 0.001, remaining_s)
    assert least_s <= more_s <= least_s + remaining_s / 400 + FRAME_S


@given(st.floats(1.0, 20.0), st.floats(1.0, 100.0))
def test_what_was_measured_may_be_a_tenth_too_good(rtf: float, remaining_s: float) -> None:
    """Then, too, there is no gap: while the reply plays, what the lead left is made."""
    lead_s = lead_for(rtf, remaining_s)
    assert 1.099 * rtf * (remaining_s - lead_s) <= remaining_s


@given(st.floats(0.96, 20.0), st.floats(0, 1e4))
def test_a_lead_is_never_longer_than_the_reply(rtf: float, remaining_s: float) -> None:
    assert 0.0 <= lead_for(rtf, remaining_s) <= remaining_s
