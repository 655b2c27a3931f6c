"""The catalog pins what it names, and names what the readers of the files ask for."""

import re

import pytest

from engine.models.catalog import CATALOG, DEFAULT_KYUTAI_VOICE, KYUTAI_VOICES, PARAKEET, ModelSpec


@pytest.mark.parametrize("spec", CATALOG, ids=lambda spec: spec.model_id)
def test_every_model_is_pinned_to_a_commit_and_its_large_files_to_hashes(spec: ModelSpec) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", spec.revision)
    assert spec.licence
    assert spec.memory_bytes > 0
    for file in spec.files:
        assert bool(file.size_bytes) == bool(file.sha256), file.name
        assert re.fullmatch(r"[0-9a-f]{64}|", file.sha256), file.name
        if not file.sha256:  # only small text files, whose hash the hub tells, and voices it may lack
            assert file.name.endswith(".json") or file.optional


def test_names_are_unique_and_needs_exist() -> None:
    names = [spec.model_id for spec in CATALOG]
    assert len(set(names)) == len(names)
    assert {need for spec in CATALOG for need in spec.needs} <= set(names)


def test_parakeets_files_are_those_that_onnx_asr_opens() -> None:
    from fnmatch import fnmatch

    from onnx_asr.models.nemo import NemoConformerTdt
    from onnx_asr.resolver import model_repos

    assert PARAKEET.repo_id == model_repos["nemo-parakeet-tdt-0.6b-v3"]
    names = [file.name for file in PARAKEET.files]
    for pattern in NemoConformerTdt._get_model_files("int8").values():
        assert [name for name in names if fnmatch(name, pattern)], pattern


def test_the_default_voice_is_fetched_and_pinned() -> None:
    first = KYUTAI_VOICES.files[0]
    assert first.name.startswith(DEFAULT_KYUTAI_VOICE)
    assert first.sha256
