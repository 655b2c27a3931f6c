"""How phrases become one reply."""

from collections.abc import Sequence

import numpy as np
import pytest

from engine.crossing import TextFeed
from engine.pcm import Pcm, SpokenWord
from engine.ports import SpeakableWord, Speech
from engine.tts import by_phrase
from engine.tts.by_phrase import Rendered, even, shared_starts, speak_by_phrase, speech_edges
from engine.tts.phrases import Phrase
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ
from tests.fakes.clock import StillClock

SILENCE = np.zeros(7_200, np.float32)


def tone(seconds: float, level: float = 0.2) -> Pcm:
    """A tone that swells and dies away within 10 ms, as speech does."""
    count = round(seconds * SPEECH_RATE_HZ)
    swell = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 240)
    return (level * swell * np.cos(np.arange(count) / 20)).astype(np.float32)


def words(text: str) -> list[SpeakableWord]:
    return [SpeakableWord(word, 3 * index, 3 * index + 2) for index, word in enumerate(text.split())]


def feed(text: str) -> TextFeed:
    source = TextFeed()
    for word in words(text):
        source.put(word)
    source.end()
    return source


def render(phrase: Phrase) -> Rendered:
    """0.3 s of silence, then 0.2 s of tone a word, then silence; "-" is a word without a sound."""
    sounding = [word for word in phrase if word.text != "-"]
    starts = [
        len(SILENCE) + 4_800 * sum(word.text != "-" for word in phrase[:index])
        for index in range(len(phrase))
    ]
    return Rendered(np.concatenate((SILENCE, tone(0.2 * len(sounding)), SILENCE)), starts)


def spoken(text: str, speed: float = 1.0) -> tuple[Pcm, list[SpokenWord], list[Speech]]:
    pieces = list(speak_by_phrase(feed(text), render, speed=speed, clock=StillClock()))
    sound = np.concatenate([piece.samples for piece in pieces]) if pieces else np.zeros(0, np.float32)
    return sound, [word for piece in pieces for word in piece.words], pieces


def test_silence_before_the_first_phrase_and_after_the_last_is_not_kept() -> None:
    sound, told, _ = spoken("one two.")
    assert len(sound) == pytest.approx(0.4 * SPEECH_RATE_HZ, abs=0.035 * SPEECH_RATE_HZ)
    assert told[0].offset_samples == 0
    assert told[1].offset_samples == pytest.approx(0.2 * SPEECH_RATE_HZ, abs=0.011 * SPEECH_RATE_HZ)


@pytest.mark.parametrize(("text", "pause_s"), [("one. two.", 0.34), ("so one, two.", 0.16)])
def test_phrases_are_set_apart_by_their_punctuation(text: str, pause_s: float) -> None:
    sound, _, _ = spoken(text)
    quiet = np.abs(sound[1_000:-1_000]) < 1e-6
    assert np.sum(quiet) == pytest.approx(pause_s * SPEECH_RATE_HZ, abs=0.05 * SPEECH_RATE_HZ)


def test_joints_fade_to_nothing() -> None:
    sound, told, _ = spoken("one. two.")
    assert abs(sound[0]) < 0.01 and abs(sound[-1]) < 0.01
    inside = np.max(np.abs(np.diff(even(tone(0.2))[480:-480])))
    assert np.max(np.abs(np.diff(sound))) < 1.2 * inside
    assert sound[told[1].offset_samples - 10] == 0


def test_pieces_are_frames_and_carry_words_when_they_begin() -> None:
    _, told, pieces = spoken("one two three. four.")
    assert all(len(piece.samples) <= FRAME_SAMPLES for piece in pieces)
    made = 0
    for piece in pieces:
        assert all(made <= word.offset_samples < made + len(piece.samples) for word in piece.words)
        made += len(piece.samples)
    assert [word.text for word in told] == ["one", "two", "three.", "four."]


def test_words_without_a_sound_are_told_in_order() -> None:
    _, told, _ = spoken("one. - two. -")
    assert [word.text for word in told] == ["one.", "-", "two.", "-"]
    assert [word.offset_samples for word in told] == sorted(word.offset_samples for word in told)


def test_a_reply_without_a_sound_is_silent() -> None:
    sound, told, pieces = spoken("- -")
    assert (len(sound), told, pieces) == (0, [], [])


def test_late_text_is_not_followed_by_a_pause_as_well() -> None:
    clock = StillClock()
    source = TextFeed()
    for word in words("one. two."):
        source.put(word)
    source.end()
    speech = speak_by_phrase(source, render, clock=clock)
    first = next(speech)
    clock.go(30.0)
    sound = np.concatenate([first.samples, *(piece.samples for piece in speech)])
    assert np.sum(np.abs(sound[1_000:-1_000]) < 1e-6) < 0.04 * SPEECH_RATE_HZ


def test_speed_shortens_speech_and_pauses_alike() -> None:
    natural, _, _ = spoken("one. two.")
    fast, told, _ = spoken("one. two.", speed=2.0)
    assert len(fast) == pytest.approx(len(natural) / 2, rel=0.02)
    assert told[1].offset_samples == pytest.approx((0.215 + 0.34) / 2 * SPEECH_RATE_HZ, rel=0.1)


@pytest.mark.parametrize("level", [0.05, 0.2, 0.8])
def test_every_phrase_gets_the_same_level(level: float) -> None:
    sound = even(tone(0.5, level))
    assert np.sqrt(np.mean(sound[500:-500] ** 2)) == pytest.approx(by_phrase.LEVEL, rel=0.15)


def test_a_peak_is_never_cut_off() -> None:
    sound = tone(0.5, 0.02)
    sound[6_000] = 0.9
    assert np.max(np.abs(even(sound))) <= by_phrase.LOUDEST + 1e-6


def test_edges_of_silence() -> None:
    assert speech_edges(SILENCE) == (0, 0)
    assert speech_edges(np.zeros(0, np.float32)) == (0, 0)
    first, last = speech_edges(np.concatenate((SILENCE, tone(0.1), SILENCE)))
    assert first == pytest.approx(len(SILENCE) - 240, abs=48)
    assert last < len(SILENCE) + 2_400 + 500


def test_shares_follow_letters() -> None:
    phrase: Sequence[SpeakableWord] = words("a abc")
    samples = np.concatenate((SILENCE, tone(0.6), SILENCE))
    starts = shared_starts(tuple(phrase), samples)
    assert starts[0] == pytest.approx(len(SILENCE) - 240, abs=48)
    assert starts[1] - starts[0] == pytest.approx(0.2 * SPEECH_RATE_HZ, rel=0.1)
