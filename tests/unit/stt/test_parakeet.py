"""Parakeet's folder, loaded for real by onnx-asr in a tiny likeness."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelDamaged, ModelMissing
from engine.pcm import SILENCE, Pcm
from engine.stt.parakeet import ParakeetTranscriber
from engine.units import HEARING_RATE_HZ
from tests.fakes.tiny_tdt import TEXT, write_tiny_tdt


def sound(duration_s: float) -> Pcm:
    samples = round(duration_s * HEARING_RATE_HZ)
    return (np.random.default_rng(1).standard_normal(samples) * 0.1).astype(np.float32)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_tdt(tmp_path_factory.mktemp("tdt"))


@pytest.mark.parametrize("duration_s", [0.01, 0.1, 0.6, 3.0])
def test_sound_of_any_length_is_heard(folder: Path, duration_s: float) -> None:
    ears = ParakeetTranscriber(folder)
    ears.warm()
    assert ears.transcribe(sound(duration_s)) == TEXT
    ears.close()


def test_long_sound_is_heard_in_pieces(folder: Path) -> None:
    assert ParakeetTranscriber(folder).transcribe(sound(130.0)) == " ".join([TEXT] * 3)


def test_no_sound_is_no_text_and_integers_are_refused(folder: Path) -> None:
    ears = ParakeetTranscriber(folder)
    assert ears.transcribe(SILENCE) == ""
    assert ears.transcribe(np.zeros(HEARING_RATE_HZ, np.float32)) == ""
    with pytest.raises(TypeError):
        ears.transcribe(np.ones(HEARING_RATE_HZ, np.int16))


def test_full_floats_are_another_file(tmp_path: Path) -> None:
    write_tiny_tdt(tmp_path, suffix="")
    assert ParakeetTranscriber(tmp_path, quantization=None).transcribe(sound(1.0)) == TEXT
    with pytest.raises(ModelMissing):
        ParakeetTranscriber(tmp_path)


@pytest.mark.parametrize(
    "name", ["encoder-model.int8.onnx", "decoder_joint-model.int8.onnx", "vocab.txt", "config.json"]
)
def test_each_missing_or_damaged_file_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    write_tiny_tdt(tmp_path)
    file = tmp_path / name
    data = file.read_bytes()
    file.unlink()
    with pytest.raises(ModelMissing, match=name) as missing:
        ParakeetTranscriber(tmp_path)
    assert "aloud models" in missing.value.remedy
    file.write_bytes(b"")
    with pytest.raises(ModelDamaged):
        ParakeetTranscriber(tmp_path)
    if name.endswith(".onnx"):
        file.write_bytes(data[: len(data) // 2])
        with pytest.raises(ModelDamaged):
            ParakeetTranscriber(tmp_path)
