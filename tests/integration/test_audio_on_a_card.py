"""What really leaves the speaker and reaches the microphone: measured on a virtual sound card."""

import os
import time
from collections.abc import Callable

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
from engine.pcm import SILENCE, Pcm, SpeechFrame
from engine.units import FRAME_S, FRAME_SAMPLES, HEARING_RATE_HZ, SPEECH_RATE_HZ, TurnId
from tests.recorded_speech import RecordedUtterance
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio, available

LEVEL = 0.3
WATCHDOG_S = 20.0
CALM_S = 0.15
"""A device buffer that lasts through the pauses of a machine that runs many tests at once."""

HEARD = 0.003
"""Anything louder than this on the card is a sound."""


def tone(seconds: float, hz: float = 440.0) -> Pcm:
    time_s = np.arange(round(seconds * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    return (LEVEL * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def steepest(hz: float) -> float:
    """The largest step between two samples of a tone on the card, with some for its resampler's ringing."""
    return 1.3 * LEVEL * 2 * np.pi * hz / CARD_RATE_HZ


def until(condition: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + WATCHDOG_S
    while not condition():
        assert time.monotonic() < limit_s, "it never came about"
        time.sleep(0.005)


def sounding(recorded: Pcm) -> Pcm:
    """From the first sound to the last."""
    loud = np.flatnonzero(np.abs(recorded) > HEARD)
    return recorded[loud[0] : loud[-1] + 1] if len(loud) else SILENCE


def silences_s(sound: Pcm) -> list[float]:
    """The pauses within ``sound`` that are longer than a period of a tone could be."""
    loud = np.flatnonzero(np.abs(sound) > HEARD)
    gaps = np.diff(loud) / CARD_RATE_HZ
    return [float(gap) for gap in gaps if gap > 0.002]


@pytest.mark.parametrize("rate_hz", [SPEECH_RATE_HZ, 44_100])
def test_a_tone_comes_out_whole_without_gap_or_click(virtual_audio: VirtualAudio, rate_hz: int) -> None:
    sink = DeviceSink(rate_hz=rate_hz, latency_s=CALM_S)
    sink.open()
    whole = tone(2.0)
    with virtual_audio.record() as recording:
        sink.start()
        for start in range(0, len(whole), FRAME_SAMPLES):
            sink.write(whole[start : start + FRAME_SAMPLES])
        sink.finish()
        until(sink.drained)
        sound = sounding(recording.stop())
    sink.close()
    assert len(sound) / CARD_RATE_HZ == pytest.approx(2.0, abs=0.01)
    assert silences_s(sound) == []
    assert np.abs(np.diff(sound)).max() <= steepest(440)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * CARD_RATE_HZ / len(sound) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(LEVEL / np.sqrt(2), rel=0.03)
    assert sink.underruns() == 0


def test_after_a_flush_nothing_of_the_reply_is_heard(virtual_audio: VirtualAudio) -> None:
    sink = DeviceSink(latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(tone(8.0))
        until(lambda: sink.position_samples() > 0.5 * SPEECH_RATE_HZ)
        before = sink.position_samples()
        cut = sink.flush()
        recorded = recording.stop(tail_s=0.6)
    sink.close()
    sound = sounding(recorded)
    # It ends where the flush said, to within what is too quiet to count as sound.
    assert len(sound) / CARD_RATE_HZ == pytest.approx(cut / SPEECH_RATE_HZ, abs=0.008)
    assert np.abs(np.diff(sound)).max() <= steepest(440)
    assert silences_s(sound) == []
    assert (cut - before) / SPEECH_RATE_HZ < FLUSH_FADE_S + 3 * CALM_S


def test_the_next_reply_begins_at_once_after_a_flush_and_alone(virtual_audio: VirtualAudio) -> None:
    sink = DeviceSink(latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(tone(8.0, 440))
        until(lambda: sink.position_samples() > 0.3 * SPEECH_RATE_HZ)
        cut = sink.flush()
        sink.start()
        sink.write(tone(0.5, 2000))
        sink.finish()
        until(sink.drained)
        sound = sounding(recording.stop())
    sink.close()
    second = sound[round((cut / SPEECH_RATE_HZ + 0.05) * CARD_RATE_HZ) :]
    spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second))))
    hz = np.fft.rfftfreq(len(second), 1 / CARD_RATE_HZ)
    old = spectrum[(hz > 400) & (hz < 480)].max()
    new = spectrum[(hz > 1900) & (hz < 2100)].max()
    assert old < new / 1000


def test_a_reply_that_runs_dry_goes_on_without_a_click(virtual_audio: VirtualAudio) -> None:
    sink = DeviceSink(latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(tone(0.3))
        until(lambda: sink.position_samples() >= 0.3 * SPEECH_RATE_HZ)
        time.sleep(0.2)
        sink.write(tone(0.3))
        sink.finish()
        until(sink.drained)
        sound = sounding(recording.stop())
    sink.close()
    assert sink.underruns() == 0  # a closed sink knows of no reply
    gaps = silences_s(sound)
    assert len(gaps) == 1
    assert gaps[0] >= 0.2
    assert np.abs(np.diff(sound)).max() <= steepest(440)
    assert (len(sound) / CARD_RATE_HZ) - gaps[0] == pytest.approx(0.6, abs=0.02)


def test_a_reply_moves_to_another_device_and_goes_on(virtual_audio: VirtualAudio) -> None:
    sink = DeviceSink("default", latency_s=CALM_S)
    sink.open()
    with virtual_audio.record() as recording:
        sink.start()
        sink.write(tone(1.5))
        sink.finish()
        until(lambda: sink.position_samples() > 0.4 * SPEECH_RATE_HZ)
        sink.move("pulse")
        assert 0.4 * SPEECH_RATE_HZ <= sink.position_samples() < 1.0 * SPEECH_RATE_HZ
        until(sink.drained)
        sound = sounding(recording.stop())
        assert sink.underruns() == 1
    sink.close()
    assert len(sound) / CARD_RATE_HZ - sum(silences_s(sound)) >= 1.4


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
    lag = int(np.argmax(np.correlate(sound, words, "valid")))
    assert np.corrcoef(sound[lag : lag + len(words)], words)[0, 1] > 0.95  # a fraction of a sample off


def test_words_are_told_when_they_are_heard(virtual_audio: VirtualAudio) -> None:
    """The time of the first audible sample, as the playout tells it, is that at which the card had it."""
    playout = Playout(DeviceSink(latency_s=CALM_S))
    playout.open()
    silence_s = 0.24
    with virtual_audio.record() as recording:
        assert playout.begin(TurnId(1))
        sound = np.concatenate([np.zeros(round(silence_s * SPEECH_RATE_HZ), np.float32), tone(0.4)])
        playout.offer(SpeechFrame(TurnId(1), 0, sound))
        playout.finish(TurnId(1))
        events = []

        def finished() -> bool:
            events.extend(playout.poll())
            return type(events[-1]).__name__ == "SpeechFinished" if events else False

        until(finished)
        recorded = recording.stop()
        first = int(np.flatnonzero(np.abs(recorded) > HEARD)[0])
        told = recording.position_at(events[0].at_s)
    playout.close()
    assert [type(event).__name__ for event in events] == ["SpeechStarted", "SpeechFinished"]
    assert told / CARD_RATE_HZ == pytest.approx(first / CARD_RATE_HZ, abs=0.1)


def test_a_speaker_that_is_gone_for_good_is_told() -> None:
    if not available():
        pytest.skip("the virtual sound card needs PulseAudio")
    with VirtualAudio() as card:
        sink = DeviceSink(latency_s=CALM_S)
        sink.open()
        sink.start()
        sink.write(tone(5.0))
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
        sink.start()
        sink.write(tone(2.0))
        sink.finish()
        until(lambda: sink.position_samples() > 0.5 * SPEECH_RATE_HZ)
        with spare.record() as recording:
            os.environ.update(spare.environment)
            card.unplug()
            heard_before = sink.position_samples()
            until(sink.drained)
            sound = sounding(recording.stop())
        assert sink.position_samples() == 2 * SPEECH_RATE_HZ
        assert sink.underruns() == 1
        sink.close()
    rest_s = 2.0 - heard_before / SPEECH_RATE_HZ
    assert len(sound) / CARD_RATE_HZ == pytest.approx(rest_s, abs=0.3)
    assert len(sound) / CARD_RATE_HZ > 0.8


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
    sink = DeviceSink(latency_s=CALM_S)
    playout = Playout(sink)
    playout.delay_s = delay_s
    told: list[float] = []
    playout.taps.append(lambda frame, at_s: told.append(at_s))
    playout.open()
    playout.begin(TurnId(1))
    whole, events = tone(2.0), list[PlayoutEvent]()
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
        sound = sounding(recording.stop())
    playout.close()
    assert np.diff(told) == pytest.approx([FRAME_S] * 24, abs=1e-6), "each frame where the one before ends"
    started = next(event for event in events if isinstance(event, SpeechStarted))
    if delay_s:
        assert told[0] - first_offered_s == pytest.approx(delay_s, abs=0.05)
        # To the millisecond by the device's own clock; PulseAudio's is read in steps.
        assert started.at_s == pytest.approx(told[0], abs=0.01)
    assert len(sound) / CARD_RATE_HZ == pytest.approx(2.0, abs=0.01)
    assert silences_s(sound) == []
