"""Kyutai's voice called off at the two places where something else is under way: a load, a new passage."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.choices import VoiceChoice
from engine.events import Port
from engine.pcm import Pcm, SpeechFrame
from engine.ports import Progress, Speech, Synthesizer
from engine.speaking import Speaking
from engine.supervise import Supervisor
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from engine.units import TurnId
from engine.workers import Worker, host_on_thread
from tests.fakes.mlx_thread import PATIENCE_S, OneThread, hub_in
from tests.fakes.words import feed_of, words_of

pytestmark = pytest.mark.may_take(PATIENCE_S)

TEXT = "One two three."
LONG = "One two three four five six. Seven eight nine ten hello world. " * 3


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub")


@pytest.fixture(scope="module")
def voice(hub: Path) -> Iterator[OneThread]:
    made = OneThread(lambda: KyutaiSynthesizer(hub, codebooks=4))
    yield made
    made.close()


def heard(pieces: Iterator[Speech]) -> Pcm:
    return np.concatenate([piece.samples for piece in pieces])


class Loading:
    """A voice whose load waits at half its way until it is let go on."""

    def __init__(self, hub: Path) -> None:
        self._hub = hub
        self.held, self.let_go = threading.Event(), threading.Event()

    def worker(self, progress: Progress) -> Worker[Synthesizer]:
        return Worker("voice", self._make, on_progress=progress, close=lambda voice: voice.close())

    def _make(self, progress: Progress) -> Synthesizer:
        def tell(fraction: float | None, detail: str) -> None:
            progress(fraction, detail)
            if fraction is not None and fraction > 0.4 and not self.held.is_set():
                self.held.set()
                self.let_go.wait(PATIENCE_S)

        return KyutaiSynthesizer(self._hub, codebooks=4, progress=tell)


async def test_called_off_while_the_voice_loads_the_next_reply_sounds_as_ever(
    hub: Path, voice: OneThread
) -> None:
    loading = Loading(hub)
    supervisor: Supervisor[Synthesizer] = Supervisor(
        Port.SYNTHESIZER, "kyutai", loading.worker, host_on_thread, lambda event: None
    )
    supervisor.start()
    playout, frames = Playout(NullSink()), list[SpeechFrame]()
    playout.taps.append(lambda frame, at_s: frames.append(frame))

    def reply(turn_id: int) -> Speaking:
        speaking = Speaking(TurnId(turn_id), supervisor, playout, VoiceChoice())
        speaking.say(words_of(TEXT))
        speaking.end()
        return speaking

    first = reply(1)
    speaking = asyncio.ensure_future(first.speak())
    assert await asyncio.to_thread(loading.held.wait, PATIENCE_S)
    first.silence()  # as a barge-in does it
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    assert not frames
    loading.let_go.set()
    await reply(2).speak()
    assert {frame.turn_id for frame in frames} == {TurnId(2)}
    sound = np.concatenate([frame.samples for frame in frames])
    assert np.array_equal(sound, heard(voice.speak(feed_of(TEXT))))
    playout.close()
    await supervisor.close()


def test_called_off_where_a_passage_ends_the_next_reply_sounds_as_ever(voice: OneThread) -> None:
    """At the last piece of the first passage, at the first of the second, and at the first with sound."""
    lengths = [len(piece.samples) for piece in voice.speak(feed_of(LONG))]
    sounding = next(at for at, length in enumerate(lengths) if length)
    boundary = next(at for at in range(sounding, len(lengths)) if not lengths[at])
    again = next(at for at in range(boundary, len(lengths)) if lengths[at])
    assert sounding < boundary < again < len(lengths)
    expected = heard(voice.speak(feed_of(TEXT)))
    whole = heard(voice.speak(feed_of(LONG)))
    for pieces in (boundary, boundary + 1, again + 1):
        speech = voice.speak(feed_of(LONG))
        for _ in range(pieces):
            next(speech)
        speech.close()  # type: ignore[attr-defined]  # the port says that it is a generator
        assert np.array_equal(heard(voice.speak(feed_of(TEXT))), expected)
    assert np.array_equal(heard(voice.speak(feed_of(LONG))), whole)
