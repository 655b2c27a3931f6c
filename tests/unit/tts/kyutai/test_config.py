"""What a person is told about a folder that is not a whole model."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ModelDamaged, ModelMissing
from engine.tts.kyutai.config import read_config
from tests.fakes.tiny_hub import TINY, config_dict


@pytest.fixture
def folder(tiny_hub: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_hub, tmp_path / "hub")


def test_a_whole_folder_is_understood(folder: Path) -> None:
    config = read_config(folder)
    assert (config.delay_steps, config.words_ahead, config.codebooks) == (16, 2, TINY.codebooks)
    assert config.schedule == TINY.schedule
    assert config.voice_suffix == ".1e68beda@240.safetensors"


@pytest.mark.parametrize(
    "name", ["config.json", *(config_dict(TINY)[f"{part}_name"] for part in ("moshi", "mimi", "tokenizer"))]
)
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name) as caught:
        read_config(folder)
    assert caught.value.remedy


def test_an_empty_file_is_named(folder: Path) -> None:
    name = config_dict(TINY)["mimi_name"]
    (folder / name).write_bytes(b"")
    with pytest.raises(ModelDamaged, match=name):
        read_config(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"tts_config": {}},
        {"model_id": None},
        {"dep_q": 40},
        {"cross_attention": False},
        {"demux_second_stream": False},
        {"tts_config": {"audio_delay": 1.28, "second_stream_ahead": 0}},
    ],
)
def test_another_kind_of_model_is_refused(folder: Path, change: dict[str, Any]) -> None:
    (folder / "config.json").write_text(json.dumps(config_dict(TINY) | change), encoding="utf-8")
    with pytest.raises(ModelDamaged, match=r"config\.json"):
        read_config(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "3"])
def test_a_configuration_that_is_none_is_named(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelDamaged, match=r"config\.json"):
        read_config(folder)
