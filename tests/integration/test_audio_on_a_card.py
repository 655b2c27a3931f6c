"""What really leaves the speaker and reaches the microphone: measured on a virtual sound card.

Positions are told by the sound that the card recorded and not by when it arrived, so that a machine that
stops for a moment changes nothing. What such a moment does to the sound itself, a gap, is told from a gap
of Aloud's by the device: it counts the blocks that it was given too late, and such a take is not judged.
"""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.device_sink import DeviceSink
from engine.audio.device_source import DeviceSource
from engine.audio.playout import Playout
from engine.audio.reply import PlayoutEvent
from engine.audio.ring import FLUSH_FADE_S
from engine.audio.speech_detector import SpeechDetector
from engine.errors import DeviceLost, MicrophoneUnavailable, SpeakerUnavailable
from engine.events import SpeechFinished, SpeechStarted
from engine.pcm import SILENCE, Pcm, SpeechFrame, resample
from engine.units import FRAME_S, FRAME_SAMPLES, HEARING_RATE_HZ, SPEECH_RATE_HZ, TurnId
from tests.alignment import CERTAIN, HEARD, babble, delays, heard_until
from tests.recorded_speech import RecordedUtterance
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio, available

WATCHDOG_S = 20.0
CALM_S = 0.15
"""A device buffer that lasts through the pauses of a machine that runs many tests at once."""

TAKES = 5
RINGING = 1.3
"""What a resampler adds to the steepest step of a sound."""


@dataclass
class Take:
    """What the card recorded of a reply, at ``CARD_RATE_HZ``. ``late``: the device was served too late."""

    recorded: Pcm
    late: bool

    @property
    def sounding(self) -> Pcm:
        """From the first sound to the last."""
        loud = np.flatnonzero(np.abs(self.recorded) > HEARD)
        return self.recorded[loud[0] : loud[-1] + 1] if len(loud) else SILENCE

    @property
    def steepest(self) -> float:
        """The largest step from one sample to the next."""
        return float(np.abs(np.diff(self.recorded)).max())


def in_time(take: Callable[[], Take]) -> Take:
    """A take in which the device was served in time; the test is skipped where there is none."""
    for _ in range(TAKES):
        taken = take()
        if not taken.late:
            return taken
    pytest.skip("this machine is too busy to play without gaps of its own")


def on_card(sound: Pcm) -> Pcm:
    """``sound`` at the card's rate."""
    return resample(sound, SPEECH_RATE_HZ, CARD_RATE_HZ)


def steepest(sound: Pcm) -> float:
    """The largest step that ``sound`` itself may make on the card."""
    return RINGING * float(np.abs(np.diff(on_card(sound))).max())


