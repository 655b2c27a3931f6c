"""hibari's sound, measured."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.crossing import TextFeed
from engine.errors import BackendUnavailable, ModelDamaged
from engine.pcm import Pcm, SpokenWord, level_dbfs
from engine.text import Speakable
from engine.tts import by_phrase, hibari
from engine.tts.hibari import HibariSynthesizer
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ

TEXT = "Yes. The capital of France is Paris, which lies on the Seine. Would you like to know more?"


@pytest.fixture(scope="module")
def voice() -> Iterator[HibariSynthesizer]:
    synthesizer = HibariSynthesizer()
    yield synthesizer
    synthesizer.close()


def speak(voice: HibariSynthesizer, text: str, speed: float = 1.0) -> tuple[Pcm, list[SpokenWord]]:
    speakable, feed = Speakable(), TextFeed()
    for word in [*speakable.feed(text), *speakable.end()]:
        feed.put(word)
    feed.end()
    pieces = list(voice.speak(feed, speed=speed))
    assert all(0 < len(piece.samples) <= FRAME_SAMPLES for piece in pieces)
    return np.concatenate([piece.samples for piece in pieces]), [
        word for piece in pieces for word in piece.words
    ]


def runs_of_silence_s(samples: Pcm) -> list[float]:
    """Lengths of stretches below the speaking level, longer than 50 ms."""
    blocks = samples[: len(samples) // 120 * 120].reshape(-1, 120)
    quiet = np.sqrt(np.mean(blocks**2, axis=1)) < 0.01
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(int), [0]))))
    lengths = [
        (end - start) * 120 / SPEECH_RATE_HZ for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [length for length in lengths if length > 0.05]


def test_the_reply_begins_at_once_and_ends_with_its_speech(voice: HibariSynthesizer) -> None:
    samples, _ = speak(voice, TEXT)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    assert loud[0] < 0.03 * SPEECH_RATE_HZ
    assert len(samples) - loud[-1] < 0.08 * SPEECH_RATE_HZ


def test_sentences_are_set_apart_and_no_silence_is_long(voice: HibariSynthesizer) -> None:
    pauses = runs_of_silence_s(speak(voice, TEXT)[0])
    assert sum(length > 0.25 for length in pauses) >= 2
    assert max(pauses) < 0.55


def test_a_pause_that_is_asked_for_is_kept(voice: HibariSynthesizer) -> None:
    plain, _ = speak(voice, "One thing. Two things.")
    parted, _ = speak(voice, "One thing.\n\nTwo things.")
    assert (len(parted) - len(plain)) / SPEECH_RATE_HZ == pytest.approx(0.3, abs=0.02)


def test_short_and_long_phrases_are_equally_loud(voice: HibariSynthesizer) -> None:
    samples, words = speak(voice, TEXT)
    first_of_phrases = [word.offset_samples for word in words if word.text in ("Yes.", "The", "Would")]
    parts = np.split(samples, first_of_phrases[1:])
    levels = [level_dbfs(part[np.abs(part) > 0.01]) for part in parts]
    assert max(levels) - min(levels) < 3.0
    assert np.max(np.abs(samples)) <= by_phrase.LOUDEST + 1e-3


def test_word_times_are_the_models_own(voice: HibariSynthesizer) -> None:
    _, words = speak(voice, "Paris.")
    assert words[0].offset_samples == 0
    _, words = speak(voice, "Elephants run.")
    long_word = words[1].offset_samples - words[0].offset_samples
    assert 0.35 < long_word / SPEECH_RATE_HZ < 1.0


def test_each_word_begins_where_its_sound_does(voice: HibariSynthesizer) -> None:
    """A pause before a word moves the word by just that pause."""
    near, near_words = speak(voice, "It was cold. Snow fell.")
    far, far_words = speak(voice, "It was cold.\n\nSnow fell.")
    moved = far_words[3].offset_samples - near_words[3].offset_samples
    assert moved == len(far) - len(near)
    at = far_words[3].offset_samples
    assert np.max(np.abs(far[at : at + 4800])) > 10 * np.max(np.abs(far[at - 2400 : at - 600]))


def test_without_the_models_times_they_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hibari, "DURATIONS", "/no/such/tensor")
    synthesizer = HibariSynthesizer()
    samples, words = speak(synthesizer, "The capital of France.")
    offsets = [word.offset_samples for word in words]
    assert offsets == sorted(set(offsets))
    assert offsets[-1] < len(samples)


def test_a_very_long_phrase_is_spoken_whole(voice: HibariSynthesizer) -> None:
    text = " ".join(["incomprehensibilities"] * 30)
    samples, words = speak(voice, text)
    assert len(words) == 30
    assert len(samples) > 20 * SPEECH_RATE_HZ
    assert words[-1].offset_samples > 0.9 * len(samples)


def test_damaged_weights_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "hibari.onnx"
    broken.write_bytes(b"not a model")
    monkeypatch.setattr("hibari.voices.voice_path", lambda name, download_missing=True: str(broken))
    with pytest.raises(ModelDamaged, match="heart"):
        HibariSynthesizer()


def test_a_voice_that_is_not_there_is_told(voice: HibariSynthesizer) -> None:
    with pytest.raises(BackendUnavailable, match="nobody"):
        list(voice.speak(TextFeed(), voice="nobody"))
