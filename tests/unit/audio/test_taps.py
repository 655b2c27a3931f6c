"""What the room is told of a reply: each frame with the time at which it is heard."""

import numpy as np
import pytest

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.events import SpeechStarted, WordSpoken
from engine.units import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ
from tests.unit.audio.playout_rig import LOUD, STALE, TURN, Rig, of


def tapped(rig: Rig) -> list[tuple[int, float]]:
    """The frames that a tap is told of from now on, and when they are heard."""
    heard: list[tuple[int, float]] = []
    rig.playout.taps.append(lambda frame, at_s: heard.append((frame.sequence, at_s)))
    return heard


def test_a_tap_is_told_of_frames_one_after_another_and_of_no_stale_one() -> None:
    rig = Rig()
    heard = tapped(rig)
    rig.playout.begin(TURN)
    rig.offer(turn_id=STALE)
    for _ in range(3):
        rig.offer()
        rig.clock.go(0.003)  # made faster than real time: what is heard is contiguous all the same
    assert heard == [(0, 100.0), (1, pytest.approx(100.08)), (2, pytest.approx(100.16))]


def test_a_gap_moves_what_follows_it_and_only_that() -> None:
    rig = Rig()
    heard = tapped(rig)
    rig.playout.begin(TURN)
    rig.offer()
    rig.poll_after(0.5)
    rig.offer()
    rig.offer()
    assert [at_s for _, at_s in heard] == pytest.approx([100.0, 100.5, 100.58])


def test_a_tap_is_told_of_a_frame_when_it_is_to_be_heard_and_not_when_it_was_made() -> None:
    rig = Rig()
    heard = tapped(rig)
    rig.playout.begin(TURN, lead_s=3 * FRAME_S)
    rig.offer()
    rig.clock.go(0.2)
    rig.offer()
    assert heard == []
    rig.clock.go(0.2)
    rig.offer()
    assert [at_s for _, at_s in heard] == pytest.approx([100.4, 100.48, 100.56])


def test_a_reply_for_this_speaker_alone_is_told_to_no_tap_and_not_delayed() -> None:
    rig = Rig()
    heard = tapped(rig)
    rig.playout.delay_s = 0.3
    rig.playout.begin(TURN, tapped=False)
    rig.offer()
    assert heard == []
    assert [event.at_s for event in of(SpeechStarted, rig.poll_after(0.1))] == [100.0]


@pytest.mark.parametrize("delay_s", [0.05, 0.3, 1.0])
def test_a_delayed_reply_begins_when_the_room_is_told_that_it_does(delay_s: float) -> None:
    rig = Rig()
    heard = tapped(rig)
    rig.playout.delay_s = delay_s
    rig.playout.begin(TURN)
    rig.poll_after(0.2)  # the voice is not that quick; its first frame is what the delay counts from
    rig.offer(LOUD, "one")
    rig.clock.go(0.007)
    offered = rig.offer(LOUD, "two")
    events = rig.poll_after(delay_s)
    if not offered:
        assert rig.offer(LOUD, "two")
    rig.playout.finish(TURN)
    events += rig.poll_after(0.3)
    begins_s = 100.2 + delay_s
    assert [at_s for _, at_s in heard] == pytest.approx([begins_s, begins_s + FRAME_S], abs=1e-4)
    assert [event.at_s for event in of(SpeechStarted, events)] == pytest.approx([begins_s], abs=1e-4)
    assert [event.at_s for event in of(WordSpoken, events)] == pytest.approx(
        [begins_s, begins_s + FRAME_S], abs=1e-4
    )
    assert rig.playout.heard_samples == 2 * FRAME_SAMPLES
    assert rig.sink.underruns() == 0
    played = rig.sink.played()
    assert np.flatnonzero(played)[0] == round(delay_s * SPEECH_RATE_HZ)


def test_an_interruption_before_a_delayed_reply_has_begun_leaves_nothing_heard() -> None:
    rig = Rig()
    rig.playout.delay_s = 0.3
    rig.playout.begin(TURN)
    rig.offer(LOUD, "one")
    rig.poll_after(0.2)
    assert rig.playout.flush(TURN) == 0
    assert rig.playout.last_heard_word(TURN) is None
    rig.poll_after(0.5)
    assert not rig.sink.played().any()


def test_a_device_that_never_tells_when_it_began_is_taken_at_its_latency() -> None:
    class Silent(NullSink):
        def started_at_s(self) -> float | None:
            return None

        def latency_s(self) -> float:
            return 0.02

    rig = Rig()
    rig.sink = Silent(clock=rig.clock, keep=True)
    rig.playout = Playout(rig.sink, clock=rig.clock)
    rig.playout.open()
    heard = tapped(rig)
    rig.playout.delay_s = 0.3
    rig.playout.begin(TURN)
    rig.offer()
    rig.poll_after(0.4)
    assert [at_s for _, at_s in heard] == pytest.approx([100.3])
