"""A running conversation takes another microphone or speaker between turns."""

import numpy as np

from engine.audio.capture import Capture
from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.pcm import Pcm, SpeechFrame
from engine.units import FRAME_SAMPLES, TurnId
from tests.fakes.clock import StillClock


class Microphone:
    live = True

    def __init__(self, loudness: float) -> None:
        self.loudness, self.is_open = loudness, False

    def open(self) -> None:
        self.is_open = True

    def read(self) -> Pcm:
        return np.full(160, self.loudness, np.float32)

    def close(self) -> None:
        self.is_open = False


class NoSpeech:
    speaking = False
    speech_samples = 0
    last_speech_end_samples = 0

    def reset(self) -> None: ...

    def feed(self, samples: Pcm) -> None: ...


def test_the_next_utterance_is_heard_by_the_new_microphone_and_the_old_one_is_let_go() -> None:
    old, new = Microphone(0.1), Microphone(0.5)
    capture = Capture(old, NoSpeech(), keep_open_s=60.0)
    capture.open_early()
    capture.use(new, keep_open_s=0.0)
    assert not old.is_open
    capture.begin()
    assert float(capture.pump()[0]) == 0.5
    capture.abandon()
    assert not new.is_open, "how long it stays open changed as well"


def test_the_next_reply_is_played_by_the_new_speaker() -> None:
    clock = StillClock()
    old, new = NullSink(clock=clock, keep=True), NullSink(clock=clock, keep=True)
    playout = Playout(old, clock=clock)
    playout.open()
    assert playout.use(new)
    assert not playout.is_open
    playout.open()
    assert playout.begin(TurnId(1))
    assert playout.offer(SpeechFrame(TurnId(1), 0, np.full(FRAME_SAMPLES, 0.5, np.float32), ()))
    playout.finish(TurnId(1))
    clock.go(1.0)
    playout.poll()
    assert len(old.played()) == 0
    assert float(np.abs(new.played()).max()) == 0.5
    playout.close()
