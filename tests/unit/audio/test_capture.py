import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.captured import Captured
from engine.errors import DeviceLost, MicrophoneUnavailable, UtteranceSilent, UtteranceTooShort
from engine.pcm import SILENCE, Pcm
from engine.units import HEARING_RATE_HZ
from tests.fakes.clock import StillClock

SPEECH = 0.5
MURMUR = 0.01
"""Sound of this level is no speech to the ``LoudDetector``."""


class Microphone:
    """Gives what a test says was heard, numbered so that each sample can be told."""

    def __init__(self) -> None:
        self.opened = 0
        self.is_open = False
        self.lost = False
        self.missing = False
        self.live = True
        self._waiting: list[Pcm] = []

    def hears(self, seconds: float, level: float) -> Pcm:
        sound = np.full(round(seconds * HEARING_RATE_HZ), level, np.float32)
        self._waiting.append(sound)
        return sound

    def open(self) -> None:
        if self.missing:
            raise MicrophoneUnavailable("none", "get one")
        self.opened += not self.is_open
        self.is_open = True

    def read(self) -> Pcm:
        if self.lost:
            raise DeviceLost("gone", "plug it in")
        samples, self._waiting = np.concatenate([SILENCE, *self._waiting]), []
        return samples

    def close(self) -> None:
        self.is_open = False
        self._waiting = []


