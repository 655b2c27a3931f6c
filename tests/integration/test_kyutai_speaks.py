"""Kyutai's synthesizer on a tiny model: interrupting, repeating, waiting, long replies, several voices."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.choices import VoiceChoice
from engine.crossing import Cancelled, TextFeed
from engine.errors import SettingsError
from engine.pcm import Pcm, SpokenWord
from engine.ports import SpeakableWord, Speech
from engine.text import Speakable
from engine.tts.kyutai import arrays, synthesizer
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from engine.units import FRAME_SAMPLES
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, OneThread, hub_in
from tests.fakes.tiny_hub import TINY, VOICE_SUFFIX, VOICES
from tests.fakes.words import feed_of, words_of

SHORT = "One two three, four five."

pytestmark = pytest.mark.may_take(PATIENCE_S)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub")


@pytest.fixture(scope="module")
def voice(hub: Path) -> Iterator[OneThread]:
    made = OneThread(lambda: KyutaiSynthesizer(hub, codebooks=4))
    yield made
    made.close()


def heard(speech: Iterator[Speech]) -> tuple[Pcm, list[SpokenWord]]:
    pieces = list(speech)
    return np.concatenate([piece.samples for piece in pieces]), [
        word for piece in pieces for word in piece.words
    ]


class Drying(TextFeed):
    """A feed that calls the reply off when it runs dry, and knows how much had been handed over then."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pieces: list[Pcm] = []
        self.samples_when_dry = 0
        for word in words_of(text):
            self.put(word)

    def __next__(self) -> SpeakableWord:
        if self.waits():
            self.samples_when_dry = sum(len(piece) for piece in self.pieces)
            self.cancel()
        return super().__next__()

    def spoken_by(self, voice: OneThread) -> None:
        with pytest.raises(Cancelled):
            for piece in voice.speak(self):
                self.pieces.append(piece.samples)


class Slow:
    """A source that is waited for before every word."""

    def __init__(self, text: str) -> None:
        self._words = iter(words_of(text))

    def __iter__(self) -> Iterator[SpeakableWord]:
        return self

    def __next__(self) -> SpeakableWord:
        return next(self._words)

    def waits(self) -> bool:
        return True


def test_every_word_is_told_in_order_with_the_place_of_its_sound(voice: OneThread) -> None:
    samples, words = heard(voice.speak(feed_of(SHORT)))
    assert [(word.text, word.source_start, word.source_end) for word in words] == [
        (word.text, word.source_start, word.source_end) for word in words_of(SHORT)
    ]
    offsets = [word.offset_samples for word in words]
    assert offsets == sorted(set(offsets))
    assert offsets[-1] < len(samples)


def test_no_word_is_told_before_the_piece_it_begins_in(voice: OneThread) -> None:
    made = 0
    for piece in voice.speak(feed_of(SHORT)):
        for word in piece.words:
            assert made <= word.offset_samples < made + len(piece.samples)
        made += len(piece.samples)


def test_each_step_gives_a_piece_and_the_first_ones_are_empty(voice: OneThread) -> None:
    lengths = [len(piece.samples) for piece in voice.speak(feed_of(SHORT))]
    silent = next(at for at, length in enumerate(lengths) if length)
    assert 0 < silent <= 19
    assert max(lengths) == FRAME_SAMPLES
    assert all(lengths[silent:])


@pytest.mark.parametrize(("factor", "expected"), [(0.4, 19), (0.6, 20)])
def test_the_first_sound_leaves_with_the_step_that_made_it_where_that_leaves_no_gap(
    hub: Path, monkeypatch: pytest.MonkeyPatch, factor: float, expected: int
) -> None:
    """16 steps of delay and 2 more between the codebooks: it is there after step 19.

    The second sound comes two steps later then, which is too late where a step takes most of a frame.
    """

    def steps_until_heard() -> int:
        made = KyutaiSynthesizer(hub, codebooks=4)
        made.warm()
        speech = made.speak(feed_of(SHORT))
        next(piece for piece in speech if len(piece.samples))
        steps = made.loop.steps
        speech.close()  # type: ignore[attr-defined]  # the port says that it is a generator
        made.close()
        return steps

    monkeypatch.setattr(synthesizer, "frame_factor", lambda ends_s: factor)
    with MlxThread() as thread:
        assert thread.run(steps_until_heard) == expected