def until(condition: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + WATCHDOG_S
    while not condition():
        assert time.monotonic() < limit_s, "it never came about"
        time.sleep(0.005)


def assert_nothing_is_lost(recorded: Pcm, sound: Pcm) -> None:
    """All of ``sound`` is there in its order, however late each part of it came."""
    found = delays(recorded, on_card(sound), CARD_RATE_HZ)
    in_place = [delay for delay, fit in found if fit > CERTAIN]
    assert len(in_place) >= len(found) - 3  # a gap takes a block of ten apart
    assert all(later >= earlier - 3 for earlier, later in itertools.pairwise(in_place))
    assert_heard_until(recorded, sound, len(sound))


def assert_heard_until(recorded: Pcm, sound: Pcm, position: int) -> None:
    """The sound ended at ``position`` (at ``SPEECH_RATE_HZ``), to within what is too quiet to count."""
    least, most = heard_until(recorded, on_card(sound), CARD_RATE_HZ)
    tolerance_s = 0.008
    assert least / CARD_RATE_HZ <= position / SPEECH_RATE_HZ + tolerance_s
    assert most / CARD_RATE_HZ >= position / SPEECH_RATE_HZ - tolerance_s


@pytest.mark.parametrize("rate_hz", [SPEECH_RATE_HZ, 44_100])
def test_a_reply_comes_out_whole_without_gap_or_click(virtual_audio: VirtualAudio, rate_hz: int) -> None:
    whole = babble(2.0, SPEECH_RATE_HZ)

    def take() -> Take:
        sink = DeviceSink(rate_hz=rate_hz, latency_s=CALM_S)
        sink.open()
        with virtual_audio.record() as recording:
            sink.start()
            for start in range(0, len(whole), FRAME_SAMPLES):
                sink.write(whole[start : start + FRAME_SAMPLES])
            sink.finish()
            until(sink.drained)
            late, underruns = sink.late_blocks(), sink.underruns()
            recorded = recording.stop()
        sink.close()
        assert underruns == 0
        assert_nothing_is_lost(recorded, whole)
        return Take(recorded, late > 0)

    taken = in_time(take)
    found = delays(taken.recorded, on_card(whole), CARD_RATE_HZ)
    assert max(delay for delay, _ in found) - min(delay for delay, _ in found) <= 2
    assert min(fit for _, fit in found) > 0.95
    assert taken.steepest <= steepest(whole)
    level = np.sqrt(np.mean(taken.sounding**2)) / np.sqrt(np.mean(whole**2))
    assert level == pytest.approx(1.0, rel=0.03)


def test_after_a_flush_nothing_of_the_reply_is_heard(virtual_audio: VirtualAudio) -> None:
    whole = babble(8.0, SPEECH_RATE_HZ)

    def take() -> Take:
        sink = DeviceSink(latency_s=CALM_S)
        sink.open()
        with virtual_audio.record() as recording:
            sink.start()
            sink.write(whole)
            until(lambda: sink.position_samples() > 0.5 * SPEECH_RATE_HZ)
            position, before_s = sink.position_samples(), time.monotonic()
            cut = sink.flush()
            passed_s = time.monotonic() - before_s
            late = sink.late_blocks()
            recorded = recording.stop(tail_s=0.6)
        sink.close()
        assert_heard_until(recorded, whole, cut)
        assert (cut - position) / SPEECH_RATE_HZ < FLUSH_FADE_S + 3 * CALM_S + passed_s
        return Take(recorded, late > 0)

    taken = in_time(take)
    assert taken.steepest <= steepest(whole)
    least, most = heard_until(taken.recorded, on_card(whole), CARD_RATE_HZ)
    assert least == most
    assert len(taken.sounding) == pytest.approx(most, abs=0.008 * CARD_RATE_HZ)


def test_the_next_reply_begins_at_once_after_a_flush_and_alone(virtual_audio: VirtualAudio) -> None:
    old = babble(8.0, SPEECH_RATE_HZ, high_hz=800)
    new = babble(0.5, SPEECH_RATE_HZ, low_hz=1_500, high_hz=2_500)
    sink = DeviceSink(latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(old)
        until(lambda: sink.position_samples() > 0.3 * SPEECH_RATE_HZ)
        position, before_s = sink.position_samples(), time.monotonic()
        cut = sink.flush()
        passed_s = time.monotonic() - before_s
        sink.start()
        sink.write(new)
        sink.finish()
        until(sink.drained)
        recorded = recording.stop()
    sink.close()
    assert_nothing_is_lost(recorded, new)
    # The new one begins in the next block of the device, while what was left of the old one still fades.
    found = delays(recorded, on_card(new), CARD_RATE_HZ)
    tenth = next(number for number, (_, fit) in enumerate(found) if number and fit > CERTAIN)
    begins = found[tenth][0] + tenth * CARD_RATE_HZ // 10
    assert (cut - position) / SPEECH_RATE_HZ < FLUSH_FADE_S + 3 * CALM_S + passed_s
    second = recorded[begins:]
    spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second))))
    hz = np.fft.rfftfreq(len(second), 1 / CARD_RATE_HZ)
    assert spectrum[(hz > 50) & (hz < 800)].max() < spectrum[(hz > 1_500) & (hz < 2_500)].max() / 100


def test_a_reply_that_runs_dry_goes_on_without_a_click(virtual_audio: VirtualAudio) -> None:
    whole = babble(0.6, SPEECH_RATE_HZ)
    third = len(whole) // 3
    half = third + int(np.argmax(np.abs(whole[third : 2 * third])))  # where a cut would click most

    def take() -> Take:
        sink = DeviceSink(latency_s=CALM_S)
        sink.open()
        with virtual_audio.record() as recording:
            sink.start()
            sink.write(whole[:half])
            until(lambda: sink.position_samples() >= half)
            time.sleep(0.2)
            sink.write(whole[half:])
            sink.finish()
            until(sink.drained)
            late, underruns = sink.late_blocks(), sink.underruns()
            recorded = recording.stop()
        sink.close()
        assert underruns == 1
        assert_nothing_is_lost(recorded, whole)
        return Take(recorded, late > 0)

    taken = in_time(take)
    first, *_, last = delays(taken.recorded, on_card(whole), CARD_RATE_HZ)
    assert last[0] - first[0] >= 0.2 * CARD_RATE_HZ
    assert taken.steepest <= steepest(whole)
    found = delays(taken.recorded, on_card(whole), CARD_RATE_HZ, 0.04)
    assert len({round(delay, -1) for delay, fit in found if fit > CERTAIN}) == 2  # one gap and no other