class LoudDetector:
    """Whatever is loud is speech."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.speaking = False
        self.speech_samples = 0
        self.last_speech_end_samples = 0
        self._heard = 0

    def feed(self, samples: Pcm) -> None:
        loud = np.abs(samples) > 0.1
        if loud.any():
            self.last_speech_end_samples = self._heard + int(np.flatnonzero(loud)[-1]) + 1
        self._heard += len(samples)
        self.speech_samples += int(loud.sum())
        self.speaking = bool(loud[-1])


class Rig:
    def __init__(self, keep_open_s: float = 0.0) -> None:
        self.clock = StillClock()
        self.microphone = Microphone()
        self.capture = Capture(self.microphone, LoudDetector(), keep_open_s=keep_open_s, clock=self.clock)

    def whole(self) -> bool:
        return self.capture.whole

    def listens(self) -> bool:
        return self.microphone.is_open

    def hear(self, seconds: float, level: float) -> None:
        self.microphone.hears(seconds, level)
        self.clock.go(seconds)


def test_an_utterance_is_what_was_heard_while_the_key_was_held() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(0.5, MURMUR)
    assert len(rig.capture.pump()) == 8_000
    rig.hear(0.5, SPEECH)
    rig.hear(0.25, MURMUR)
    rig.capture.release()
    assert rig.whole()
    assert len(rig.capture.pump()) == 12_000
    captured = rig.capture.end()
    assert captured.held_s == pytest.approx(1.25)
    assert captured.duration_s == pytest.approx(1.25)
    assert captured.speech_s == pytest.approx(0.5)
    assert captured.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    captured.verdict()
    assert not rig.listens()


def test_an_open_microphone_gives_a_quarter_of_a_second_from_before_the_key() -> None:
    rig = Rig(keep_open_s=60)
    rig.capture.open_early()
    rig.hear(1.0, SPEECH)
    assert len(rig.capture.pump()) == 0
    rig.hear(0.1, MURMUR)
    rig.capture.begin()
    before = rig.capture.pump()
    assert len(before) == 4_000
    assert np.array_equal(before[-1_600:], np.full(1_600, MURMUR, np.float32))
    assert np.all(before[:-1_600] == SPEECH)


def test_the_pre_roll_of_the_next_utterance_holds_nothing_of_the_last() -> None:
    rig = Rig(keep_open_s=60)
    rig.capture.open_early()
    rig.hear(0.3, SPEECH)
    rig.capture.begin()
    rig.hear(1.0, SPEECH)
    rig.capture.pump()
    rig.capture.release()
    rig.capture.end()
    rig.hear(0.1, MURMUR)
    rig.capture.begin()
    assert np.all(rig.capture.pump() == np.float32(MURMUR))
    assert rig.capture.speech_end_samples == 0


def test_the_tail_lasts_while_speech_goes_on() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(1.0, SPEECH)
    rig.capture.release()
    assert not rig.whole()
    rig.hear(0.1, SPEECH)
    rig.capture.pump()
    assert not rig.whole()
    rig.hear(0.05, MURMUR)
    rig.capture.pump()
    assert rig.whole()
    rig.hear(0.5, SPEECH)
    assert len(rig.capture.pump()) == 0
    assert rig.capture.end().duration_s == pytest.approx(1.15)


def test_the_tail_lasts_no_longer_than_a_fifth_of_a_second() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(1.0, SPEECH)
    rig.capture.release()
    rig.hear(5.0, SPEECH)
    rig.capture.pump()
    assert rig.whole()
    assert rig.capture.end().duration_s == pytest.approx(1.2)


def test_a_microphone_that_falls_silent_does_not_hold_the_utterance_up() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(1.0, SPEECH)
    rig.capture.release()
    rig.clock.go(0.4)
    rig.capture.pump()
    assert rig.whole()


def test_a_second_release_changes_nothing() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(1.0, SPEECH)
    rig.capture.release()
    rig.hear(0.15, SPEECH)
    rig.capture.release()
    rig.hear(0.15, SPEECH)
    rig.capture.pump()
    captured = rig.capture.end()
    assert captured.held_s == pytest.approx(1.0)
    assert captured.duration_s == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("held_s", "level", "error", "says"),
    [
        (0.1, SPEECH, UtteranceTooShort, "too briefly"),
        (2.0, 0.0, UtteranceSilent, "No sound arrives"),
        (2.0, MURMUR, UtteranceSilent, "Nothing was said"),
    ],
)
def test_what_can_not_be_a_question_says_why(
    held_s: float, level: float, error: type[Exception], says: str
) -> None:
    rig = Rig()
    rig.capture.begin()
    rig.hear(held_s, level)
    rig.capture.release()
    captured = rig.capture.end()
    with pytest.raises(error, match=says) as raised:
        captured.verdict()
    assert getattr(raised.value, "remedy", "")


def test_no_samples_at_all_count_as_no_sound() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.clock.go(2.0)
    rig.capture.release()
    captured = rig.capture.end()
    assert captured.nothing_arrived
    assert captured == Captured(held_s=2.0, duration_s=0.0, speech_s=0.0, peak_dbfs=-120.0, late_s=0.0)


def test_a_microphone_that_is_still_opening_at_the_release_has_heard_nothing_and_says_why() -> None:
    rig = Rig()
    rig.microphone.live = False
    rig.capture.begin()
    rig.clock.go(0.6)
    assert len(rig.capture.pump()) == 0
    assert not rig.capture.live
    rig.capture.release()
    assert rig.whole()
    captured = rig.capture.end()
    assert captured.late_s is None
    with pytest.raises(UtteranceTooShort, match="still opening") as raised:
        captured.verdict()
    assert raised.value.remedy


def test_what_was_said_before_a_slow_microphone_had_opened_is_not_taken_for_silence() -> None:
    rig = Rig()
    rig.microphone.live = False
    rig.capture.begin()
    rig.clock.go(0.7)
    rig.capture.pump()
    rig.microphone.live = True
    rig.hear(0.5, MURMUR)
    rig.capture.pump()
    assert rig.capture.live
    rig.capture.release()
    captured = rig.capture.end()
    assert captured.late_s == pytest.approx(1.2)
    with pytest.raises(UtteranceSilent, match="once the microphone was open"):
        captured.verdict()


def test_what_is_said_to_a_slow_microphone_once_it_is_open_is_a_question() -> None:
    rig = Rig()
    rig.microphone.live = False
    rig.capture.begin()
    rig.clock.go(0.7)
    rig.microphone.live = True
    rig.hear(0.5, SPEECH)
    rig.capture.pump()
    rig.capture.release()
    rig.capture.end().verdict()


def test_a_microphone_that_was_open_before_the_key_is_live_at_once() -> None:
    rig = Rig(keep_open_s=60)
    rig.capture.open_early()
    assert rig.capture.live
    rig.capture.begin()
    assert rig.capture.live
    rig.capture.close()
    assert not rig.capture.live


def test_the_microphone_stays_open_for_as_long_as_it_is_told() -> None:
    rig = Rig(keep_open_s=10)
    rig.capture.begin()
    rig.capture.release()
    rig.capture.end()
    rig.capture.close_if_idle(rig.clock.now_s + 9.9)
    assert rig.listens()
    rig.capture.close_if_idle(rig.clock.now_s + 10)
    assert not rig.listens()


def test_an_utterance_keeps_the_microphone_open() -> None:
    rig = Rig()
    rig.capture.begin()
    rig.capture.close_if_idle(rig.clock.now_s + 1_000)
    assert rig.listens()
    rig.capture.abandon()
    assert not rig.listens()
    rig.capture.abandon()


def test_a_device_lost_within_an_utterance_is_told_and_the_next_opens_again() -> None:
    rig = Rig(keep_open_s=60)
    rig.capture.begin()
    rig.microphone.lost = True
    with pytest.raises(DeviceLost):
        rig.capture.pump()
    assert not rig.capture.open
    rig.microphone.lost = False
    rig.capture.begin()
    assert rig.microphone.opened == 2


def test_a_device_lost_between_utterances_is_only_opened_again() -> None:
    rig = Rig(keep_open_s=60)
    rig.capture.open_early()
    rig.microphone.lost = True
    assert len(rig.capture.pump()) == 0
    rig.microphone.lost = False
    rig.capture.begin()
    assert rig.microphone.opened == 2


def test_a_missing_microphone_is_told_at_the_key() -> None:
    rig = Rig()
    rig.microphone.missing = True
    with pytest.raises(MicrophoneUnavailable):
        rig.capture.begin()
    assert len(rig.capture.pump()) == 0
    rig.capture.release()
    assert not rig.whole()
