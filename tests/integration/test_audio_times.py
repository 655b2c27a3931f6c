"""When a sound really leaves the speaker is when it is told to: measured on a virtual sound card."""

import time

import numpy as np
import pytest

from engine.audio.device_sink import DeviceSink
from engine.audio.playout import Playout
from engine.audio.reply import PlayoutEvent
from engine.events import SpeechFinished, SpeechStarted
from engine.pcm import SpeechFrame
from engine.units import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, TurnId
from tests.alignment import HEARD, babble, delays
from tests.integration.card import CALM_S, Take, in_time, on_card, until
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio


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
