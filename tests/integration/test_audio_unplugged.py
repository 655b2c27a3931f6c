"""Sound cards that are pulled out while they play or listen."""

import os

import pytest

from engine.audio.device_sink import DeviceSink
from engine.audio.device_source import DeviceSource
from engine.errors import DeviceLost, MicrophoneUnavailable, SpeakerUnavailable
from engine.units import SPEECH_RATE_HZ
from tests.alignment import CERTAIN, babble, delays
from tests.integration.card import CALM_S, assert_heard_until, on_card, until
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio, available


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