@pytest.mark.parametrize("recent", [True, False], ids=["macOS 15", "before"])
def test_the_weights_stay_in_a_macs_memory_while_it_speaks(
    voice: OneThread, monkeypatch: pytest.MonkeyPatch, recent: bool
) -> None:
    import mlx.core as mx

    limits: list[int] = [0]

    def set_wired_limit(limit: int) -> int:
        if not recent:
            raise ValueError("[metal] the wired limit needs macOS 15")
        limits.append(limit)
        return limits[-2]

    monkeypatch.setattr(arrays, "device_name", lambda: "metal")
    monkeypatch.setattr(mx, "device_info", lambda: {"max_recommended_working_set_size": 5_000})
    monkeypatch.setattr(mx, "set_wired_limit", set_wired_limit)
    assert len(heard(voice.speak(feed_of("One two.")))[0])
    assert limits == ([0, 5_000, 0] if recent else [0])
    interrupted_after(voice.speak(feed_of(SHORT)), 3)
    assert limits == ([0, 5_000, 0, 5_000, 0] if recent else [0])


def interrupted_after(speech: Iterator[Speech], pieces: int) -> None:
    for _ in zip(range(pieces), speech, strict=False):
        pass
    speech.close()  # type: ignore[attr-defined]  # the port says that it is a generator


def test_interrupted_anywhere_the_next_reply_sounds_as_if_nothing_had_been(voice: OneThread) -> None:
    expected, words = heard(voice.speak(feed_of(SHORT)))
    steps = sum(1 for _ in voice.speak(feed_of(SHORT)))
    before_the_first_word, while_masked, first_sound, midway, in_the_flush = 1, 9, 20, steps // 2, steps - 3
    for pieces in (before_the_first_word, while_masked, first_sound, midway, in_the_flush):
        interrupted_after(voice.speak(feed_of("Seven eight nine ten. " * 3)), pieces)
        samples, again = heard(voice.speak(feed_of(SHORT)))
        assert np.array_equal(samples, expected)
        assert again == words


def test_called_off_while_it_waits_it_ends_and_speaks_again(voice: OneThread) -> None:
    expected, _ = heard(voice.speak(feed_of(SHORT)))
    Drying("One two three four").spoken_by(voice)
    samples, _ = heard(voice.speak(feed_of(SHORT)))
    assert np.array_equal(samples, expected)


def test_sound_is_let_go_before_it_waits_for_text(voice: OneThread) -> None:
    feed = Drying("One two three four five six")
    feed.spoken_by(voice)
    whole, _ = heard(voice.speak(feed_of("One two three four five six seven")))
    assert feed.samples_when_dry > 0
    assert feed.samples_when_dry == sum(len(piece) for piece in feed.pieces)
    assert np.array_equal(np.concatenate(feed.pieces), whole[: feed.samples_when_dry])


def test_words_that_come_late_sound_as_if_they_had_been_there(voice: OneThread) -> None:
    expected, _ = heard(voice.speak(feed_of(SHORT)))
    samples, _ = heard(voice.speak(Slow(SHORT)))
    assert np.array_equal(samples, expected)


def test_a_long_reply_goes_on_past_the_context_and_no_word_is_lost(voice: OneThread) -> None:
    text = "One two three four five six. Seven eight nine ten hello world. " * 3
    samples, words = heard(voice.speak(feed_of(text)))
    assert len(samples) > TINY.context * FRAME_SAMPLES
    assert [word.text for word in words] == text.split()
    offsets = [word.offset_samples for word in words]
    assert offsets == sorted(offsets)
    assert offsets[-1] < len(samples)


def test_a_long_sentence_without_an_end_is_cut_between_words(voice: OneThread) -> None:
    text = "one two three four five six seven eight nine ten " * 2
    _, words = heard(voice.speak(feed_of(text)))
    assert [word.text for word in words] == text.split()


