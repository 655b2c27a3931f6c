"""What really leaves the speaker and reaches the microphone: measured on a virtual sound card."""

import time

import numpy as np
import pytest

from engine.audio.capture import Capture
from engine.audio.device_sink import DeviceSink
from engine.audio.device_source import DeviceSource
from engine.audio.ring import FLUSH_FADE_S
from engine.audio.speech_detector import SpeechDetector
from engine.pcm import SILENCE
from engine.units import FRAME_SAMPLES, HEARING_RATE_HZ, SPEECH_RATE_HZ
from tests.alignment import CERTAIN, babble, delays, heard_until
from tests.integration.card import (
    CALM_S,
    Take,
    assert_heard_until,
    assert_nothing_is_lost,
    in_time,
    on_card,
    steepest,
    until,
)
from tests.recorded_speech import RecordedUtterance
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio


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