def test_a_reply_moves_to_another_device_and_goes_on(virtual_audio: VirtualAudio) -> None:
    whole = babble(1.5, SPEECH_RATE_HZ)
    sink = DeviceSink("default", latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(whole)
        sink.finish()
        until(lambda: sink.position_samples() > 0.4 * SPEECH_RATE_HZ)
        moved_s = time.monotonic()
        sink.move("pulse")
        position_s = sink.position_samples() / SPEECH_RATE_HZ
        assert 0.4 <= position_s < 1.0 + time.monotonic() - moved_s
        until(sink.drained)
        recorded = recording.stop()
        assert sink.underruns() == 1
    sink.close()
    found = delays(recorded, on_card(whole), CARD_RATE_HZ, 0.05)
    assert sum(fit > CERTAIN for _, fit in found) >= len(found) - 4  # what the change of device takes
    assert_heard_until(recorded, whole, len(whole))


def test_the_microphone_hears_what_is_said(
    virtual_audio: VirtualAudio, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    said = recorded_speech[1].samples  # "It was the age of wisdom."
    source = DeviceSource()
    capture = Capture(source, SpeechDetector())
    capture.begin()
    player = virtual_audio.play(said, HEARING_RATE_HZ)
    heard = [SILENCE]

    def spoken() -> bool:
        heard.append(capture.pump())
        return player.poll() is not None and not capture.speaking and capture.speech_end_samples > 0

    until(spoken)
    capture.release()
    until(lambda: capture.whole)
    heard.append(capture.pump())
    captured = capture.end()
    captured.verdict()
    assert captured.speech_s == pytest.approx(1.3, abs=0.3)
    assert not capture.open
    sound = np.concatenate(heard)
    assert captured.duration_s == len(sound) / HEARING_RATE_HZ
    words = said[: round(1.3 * HEARING_RATE_HZ)]
    found = [place for place, fit in delays(sound, words, HEARING_RATE_HZ) if fit > 0.95]  # not to the sample
    assert len(found) >= 11  # of 13 blocks: two where the card was late
    assert found == sorted(found)


def test_words_are_told_when_they_are_heard(virtual_audio: VirtualAudio) -> None:
    """The time of the first audible sample, as the playout tells it, is that at which the card had it."""
    silence_s = 0.24
    whole = np.concatenate(
        [np.zeros(round(silence_s * SPEECH_RATE_HZ), np.float32), babble(0.4, SPEECH_RATE_HZ)]
    )
    told_s = []

    def take() -> Take:
        sink = DeviceSink(latency_s=CALM_S)
        playout = Playout(sink)
        playout.open()
        with virtual_audio.record() as recording:
            playout.begin(TurnId(1))
            playout.offer(SpeechFrame(TurnId(1), 0, whole))
            playout.finish(TurnId(1))
            events = []

            def finished() -> bool:
                events.extend(playout.poll())
                return type(events[-1]).__name__ == "SpeechFinished" if events else False

            until(finished)
            late = sink.late_blocks()
            recorded = recording.stop()
        playout.close()
        assert [type(event).__name__ for event in events] == ["SpeechStarted", "SpeechFinished"]
        first = int(np.flatnonzero(np.abs(recorded) > HEARD)[0])
        told_s.append((recording.position_at(events[0].at_s) - first) / CARD_RATE_HZ)
        return Take(recorded, late > 0)

    in_time(take)
    assert told_s[-1] == pytest.approx(0.0, abs=0.1)


def test_a_speaker_that_is_gone_for_good_is_told() -> None:
    if not available():
        pytest.skip("the virtual sound card needs PulseAudio")
    with VirtualAudio() as card:
        sink = DeviceSink(latency_s=CALM_S)
        sink.open()
        sink.start()
        sink.write(babble(5.0, SPEECH_RATE_HZ))
        sink.finish()
        until(lambda: sink.position_samples() > 0.1 * SPEECH_RATE_HZ)
        card.unplug()
        with pytest.raises(DeviceLost) as lost:
            until(sink.drained)
        assert lost.value.remedy
        with pytest.raises(SpeakerUnavailable):
            DeviceSink().open()
        sink.close()


def test_the_sentence_goes_on_at_the_new_device() -> None:
    if not available():
        pytest.skip("the virtual sound card needs PulseAudio")
    with VirtualAudio() as spare, VirtualAudio() as card:
        sink = DeviceSink(latency_s=CALM_S)
        sink.open()
        whole = babble(2.0, SPEECH_RATE_HZ)
        sink.start()
        sink.write(whole)
        sink.finish()
        until(lambda: sink.position_samples() > 0.5 * SPEECH_RATE_HZ)
        with spare.record() as recording:
            os.environ.update(spare.environment)
            card.unplug()
            heard_before = sink.position_samples()
            until(sink.drained)
            recorded = recording.stop()
        assert sink.position_samples() == 2 * SPEECH_RATE_HZ
        assert sink.underruns() == 1
        sink.close()
    found = [fit > CERTAIN for _, fit in delays(recorded, on_card(whole), CARD_RATE_HZ, 0.05)]
    begins_s = 0.05 * found.index(True)
    assert begins_s == pytest.approx(heard_before / SPEECH_RATE_HZ, abs=0.3)
    assert begins_s < 1.2
    assert sum(found[found.index(True) :]) >= len(found) - found.index(True) - 2
    assert_heard_until(recorded, whole, len(whole))


def test_a_microphone_that_goes_away_is_told() -> None:
    if not available():
        pytest.skip("the virtual sound card needs PulseAudio")
    with VirtualAudio() as card:
        source = DeviceSource()
        source.open()
        until(lambda: len(source.read()) > 0)
        card.unplug()
        with pytest.raises(DeviceLost) as lost:
            until(lambda: len(source.read()) < 0)
        assert lost.value.remedy
        with pytest.raises(MicrophoneUnavailable) as none:
            source.open()
        assert none.value.remedy
        source.close()


@pytest.mark.parametrize("delay_s", [0.0, 0.3])
def test_the_room_is_told_when_the_speaker_plays_without_a_seam(
    virtual_audio: VirtualAudio, delay_s: float
) -> None:
    whole = babble(2.0, SPEECH_RATE_HZ)
    told_s: list[float] = []
    events: list[PlayoutEvent] = []
    first_offered_s = 0.0

    def take() -> Take:
        nonlocal first_offered_s
        told_s.clear()
        events.clear()
        sink = DeviceSink(latency_s=CALM_S)
        playout = Playout(sink)
        playout.delay_s = delay_s
        playout.taps.append(lambda frame, at_s: told_s.append(at_s))
        playout.open()
        assert playout.begin(TurnId(1))
        offered = 0

        def go_on() -> bool:
            nonlocal offered
            frame = whole[offered * FRAME_SAMPLES : (offered + 1) * FRAME_SAMPLES]
            if not len(frame):
                playout.finish(TurnId(1))
            elif playout.offer(SpeechFrame(TurnId(1), offered, frame)):
                offered += 1
            events.extend(playout.poll())
            return isinstance(events[-1], SpeechFinished) if events else False

        first_offered_s = time.monotonic()
        with virtual_audio.record() as recording:
            until(go_on)
            late = sink.late_blocks()
            recorded = recording.stop()
        playout.close()
        return Take(recorded, late > 0)

    taken = in_time(take)
    frames = len(range(0, len(whole), FRAME_SAMPLES))
    assert np.diff(told_s) == pytest.approx([FRAME_S] * (frames - 1), abs=1e-6), "each where the last ends"
    if delay_s:
        started = next(event for event in events if isinstance(event, SpeechStarted))
        assert told_s[0] - first_offered_s == pytest.approx(delay_s, abs=0.05)
        # To the millisecond by the device's own clock; PulseAudio's is read in steps.
        assert started.at_s == pytest.approx(told_s[0], abs=0.03)
    found = delays(taken.recorded, on_card(whole), CARD_RATE_HZ)
    assert max(delay for delay, _ in found) - min(delay for delay, _ in found) <= 2