def test_several_voices_take_turns(voice: OneThread) -> None:
    text = "S1: one two three. S2: four five six."
    samples, words = heard(voice.speak(feed_of(text), voice="+".join(VOICES[:2])))
    assert len(samples)
    assert [word.text for word in words] == text.split()
    alone, _ = heard(voice.speak(feed_of(text), voice=VOICES[0]))
    assert len(alone) != len(samples)  # with one voice the marks are words like others


def test_a_reply_as_it_is_written_reaches_every_voice(voice: OneThread) -> None:
    """Through the stage that makes words of Markdown, which knows how many voices there are."""
    both = "+".join(VOICES[:2])
    speakable, feed = Speakable(speakers=VoiceChoice(both).speakers), TextFeed()
    for word in [*speakable.feed("S1: one two three.\n**S2:** four five six."), *speakable.end()]:
        feed.put(word)
    feed.end()
    samples, words = heard(voice.speak(feed, voice=both))
    marked, _ = heard(voice.speak(feed_of("S1: one two three. S2: four five six."), voice=both))
    assert [word.text for word in words] == ["S1:", "one", "two", "three.", "S2:", "four", "five", "six."]
    # A paragraph ends after the last word, with a pause; the sound is made some 20 steps after the text.
    same = words[-1].offset_samples - 20 * FRAME_SAMPLES
    assert same > 15 * FRAME_SAMPLES
    assert np.array_equal(samples[:same], marked[:same])


def test_a_voice_that_was_added_meanwhile_is_there(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub")
    added = "dave.wav"
    made = OneThread(lambda: KyutaiSynthesizer(hub, (hub / "voices", tmp_path / "more"), codebooks=4))
    assert added not in made.voices()
    (tmp_path / "more").mkdir()
    shutil.copy(hub / "voices" / (VOICES[1] + VOICE_SUFFIX), tmp_path / "more" / (added + VOICE_SUFFIX))
    samples, _ = heard(made.speak(feed_of("One two three."), voice=added))  # known before anybody asked
    as_bob, _ = heard(made.speak(feed_of("One two three."), voice=VOICES[1]))
    assert np.array_equal(samples, as_bob)
    assert list(made.voices()) == [*VOICES, added]
    made.close()


def test_more_voices_than_a_reply_can_have_are_refused(voice: OneThread) -> None:
    five = "+".join([*VOICES, *VOICES[:2]])
    assert heard(voice.speak(feed_of("S5: one two three."), voice=five))[1]
    with pytest.raises(SettingsError, match="6 voices"):
        list(voice.speak(feed_of("One two three."), voice=f"{five}+{VOICES[2]}"))


def test_voices_sound_different(voice: OneThread) -> None:
    sounds = [heard(voice.speak(feed_of("One two three."), voice=name))[0] for name in voice.voices()]
    assert len({sound.tobytes() for sound in sounds}) == len(VOICES)


@pytest.mark.parametrize("precision", ["exact", "fast"])
@pytest.mark.parametrize("bits", [0, 4, 6, 8])
def test_it_speaks_at_every_width(hub: Path, bits: int, precision: str) -> None:
    def spoken() -> float:
        made = KyutaiSynthesizer(hub, bits=bits, codebooks=4, precision=precision)  # type: ignore[arg-type]
        samples, words = heard(made.speak(feed_of("One two.")))
        made.close()
        assert len(words) == 2
        return float(np.sqrt(np.mean(np.square(samples))))

    with MlxThread() as thread:
        assert thread.run(spoken) > 0.01


def test_fewer_codebooks_are_another_sound_of_the_same_words(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=16, schedule=(*range(8), *[8] * 8)))

    def spoken(codebooks: int) -> tuple[Pcm, list[str], int]:
        made = KyutaiSynthesizer(hub, codebooks=codebooks)
        samples, words = heard(made.speak(feed_of("One two three.")))
        made.close()
        return samples, [word.text for word in words], made.codebooks

    sounds = []
    for codebooks in (8, 16):
        with MlxThread() as thread:
            samples, words, used = thread.run(lambda count=codebooks: spoken(count))  # type: ignore[misc]
        assert (words, used) == (["One", "two", "three."], codebooks)
        sounds.append(samples.tobytes())
    assert sounds[0] != sounds[1]
