"""The speaker under a reply: opened ahead, lost, let go of and changed, and nobody waits for it."""

import threading

import pytest

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.errors import DeviceLost, SpeakerUnavailable
from engine.events import SpeechFinished
from engine.pcm import Pcm, SpeechFrame
from tests.fakes.clock import StillClock
from tests.unit.audio.playout_rig import LOUD, TURN, Rig, of


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
