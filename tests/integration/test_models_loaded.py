"""Fetched from the hub stand-in, Parakeet and Kyutai load from the cache as it is and do their work."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from engine.models import Models, ModelSpec, ModelStatus
from engine.models.catalog import (
    DEFAULT_KYUTAI_VOICE,
    KYUTAI_TTS,
    KYUTAI_VOICE_SUFFIX,
    KYUTAI_VOICES,
    PARAKEET,
)
from engine.models.download import Downloader
from engine.ports import SpeakableWord
from engine.units import HEARING_RATE_HZ
from engine.workers import TextFeed
from tests.fakes.hub import COMMIT, FakeHub
from tests.fakes.tiny_hub import write_hub
from tests.fakes.tiny_tdt import TEXT, write_tiny_tdt


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)


def unpinned(spec: ModelSpec) -> ModelSpec:
    """The catalog's model by the same names, whatever bytes the stand-in has for them."""
    files = tuple(replace(file, size_bytes=0, sha256="") for file in spec.files)
    return replace(spec, revision=COMMIT, files=files, extra_disk_bytes=0)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    model = files_in(write_hub(tmp_path / "kyutai"))
    voice = next(body for name, body in model.items() if name.startswith("voices/"))
    repositories = {
        PARAKEET.repo_id: files_in(write_tiny_tdt(tmp_path / "parakeet")),
        KYUTAI_TTS.repo_id: {name: body for name, body in model.items() if not name.startswith("voices/")},
        KYUTAI_VOICES.repo_id: {DEFAULT_KYUTAI_VOICE + KYUTAI_VOICE_SUFFIX: voice},
    }
    with FakeHub(repositories) as served:
        yield served


@pytest.fixture
def models(hub: FakeHub, tmp_path: Path) -> Models:
    return Models(
        [unpinned(spec) for spec in (PARAKEET, KYUTAI_TTS, KYUTAI_VOICES)],
        state_folder=tmp_path / "state",
        cache=tmp_path / "hub",
        downloader=lambda store: Downloader(store, endpoint=hub.endpoint),
    )


def test_parakeet_hears_from_the_cache(models: Models) -> None:
    from engine.stt.parakeet import ParakeetTranscriber

    models.download("parakeet")
    ears = ParakeetTranscriber(models.path("parakeet"))
    noise = np.random.default_rng(0).normal(0, 0.1, HEARING_RATE_HZ).astype(np.float32)
    assert ears.transcribe(noise).lower().rstrip("!") == TEXT.rstrip("!")
    ears.close()


def test_kyutai_speaks_from_the_cache_and_leaves_nothing_behind_when_removed(
    models: Models, tmp_path: Path
) -> None:
    from engine.tts.kyutai.synthesizer import KyutaiSynthesizer

    assert models.download("kyutai-tts").ready
    assert models.state("kyutai-voices").ready
    fetched = models.state("kyutai-tts").bytes_on_disk
    voice = KyutaiSynthesizer(
        models.path("kyutai-tts"),
        (models.path("kyutai-voices"),),
        bits=8,
        codebooks=4,
        codec="mlx",
        default_voice=DEFAULT_KYUTAI_VOICE,
    )
    assert voice.voices() == [DEFAULT_KYUTAI_VOICE]
    words = TextFeed()
    for word in ("hello", "world", "again."):
        words.put(SpeakableWord(word, 0, 0))
    words.end()
    assert sum(len(piece.samples) for piece in voice.speak(words)) > 0
    voice.close()

    state = models.verify("kyutai-tts")
    assert state.ready
    assert state.bytes_on_disk > fetched  # the quantised copy
    assert models.remove("kyutai-tts") == state.bytes_on_disk
    assert models.state("kyutai-tts").status is ModelStatus.MISSING
    assert not [path for path in (tmp_path / "hub").rglob("*.safetensors") if "tts-1.6b" in str(path)]
    assert models.state("kyutai-voices").ready
