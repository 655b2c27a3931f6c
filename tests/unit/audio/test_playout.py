import threading
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.audio.reply import LONGEST_LEAD_S, PlayoutEvent, lead_for
from engine.errors import DeviceLost, SpeakerUnavailable
from engine.events import SpeechFinished, SpeechStarted, WordSpoken
from engine.pcm import Pcm, SpeechFrame, SpokenWord
from engine.units import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, TurnId
from tests.fakes.clock import StillClock

TURN = TurnId(7)
STALE = TurnId(6)
LOUD: Pcm = np.full(FRAME_SAMPLES, 0.5, np.float32)
QUIET: Pcm = np.zeros(FRAME_SAMPLES, np.float32)


@dataclass
class Rig:
    """A playout over a null sink, in still time."""

    clock: StillClock = field(default_factory=StillClock)
    capacity_samples: int = 1 << 18

    def __post_init__(self) -> None:
        self.sink = NullSink(clock=self.clock, keep=True, capacity_samples=self.capacity_samples)
        self.playout = Playout(self.sink, clock=self.clock)
        self.playout.open()
        self.made = 0

    def offer(self, samples: Pcm = LOUD, *words: str, turn_id: TurnId = TURN) -> bool:
        """Offers the next frame; each of ``words`` begins where it does."""
        spoken = tuple(SpokenWord(word, self.made, 0, 0) for word in words)
        taken = self.playout.offer(SpeechFrame(turn_id, self.made // FRAME_SAMPLES, samples, spoken))
        if taken and turn_id == TURN:
            self.made += len(samples)
        return taken

    def poll_after(self, seconds: float, every_s: float = 0.02) -> list[PlayoutEvent]:
        events = self.playout.poll()
        for _ in range(round(seconds / every_s)):
            self.clock.go(every_s)
            events += self.playout.poll()
        return events


def of(kind: type[PlayoutEvent], events: list[PlayoutEvent]) -> list[PlayoutEvent]:
    return [event for event in events if isinstance(event, kind)]


def test_a_reply_is_told_from_its_first_sound_over_its_words_to_its_end() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.offer(LOUD, "one")
    rig.offer(LOUD, "two")
    rig.playout.finish(TURN)
    events = rig.poll_after(0.3)
    assert [type(event) for event in events] == [SpeechStarted, WordSpoken, WordSpoken, SpeechFinished]
    started, first, second, finished = events
    assert isinstance(started, SpeechStarted)
    assert started.at_s == pytest.approx(100.0, abs=0.001)
    assert started.first_frame_at_s == 100.0
    assert first.at_s == pytest.approx(100.0, abs=0.001)
    assert second.at_s == pytest.approx(100.08, abs=0.001)
    assert isinstance(finished, SpeechFinished)
    assert finished.at_s == pytest.approx(100.16, abs=0.021)
    assert finished.underruns == 0
    assert rig.playout.poll() == []


def test_silence_in_front_of_a_reply_is_not_its_beginning() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.offer(QUIET, "held")
    rig.offer(QUIET)
    rig.offer(LOUD)
    events = rig.poll_after(0.3)
    (started,) = of(SpeechStarted, events)
    assert started.at_s == pytest.approx(100.16, abs=0.001)
    assert events[0] == started, "nothing of a reply is told before it started"


def test_a_reply_without_any_sound_ends_without_having_started() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.playout.finish(TURN)
    assert [type(event) for event in rig.playout.poll()] == [SpeechFinished]


def test_a_silent_reply_starts_and_ends_all_the_same() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    rig.offer(QUIET, "hush")
    rig.playout.finish(TURN)
    assert [type(event) for event in rig.poll_after(0.2)] == [SpeechStarted, WordSpoken, SpeechFinished]


@given(st.lists(st.integers(0, 5 * FRAME_SAMPLES), max_size=12), st.integers(1, 12))
@settings(deadline=None)
def test_every_word_is_told_once_in_order_and_never_early(offsets: list[int], polls_per_frame: int) -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    words = [SpokenWord(str(number), offset, 0, 0) for number, offset in enumerate(sorted(offsets))]
    for sequence in range(5):
        end = (sequence + 1) * FRAME_SAMPLES
        due = tuple(word for word in words if end - FRAME_SAMPLES <= word.offset_samples < end)
        if sequence == 4:
            due = tuple(word for word in words if word.offset_samples >= end - FRAME_SAMPLES)
        rig.playout.offer(SpeechFrame(TURN, sequence, LOUD, due))
    rig.playout.finish(TURN)
    told: list[SpokenWord] = []
    while True:
        events = rig.playout.poll()
        position = rig.playout.heard_samples
        told += [event.word for event in events if isinstance(event, WordSpoken)]
        assert all(word.offset_samples <= position for word in told)
        if of(SpeechFinished, events):
            break
        rig.clock.go(FRAME_S / polls_per_frame)
    assert told == words


def test_frames_of_another_reply_are_dropped_without_a_sound() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    assert rig.offer(LOUD, "stale", turn_id=STALE)
    rig.playout.finish(STALE)
    assert rig.poll_after(0.2) == []
    assert not np.any(rig.sink.played())


def test_nothing_is_heard_after_a_flush() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    for _ in range(20):
        rig.offer()
    rig.poll_after(0.4)
    heard = rig.playout.flush(TURN)
    assert rig.offer(), "a late frame is swallowed, so that nobody waits for room"
    rig.playout.finish(TURN)
    assert rig.poll_after(2.0) == []
    assert rig.playout.heard_samples == heard == rig.playout.flush(TURN)
    assert heard == pytest.approx(0.4 * SPEECH_RATE_HZ, abs=0.03 * SPEECH_RATE_HZ)
    rig.sink.position_samples()
    assert len(rig.sink.played()) == heard


def test_a_full_sink_refuses_frames_until_it_has_room() -> None:
    rig = Rig(capacity_samples=4 * FRAME_SAMPLES)
    rig.playout.begin(TURN)
    while rig.offer():
        pass
    assert rig.made <= 5 * FRAME_SAMPLES + 480
    rig.clock.go(2 * FRAME_S)
    assert rig.offer()
    rig.playout.finish(TURN)
    (finished,) = of(SpeechFinished, rig.poll_after(1.0))
    assert isinstance(finished, SpeechFinished)
    assert finished.underruns == 0
    assert len(rig.sink.played()) == rig.made


def test_the_word_that_counts_as_heard_is_the_last_of_which_half_was_played() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    for word in ("one", "two", "three", "four"):
        rig.offer(LOUD, word)
    assert rig.playout.last_heard_word(TURN) is None
    rig.poll_after(0.18)
    heard = rig.playout.flush(TURN)
    assert 2.5 * FRAME_SAMPLES < heard < 3 * FRAME_SAMPLES
    last = rig.playout.last_heard_word(TURN)
    assert last is not None
    assert last.text == "three"


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


class LostSink(NullSink):
    """Goes away when told to."""

    lost = False

    def position_samples(self) -> int:
        if self.lost:
            raise DeviceLost("gone", "plug it in")
        return super().position_samples()

    def write(self, samples: Pcm) -> int:
        if self.lost:
            raise DeviceLost("gone", "plug it in")
        return super().write(samples)


def test_a_lost_device_is_told_to_the_loop_and_never_to_the_synthesizer() -> None:
    clock = StillClock()
    sink = LostSink(clock=clock)
    playout = Playout(sink, clock=clock)
    playout.open()
    playout.begin(TURN)
    frame = SpeechFrame(TURN, 0, LOUD)
    assert playout.offer(frame)
    sink.lost = True
    assert playout.offer(frame)
    with pytest.raises(DeviceLost):
        playout.poll()
    assert playout.poll() == []
    assert playout.offer(frame)


def test_an_idle_speaker_is_let_go_and_a_speaking_one_is_not() -> None:
    rig = Rig()
    closed: list[bool] = []
    rig.sink.close = lambda: closed.append(True)  # type: ignore[method-assign]  # only whether it is called
    rig.playout.begin(TURN)
    rig.playout.close_if_idle(1_000.0, keep_open_s=10)
    assert not closed
    rig.playout.flush(TURN)
    rig.playout.close_if_idle(109.9, keep_open_s=10)
    assert not closed
    rig.playout.close_if_idle(110.0, keep_open_s=10)
    assert closed


class SlowSink(NullSink):
    """Opens when a test lets it, and perhaps not at all."""

    def __init__(self, clock: StillClock, error: SpeakerUnavailable | None = None) -> None:
        super().__init__(clock=clock)
        self.let = threading.Event()
        self.opened = threading.Event()
        self._error = error

    def open(self) -> None:
        assert self.let.wait(10)
        self.opened.set()
        if self._error is not None:
            raise self._error


def test_a_speaker_is_made_ready_without_anybody_waiting() -> None:
    clock = StillClock()
    sink = SlowSink(clock)
    playout = Playout(sink, clock=clock)
    playout.prepare()
    assert playout.poll() == []
    assert playout.flush(TURN) == 0
    assert playout.is_open, "whoever tends it need not wait to know that it will be"
    assert not playout.begin(TURN), "nothing plays yet, and nobody waits for the device here"
    sink.let.set()
    playout.open()
    assert sink.opened.is_set()
    assert playout.begin(TURN)


def test_a_speaker_that_can_not_be_made_ready_is_told_when_it_is_needed() -> None:
    clock = StillClock()
    sink = SlowSink(clock, SpeakerUnavailable("none", "get one"))
    playout = Playout(sink, clock=clock)
    playout.prepare()
    sink.let.set()
    assert sink.opened.wait(10)
    assert not playout.begin(TURN)
    with pytest.raises(SpeakerUnavailable):
        playout.open()
    assert not playout.is_open


class SlowToClose(NullSink):
    """Closes when a test lets it."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock=clock)
        self.let, self.closing = threading.Event(), threading.Event()

    def close(self) -> None:
        self.closing.set()
        assert self.let.wait(10)


@pytest.mark.parametrize("how", ["close", "close_if_idle", "use"])
def test_nobody_waits_for_a_speaker_that_is_slow_to_close(how: str) -> None:
    clock = StillClock()
    sink = SlowToClose(clock)
    playout = Playout(sink, clock=clock)
    playout.open()
    ways = {
        "close": playout.close,
        "close_if_idle": lambda: playout.close_if_idle(1_000.0, 10.0),
        "use": lambda: playout.use(NullSink(clock=clock)),
    }
    closing = threading.Thread(target=ways[how])
    closing.start()
    assert sink.closing.wait(10)
    assert playout.poll() == []
    assert playout.flush(TURN) == 0
    assert playout.last_heard_word(TURN) is None
    assert not playout.begin(TURN)
    sink.let.set()
    closing.join(10)
    playout.open()
    assert playout.begin(TURN)
    assert playout.offer(SpeechFrame(TURN, 0, LOUD))


def test_a_reply_that_plays_is_neither_closed_nor_moved_behind_its_back() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    assert not rig.playout.use(NullSink(clock=rig.clock))
    rig.playout.close_if_idle(1_000.0, 0.0)
    rig.offer(LOUD, "still")
    rig.playout.finish(TURN)
    assert of(SpeechFinished, rig.poll_after(0.2))
    assert rig.playout.use(NullSink(clock=rig.clock))


def test_what_was_heard_of_the_reply_before_is_not_heard_of_this_one() -> None:
    rig = Rig()
    rig.playout.begin(TURN)
    for word in ("one", "two", "three"):
        rig.offer(LOUD, word)
    rig.poll_after(0.24)
    heard = rig.playout.flush(TURN)
    after = TurnId(8)
    assert rig.playout.flush(after) == 0
    assert rig.playout.last_heard_word(after) is None
    last = rig.playout.last_heard_word(TURN)
    assert last is not None
    assert (last.text, rig.playout.flush(TURN)) == ("three", heard)
    rig.playout.begin(after)
    assert rig.playout.last_heard_word(after) is None
    assert rig.playout.flush(TURN) == 0, "a reply that is over silences no other"
    assert rig.offer(LOUD, turn_id=after)
    rig.playout.finish(after)
    assert of(SpeechFinished, rig.poll_after(0.2))
