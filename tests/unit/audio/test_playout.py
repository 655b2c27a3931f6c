"""What is told of a reply as it plays, and what of it counts as heard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import SpeechFinished, SpeechStarted, WordSpoken
from engine.pcm import SpeechFrame, SpokenWord
from engine.units import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, TurnId
from tests.unit.audio.playout_rig import LOUD, QUIET, STALE, TURN, Rig, of


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
