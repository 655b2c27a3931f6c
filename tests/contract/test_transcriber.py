"""What every recogniser keeps, the fake one included."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.pcm import SILENCE, Pcm
from engine.ports import Transcriber
from engine.stt.moonshine import MoonshineTranscriber
from engine.stt.parakeet import ParakeetTranscriber
from engine.units import HEARING_RATE_HZ
from tests.fakes.tiny_tdt import write_tiny_tdt
from tests.fakes.transcriber import FakeTranscriber
from tests.recorded_speech import RecordedUtterance, folder

NEEDS_RECORDINGS = pytest.mark.skipif(folder() is None, reason="moonshine-voice has no wheel here")

KINDS: dict[str, Callable[[Path], Transcriber]] = {
    "fake": lambda place: FakeTranscriber(),
    "moonshine": lambda place: MoonshineTranscriber(),
    "parakeet": lambda place: ParakeetTranscriber(write_tiny_tdt(place)),
}


@pytest.fixture(
    scope="module", params=["fake", pytest.param("moonshine", marks=NEEDS_RECORDINGS), "parakeet"]
)
def ears(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transcriber]:
    transcriber = KINDS[request.param](tmp_path_factory.mktemp("model"))
    transcriber.warm()
    yield transcriber
    transcriber.close()


def speech(duration_s: float = 1.5) -> Pcm:
    """A buzz with the rhythm of syllables."""
    at_s = np.arange(round(duration_s * HEARING_RATE_HZ)) / HEARING_RATE_HZ
    buzz = np.sign(np.sin(2 * np.pi * 120 * at_s)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * at_s))
    return (0.2 * buzz).astype(np.float32)


@pytest.mark.parametrize(
    "samples", [SILENCE, np.zeros(HEARING_RATE_HZ, np.float32), np.zeros(7, np.float32)], ids=len
)
def test_silence_and_no_samples_are_no_text(ears: Transcriber, samples: Pcm) -> None:
    assert ears.transcribe(samples) == ""


def test_the_same_sound_is_the_same_text_whatever_was_heard_before(ears: Transcriber) -> None:
    whole = speech()
    first = ears.transcribe(whole)
    for part in (whole[: len(whole) // 2], whole[len(whole) // 3 :], SILENCE, speech(0.4)):
        ears.transcribe(part)
    assert ears.transcribe(whole) == first


def test_the_text_has_no_space_around_it_and_the_samples_stay_as_they_were(ears: Transcriber) -> None:
    samples = speech()
    before = samples.copy()
    samples.flags.writeable = False
    text = ears.transcribe(samples)
    assert text == text.strip()
    assert np.array_equal(samples, before)


@pytest.mark.parametrize("samples", [1, 15, 160, 1_000])
def test_very_short_sound_is_no_crash(ears: Transcriber, samples: int) -> None:
    assert isinstance(ears.transcribe(speech()[:samples]), str)


def test_integers_are_refused(ears: Transcriber) -> None:
    with pytest.raises(TypeError):
        ears.transcribe(np.ones(HEARING_RATE_HZ, np.int16))


@NEEDS_RECORDINGS
def test_a_human_voice_gives_text(ears: Transcriber, recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    assert all(ears.transcribe(utterance.samples) for utterance in recorded_speech[:3])
