"""The embedded recogniser on recorded human speech."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import jiwer
import numpy as np
import pytest

from engine.errors import BackendUnavailable, ModelDamaged, ModelMissing
from engine.pcm import Pcm, read_wav
from engine.stt.live import LiveTranscript
from engine.stt.moonshine import MoonshineTranscriber, packaged_folder
from engine.stt.moonshine_model import (
    DECODER_FILE,
    ENCODER_FILE,
    VOCABULARY_FILE,
    MoonshineModel,
    read_vocabulary,
)
from engine.stt.utterance import padded
from engine.units import HEARING_RATE_HZ
from tests.recorded_speech import CUTS, folder

pytestmark = pytest.mark.skipif(folder() is None, reason="moonshine-voice has no wheel here")

SENTENCES = " ".join(text for _, _, text in CUTS["two_cities"])
WORDS = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.RemovePunctuation(),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def word_error_rate(reference: str, text: str) -> float:
    return float(jiwer.wer(reference, text, reference_transform=WORDS, hypothesis_transform=WORDS))


@pytest.fixture(scope="module")
def ears() -> Iterator[MoonshineTranscriber]:
    transcriber = MoonshineTranscriber()
    transcriber.warm()
    yield transcriber
    transcriber.close()


@pytest.fixture(scope="module")
def two_cities() -> Pcm:
    return read_wav(packaged_folder().parent / "two_cities.wav", HEARING_RATE_HZ)


def test_44_s_of_a_human_voice_are_understood(ears: MoonshineTranscriber, two_cities: Pcm) -> None:
    assert word_error_rate(SENTENCES, ears.transcribe(two_cities)) <= 0.05


def test_the_same_heard_live_is_understood_as_well_and_nothing_is_left_at_release(
    ears: MoonshineTranscriber, two_cities: Pcm
) -> None:
    from engine.audio.speech_detector import SpeechDetector

    live, detector, now_s = LiveTranscript(), SpeechDetector(), 0.0
    for start in range(0, len(two_cities), 1_600):
        block = two_cities[start : start + 1_600]
        detector.feed(block)
        live.add(block, detector.speaking, detector.last_speech_end_samples)
        now_s += 0.1
        if not detector.speaking and (job := live.next_job(now_s)) is not None:
            live.done(job, ears.transcribe(job.samples), now_s)
    live.release()
    assert live.final_job() is None
    assert word_error_rate(SENTENCES, live.final_text) <= 0.08


@pytest.mark.parametrize("level", [0.0, 0.0002, 0.003, 0.03, 0.2])
@pytest.mark.parametrize("duration_s", [0.05, 0.5, 3.0])
def test_noise_is_no_words(ears: MoonshineTranscriber, level: float, duration_s: float) -> None:
    random = np.random.default_rng(7).standard_normal(round(duration_s * HEARING_RATE_HZ))
    white = (random * level).astype(np.float32)
    assert ears.transcribe(white) == ""
    hum = (level * np.sign(np.sin(np.arange(len(white)) * 2 * np.pi * 50 / HEARING_RATE_HZ))).astype(
        np.float32
    )
    assert ears.transcribe(hum) == ""


def test_a_first_guess_changes_nothing_but_the_time(two_cities: Pcm) -> None:
    model = MoonshineModel(packaged_folder())
    sound = padded(two_cities[10 * HEARING_RATE_HZ : 15 * HEARING_RATE_HZ], 4_800)
    plain = model.tokens(sound)
    assert model.tokens(sound, plain) == plain
    assert model.tokens(sound, plain[:5]) == plain
    assert model.tokens(sound, [*plain[:5], 17, 23, 42]) == plain
    assert model.tokens(sound, [5] * 500) == plain


def test_the_last_answer_is_a_guess_only_for_the_same_utterance(
    two_cities: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = MoonshineTranscriber()
    guesses: list[int] = []
    model = ears._model
    assert model is not None
    real = model.tokens

    def tokens(samples: Pcm, draft: Sequence[int] = ()) -> list[int]:
        guesses.append(len(draft))
        return real(samples, draft)

    monkeypatch.setattr(model, "tokens", tokens)
    ears.transcribe(two_cities[: 3 * HEARING_RATE_HZ])
    ears.transcribe(two_cities[: 4 * HEARING_RATE_HZ])
    ears.transcribe(two_cities[8 * HEARING_RATE_HZ : 9 * HEARING_RATE_HZ])
    assert guesses[0] == 0
    assert guesses[1] > 3
    assert guesses[2] == 0


def test_a_missing_and_a_cut_off_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=ENCODER_FILE):
        MoonshineTranscriber(tmp_path)
    whole = packaged_folder()
    for damaged in (ENCODER_FILE, DECODER_FILE, VOCABULARY_FILE):
        for name in (ENCODER_FILE, DECODER_FILE, VOCABULARY_FILE):
            shutil.copy(whole / name, tmp_path / name)
        data = (whole / damaged).read_bytes()
        (tmp_path / damaged).write_bytes(data[: len(data) // 3])
        with pytest.raises(ModelDamaged) as raised:
            MoonshineTranscriber(tmp_path)
        assert raised.value.remedy


def test_vocabulary_with_a_long_token() -> None:
    long = b"x" * 300
    data = b"\x01a\x00" + bytes([128 + 300 % 128, 300 // 128]) + long
    assert read_vocabulary(data) == [b"a", b"", long]
    with pytest.raises(ModelDamaged):
        read_vocabulary(data[:-1])


def test_without_the_package_the_error_says_what_there_is_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackendUnavailable) as raised:
        MoonshineTranscriber()
    assert "not installed" in str(raised.value)
    for way_out in ("Parakeet", "type"):
        assert way_out in raised.value.remedy


def test_nothing_of_the_package_is_imported() -> None:
    """In a process of its own: another test may have imported it into this one."""
    code = """
import sys
from engine.stt.moonshine import MoonshineTranscriber
MoonshineTranscriber().warm()
sys.exit("moonshine_voice" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0
