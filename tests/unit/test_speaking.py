"""One reply's voice: what the playout is told before its first sound, and that it is told no more."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.choices import VoiceChoice
from engine.crossing import Cancelled
from engine.events import Port
from engine.pace import Pace
from engine.pcm import SpeechFrame, SpokenWord
from engine.ports import Speech, Synthesizer, WordSource
from engine.speaking import Speaking
from engine.supervise import Supervisor
from engine.units import FRAME_SAMPLES, TurnId
from engine.workers import Worker, host_on_thread
from tests.fakes.words import words_of
from tests.watchdog import WATCHDOG_S


class SlowVoice:
    """A voice that knows from warming up that it takes 1.5 s for a second, and makes a frame a word."""

    real_time_factor = 1.5

    def warm(self) -> None: ...

    def voices(self) -> Sequence[str]:
        return ("slow",)

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        for number, word in enumerate(words):
            told = SpokenWord(word.text, number * FRAME_SAMPLES, word.source_start, word.source_end)
            yield Speech(np.full(FRAME_SAMPLES, 0.1, np.float32), (told,))

    def close(self) -> None: ...


class NotingPlayout(Playout):
    """Notes what it was told before the first frame came."""

    def __init__(self) -> None:
        super().__init__(NullSink())
        self.planned: list[tuple[float, float]] = []
        self.begun = threading.Event()

    def replan(self, rtf: float, expected_s: float) -> None:
        if not self.begun.is_set():
            self.planned.append((rtf, expected_s))
        super().replan(rtf, expected_s)

    def offer(self, frame: SpeechFrame) -> bool:
        self.begun.set()
        return super().offer(frame)


class OpeningSink(NullSink):
    """A speaker during whose opening something else is done."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def open(self) -> None:
        self._meanwhile()
        super().open()


def supervised() -> Supervisor[Synthesizer]:
    return Supervisor(
        Port.SYNTHESIZER,
        "slow",
        lambda progress: Worker("voice", lambda report: SlowVoice(), on_progress=progress),
        host_on_thread,
        lambda event: None,
    )


async def planned(pace: Pace, speed: float) -> tuple[float, float]:
    """The real-time factor and the length that the lead before the first frame was planned from."""
    supervisor = supervised()
    supervisor.start()
    playout = NotingPlayout()
    speaking = Speaking(TurnId(1), supervisor, playout, VoiceChoice(speed=speed), pace)
    speaking.say(words_of("one two three four five six seven eight nine ten"))
    speaking.end()
    await speaking.speak()
    playout.close()
    await supervisor.close()
    return playout.planned[-1]


@pytest.mark.parametrize(("speed", "expected_rtf"), [(1.0, 1.5), (1.6, 2.4)])
async def test_the_first_reply_of_a_slow_voice_has_its_lead(speed: float, expected_rtf: float) -> None:
    rtf, expected_s = await planned(Pace(), speed)
    assert rtf == pytest.approx(expected_rtf)
    assert expected_s > 2.0


async def test_what_replies_showed_counts_for_more_than_the_warming_up() -> None:
    rtf, _ = await planned(Pace(2.0), 1.0)
    assert rtf == 2.0


async def test_a_voice_silenced_in_the_tick_in_which_the_speaker_has_opened_begins_nothing() -> None:
    loop = asyncio.get_running_loop()

    def silence() -> None:
        speaking.silence()

    # The loop is told of the silence before it is told that the speaker is open.
    playout = Playout(OpeningSink(lambda: loop.call_soon_threadsafe(silence)))
    speaking = Speaking(TurnId(1), supervised(), playout, VoiceChoice())
    with pytest.raises(Cancelled):
        await asyncio.wait_for(speaking.speak(), WATCHDOG_S)
    assert playout.use(NullSink()), "nothing sounds, so that another speaker may be chosen"
    playout.close()
