"""What every Synthesizer keeps, fake or real.

A further backend joins by a name in ``BACKENDS`` and a branch in ``made``.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.crossing import Cancelled, TextFeed
from engine.pcm import Pcm, SpokenWord
from engine.ports import SpeakableWord, Speech, Synthesizer
from engine.text import Speakable
from engine.units import SPEECH_RATE_HZ
from tests.fakes import say
from tests.fakes.mlx_thread import OneThread, hub_in
from tests.fakes.synthesizer import FakeSynthesizer

BACKENDS = ("fake", "hibari", "kyutai", "system")
TEXT = "The capital of France is Paris, which lies on the Seine. It costs $3 to visit, and people like it."
WATCHDOG_S = 20.0


def made(backend: str, folder: Path) -> Synthesizer:
    """A backend by name, loaded."""
    if backend == "hibari":
        from engine.tts.hibari import HibariSynthesizer

        return HibariSynthesizer()
    if backend == "kyutai":
        from engine.tts.kyutai.synthesizer import KyutaiSynthesizer

        hub = hub_in(folder / "hub")
        return OneThread(lambda: KyutaiSynthesizer(hub, codebooks=4))
    if backend == "system":
        from engine.tts.system_voice import SystemVoice

        say.install(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{folder}:/usr/bin:/bin")
            return SystemVoice()
    return FakeSynthesizer()


@pytest.fixture(scope="module", params=BACKENDS)
def synthesizer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Synthesizer]:
    backend = made(request.param, tmp_path_factory.mktemp("programs"))
    backend.warm()
    yield backend
    backend.close()


def feed_of(text: str) -> TextFeed:
    """The words of a whole reply, ended."""
    speakable, feed = Speakable(), TextFeed()
    for word in [*speakable.feed(text), *speakable.end()]:
        feed.put(word)
    feed.end()
    return feed


def words_of(text: str) -> list[str]:
    return [word.text for word in feed_of(text)]


def gathered(speech: Iterator[Speech]) -> tuple[Pcm, list[SpokenWord]]:
    """A reply's sound and words; checks that no word is told before the piece it begins in."""
    pieces: list[Pcm] = []
    words: list[SpokenWord] = []
    made_samples = 0
    for piece in speech:
        pieces.append(piece.samples)
        made_samples += len(piece.samples)
        words += piece.words
        assert all(word.offset_samples <= made_samples for word in piece.words)
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32), words


def test_it_says_every_word_in_order_and_where(synthesizer: Synthesizer) -> None:
    samples, words = gathered(synthesizer.speak(feed_of(TEXT)))
    assert [word.text for word in words] == words_of(TEXT)
    offsets = [word.offset_samples for word in words]
    assert offsets == sorted(offsets)
    assert 0 <= offsets[0] < SPEECH_RATE_HZ // 2
    assert offsets[-1] < len(samples)
    assert [(word.source_start, word.source_end) for word in words] == [
        (word.source_start, word.source_end) for word in feed_of(TEXT)
    ]


def test_the_sound_is_sound(synthesizer: Synthesizer) -> None:
    for piece in synthesizer.speak(feed_of(TEXT)):
        assert piece.samples.dtype == np.float32
        assert piece.samples.ndim == 1
        assert np.all(np.isfinite(piece.samples))
        assert np.max(np.abs(piece.samples), initial=0.0) <= 1.0
    samples, _ = gathered(synthesizer.speak(feed_of(TEXT)))
    assert np.sqrt(np.mean(np.square(samples))) > 0.01


def test_an_empty_reply_gives_no_sound(synthesizer: Synthesizer) -> None:
    samples, words = gathered(synthesizer.speak(feed_of("")))
    assert len(samples) == 0
    assert words == []


def test_the_same_words_give_the_same_sound(synthesizer: Synthesizer) -> None:
    first, _ = gathered(synthesizer.speak(feed_of(TEXT)))
    again, _ = gathered(synthesizer.speak(feed_of(TEXT)))
    assert np.array_equal(first, again)


def test_closed_midway_it_speaks_the_next_reply_from_its_beginning(synthesizer: Synthesizer) -> None:
    whole, words = gathered(synthesizer.speak(feed_of(TEXT)))
    for stop_after in (1, 3, 8):
        speech = synthesizer.speak(feed_of(TEXT))
        for _ in zip(range(stop_after), speech, strict=False):
            pass
        speech.close()  # type: ignore[attr-defined]  # the port says that it is a generator
    samples, again = gathered(synthesizer.speak(feed_of(TEXT)))
    assert np.array_equal(samples, whole)
    assert again == words


def test_a_reply_called_off_while_it_waits_for_text_ends(synthesizer: Synthesizer) -> None:
    feed = TextFeed()
    for word in list(feed_of("Well, this"))[:2]:
        feed.put(word)
    timer = threading.Timer(0.05, feed.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        gathered(synthesizer.speak(feed))
    timer.join()
    samples, _ = gathered(synthesizer.speak(feed_of("Still here.")))
    assert len(samples)


class ToldFeed(TextFeed):
    """Tells when its reader has taken every word and asks for more."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def __next__(self) -> SpeakableWord:
        if self.waits():
            self.asked.set()
        return super().__next__()


def test_it_waits_for_text_and_does_not_pad(synthesizer: Synthesizer) -> None:
    words = list(feed_of(TEXT))
    feed = ToldFeed()
    told: list[SpokenWord] = []
    lengths: list[int] = []
    done = threading.Event()
    failures: list[BaseException] = []

    def speak() -> None:
        try:
            for piece in synthesizer.speak(feed):
                lengths.append(len(piece.samples))
                told.extend(piece.words)
        except BaseException as error:
            failures.append(error)
        done.set()

    for word in words[:11]:  # a whole sentence
        feed.put(word)
    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    assert feed.asked.wait(WATCHDOG_S)
    paused_at = sum(lengths)
    assert not done.wait(0.2)
    assert sum(lengths) == paused_at  # nothing is made up while it waits
    for word in words[11:]:
        feed.put(word)
    feed.end()
    assert done.wait(WATCHDOG_S)
    assert not failures
    assert [word.text for word in told] == [word.text for word in words]


@pytest.mark.parametrize("speed", [0.7, 1.5])
def test_speed_changes_how_long_it_takes(synthesizer: Synthesizer, speed: float) -> None:
    natural, _ = gathered(synthesizer.speak(feed_of(TEXT)))
    changed, words = gathered(synthesizer.speak(feed_of(TEXT), speed=speed))
    assert len(natural) / len(changed) == pytest.approx(speed, rel=0.15)
    assert [word.text for word in words] == words_of(TEXT)
    assert words[-1].offset_samples < len(changed)


def test_every_voice_it_names_speaks(synthesizer: Synthesizer) -> None:
    assert len(synthesizer.voices()) > 0
    for voice in synthesizer.voices():
        samples, _ = gathered(synthesizer.speak(feed_of("Yes."), voice=voice))
        assert len(samples), voice


def test_a_word_it_cannot_say_is_still_told(synthesizer: Synthesizer) -> None:
    _, words = gathered(synthesizer.speak(feed_of("One 日本語 two.")))
    assert [word.text for word in words] == words_of("One 日本語 two.")
