"""Fetched from the hub stand-in, Parakeet and Kyutai load from the cache as it is and do their work."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from engine.crossing import TextFeed
from engine.errors import DownloadFailed
from engine.models import Models, ModelSpec, ModelStatus, voices
from engine.models.catalog import (
    DEFAULT_KYUTAI_VOICE,
    KYUTAI_TTS,
    KYUTAI_VOICE_SUFFIX,
    KYUTAI_VOICES,
    PARAKEET,
)
from engine.models.cli import add_parser, run
from engine.models.download import Downloader
from engine.ports import SpeakableWord
from engine.units import HEARING_RATE_HZ
from tests.fakes.hub import COMMIT, FakeHub
from tests.fakes.mlx_thread import MlxThread
from tests.fakes.tiny_hub import write_hub
from tests.fakes.tiny_tdt import TEXT, write_tiny_tdt


class _AnySize(int):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other > 0

    __hash__ = int.__hash__


ANY_SIZE = _AnySize()


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


@pytest.fixture(scope="module")
def kyutai_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("kyutai")
    with MlxThread() as thread:
        thread.run(lambda: write_hub(folder))
    return files_in(folder)


@pytest.fixture
def hub(tmp_path: Path, kyutai_files: dict[str, bytes]) -> Iterator[FakeHub]:
    model = kyutai_files
    voice = next(body for name, body in model.items() if name.startswith("voices/"))
    repositories = {
        PARAKEET.repo_id: files_in(write_tiny_tdt(tmp_path / "parakeet")),
        KYUTAI_TTS.repo_id: {name: body for name, body in model.items() if not name.startswith("voices/")},
        KYUTAI_VOICES.repo_id: {
            DEFAULT_KYUTAI_VOICE + KYUTAI_VOICE_SUFFIX: voice,
            "expresso/happy.wav" + KYUTAI_VOICE_SUFFIX: voice[::-1],
            "expresso/happy.wav": b"the recording itself",
        },
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
    assert models.download("kyutai-tts").ready
    assert models.state("kyutai-voices").ready
    fetched = models.state("kyutai-tts").bytes_on_disk

    with MlxThread() as thread:
        assert thread.run(lambda: spoken_samples(models)) > 0

    state = models.verify("kyutai-tts")
    assert state.ready
    assert state.bytes_on_disk > fetched  # the quantised copy
    assert models.remove("kyutai-tts") == state.bytes_on_disk
    assert models.state("kyutai-tts").status is ModelStatus.MISSING
    assert not [path for path in (tmp_path / "hub").rglob("*.safetensors") if "tts-1.6b" in str(path)]
    assert models.state("kyutai-voices").ready


def spoken_samples(models: Models) -> int:
    from engine.tts.kyutai.synthesizer import KyutaiSynthesizer

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
    samples = sum(len(piece.samples) for piece in voice.speak(words))
    voice.close()
    return samples


def test_one_more_voice_is_offered_fetched_kept_and_verified(models: Models) -> None:
    models.download("kyutai-voices")
    assert voices.offered(models) == [
        voices.OfferedVoice("expresso/happy.wav", "CC BY-NC 4.0", ANY_SIZE, False),
        voices.OfferedVoice(DEFAULT_KYUTAI_VOICE, "CC0", ANY_SIZE, True),
    ]
    voices.add(models, "expresso/happy.wav")
    assert set(voices.present(models)) == {DEFAULT_KYUTAI_VOICE, "expresso/happy.wav"}
    assert models.verify("kyutai-voices").ready
    added = models.path("kyutai-voices") / ("expresso/happy.wav" + KYUTAI_VOICE_SUFFIX)
    added.write_bytes(b"damaged")
    assert models.state("kyutai-voices").status is ModelStatus.DAMAGED
    assert models.download("kyutai-voices").ready
    assert added.stat().st_size > 7


@pytest.mark.parametrize("name", ["vctk/nobody.wav", "nobody", "../../../etc/passwd"])
def test_a_voice_that_the_hub_lacks_is_named_and_forgotten(models: Models, name: str) -> None:
    models.download("kyutai-voices")
    with pytest.raises(DownloadFailed, match="no"):
        voices.add(models, name)
    assert voices.present(models) == [DEFAULT_KYUTAI_VOICE]
    assert models.state("kyutai-voices").ready
    assert not models.store.records.read("kyutai-voices").extras


def test_the_terminal_lists_voices_and_adds_one(models: Models, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    assert run(parser.parse_args(["models", "add-voice", "expresso/happy.wav"]), models) == 0
    assert "Licence: CC BY-NC 4.0." in capsys.readouterr().out
    assert run(parser.parse_args(["models", "voices"]), models) == 0
    assert "* expresso/happy.wav" in capsys.readouterr().out
