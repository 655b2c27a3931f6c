"""A model at a hub on loopback, for tests of its way to the disk."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from engine.events import Port
from engine.models import ModelFile, Models, ModelSpec
from engine.models.download import Downloader
from engine.models.store import Store
from tests.fakes.hub import COMMIT, FakeHub

REPO = "someone/voice"
WEIGHTS = random.Random(1).randbytes(300_000)
CONFIG = b'{"dim": 2048}'
FILES = {"config.json": CONFIG, "parts/weights.bin": WEIGHTS}


def a_spec(*, revision: str = COMMIT, needs: tuple[str, ...] = ()) -> ModelSpec:
    pinned = ModelFile("parts/weights.bin", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest())
    files = (ModelFile("config.json"), pinned, ModelFile("extra.txt", optional=True))
    return ModelSpec("voice", "A voice", Port.SYNTHESIZER, REPO, revision, files, "CC0", 1_000, needs=needs)


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub({REPO: dict(FILES)}) as served:
        yield served


def models_at(hub: FakeHub, folder: Path, spec: ModelSpec | None = None, **options: object) -> Models:
    def downloader(store: Store) -> Downloader:
        return Downloader(store, endpoint=hub.endpoint, first_wait_s=0.01, **options)  # type: ignore[arg-type]

    return Models(
        [spec or a_spec()], state_folder=folder / "state", cache=folder / "hub", downloader=downloader
    )


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")
