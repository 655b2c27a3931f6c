"""Weights through the real huggingface_hub client, from a hub on loopback: whole, resumed, never wrong."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir, try_to_load_from_cache
from huggingface_hub.file_download import repo_folder_name

from engine.errors import DownloadFailed, ModelDamaged
from engine.events import Port
from engine.models import CATALOG, ModelFile, Models, ModelSpec, ModelState, ModelStatus
from engine.models.download import Downloader
from engine.models.hub import repo_folder
from tests.fakes.hub import COMMIT, FakeHub, Fault
from tests.integration.models_world import CONFIG, FILES, REPO, WEIGHTS, a_spec, hub, models_at, online

__all__ = ["hub", "online"]


def test_a_whole_download_is_ready_and_where_the_hubs_own_client_looks(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    assert models.state("voice").status is ModelStatus.MISSING
    seen: list[ModelState] = []
    models.subscribe(seen.append)

    state = models.download("voice")

    assert state.status is ModelStatus.READY
    folder = models.path("voice")
    assert (folder / "config.json").read_bytes() == CONFIG
    assert (folder / "parts/weights.bin").read_bytes() == WEIGHTS
    found = try_to_load_from_cache(REPO, "parts/weights.bin", cache_dir=tmp_path / "hub", revision=COMMIT)
    assert isinstance(found, str)
    assert Path(found).parent.parent == folder
    assert not scan_cache_dir(tmp_path / "hub").incomplete_files
    assert seen[-1].ready
    assert {state.status for state in seen[:-1]} == {ModelStatus.DOWNLOADING}


def test_looking_at_the_models_is_quick_and_loads_no_hub_client(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.models import Models;"
        "print(len(Models(state_folder=Path(sys.argv[1])).states()), 'httpx2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{len(CATALOG)} False\n", done.stderr
    assert repo_folder(tmp_path, REPO).name == repo_folder_name(repo_id=REPO, repo_type="model")


def test_progress_only_grows_and_ends_at_everything(hub: FakeHub, tmp_path: Path) -> None:
    fractions: list[float | None] = []
    models_at(hub, tmp_path).download("voice", lambda fraction, detail: fractions.append(fraction))
    known = [fraction for fraction in fractions if fraction is not None]
    assert known == sorted(known)
    assert known[-1] == 1.0


def test_a_second_download_fetches_nothing(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    models.download("voice")
    hub.asked.clear()
    assert models.download("voice").ready
    assert not hub.asked


def test_a_cut_connection_is_resumed_and_no_byte_comes_twice(hub: FakeHub, tmp_path: Path) -> None:
    hub.fail("parts/weights.bin", Fault(cut_after=100_000), Fault(cut_after=0), Fault(cut_after=50_000))
    assert models_at(hub, tmp_path).download("voice").ready
    assert hub.sent("parts/weights.bin") == len(WEIGHTS)


def test_a_hub_that_stays_away_is_named_and_the_next_run_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    hub.fail("parts/weights.bin", Fault(cut_after=200_000), *[Fault(status=503)] * 6)
    models = models_at(hub, tmp_path)
    with pytest.raises(DownloadFailed) as raised:
        models.download("voice")
    assert "network" in raised.value.remedy
    state = models.state("voice")
    assert state.status is ModelStatus.PARTIAL
    assert state.bytes_on_disk == 200_000 + len(CONFIG)
    assert state.detail == str(raised.value)

    hub.faults.clear()
    assert models_at(hub, tmp_path).download("voice").ready  # as after a restart of the program
    assert hub.sent("parts/weights.bin") == len(WEIGHTS)


def test_a_server_that_does_not_resume_is_begun_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.resumes = False
    hub.fail("parts/weights.bin", Fault(cut_after=100_000))
    models = models_at(hub, tmp_path)
    assert models.download("voice").ready
    assert models.verify("voice").ready


@pytest.mark.parametrize(
    "body", [WEIGHTS[:-1] + b"!", WEIGHTS[:1000], WEIGHTS + b"and more"], ids=["hash", "short", "long"]
)
def test_wrong_bytes_are_fetched_again(hub: FakeHub, tmp_path: Path, body: bytes) -> None:
    faults = [Fault(body=body)] if len(body) >= len(WEIGHTS) else [Fault(body=body)] * 2
    hub.fail("parts/weights.bin", *faults)
    models = models_at(hub, tmp_path)
    assert models.download("voice").ready
    assert models.verify("voice").ready


@pytest.mark.parametrize("name", ["config.json", "parts/weights.bin"])
def test_bytes_that_stay_wrong_are_named_and_never_enter_the_cache(
    hub: FakeHub, tmp_path: Path, name: str
) -> None:
    hub.fail(name, *[Fault(body=b"?" * len(FILES[name]))] * 2)
    models = models_at(hub, tmp_path)
    with pytest.raises(ModelDamaged, match=name):
        models.download("voice")
    assert not models.state("voice").ready
    assert models.download("voice").ready


def test_an_unpinned_model_stays_with_the_commit_of_its_first_download(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path, a_spec(revision=""))
    assert models.state("voice").status is ModelStatus.MISSING
    models.download("voice")
    assert models.path("voice").name == COMMIT
    hub.commit = "b" * 40  # someone pushes
    assert models.state("voice").ready


def test_what_a_model_needs_comes_first(hub: FakeHub, tmp_path: Path) -> None:
    other = ModelSpec("base", "A base", Port.SYNTHESIZER, REPO, COMMIT, (ModelFile("config.json"),), "CC0", 1)
    models = Models(
        [a_spec(needs=("base",)), other],
        state_folder=tmp_path / "state",
        cache=tmp_path / "hub",
        downloader=lambda store: Downloader(store, endpoint=hub.endpoint),
    )
    seen: list[str] = []
    models.subscribe(lambda state: seen.append(state.spec.model_id) if state.ready else None)
    assert models.download("voice").ready
    assert seen == ["base", "voice"]


def test_another_program_at_the_same_file_is_named(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr("engine.models.download.LOCK_WAIT_S", 0.05)
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    locks = tmp_path / "hub/.locks/models--someone--voice"
    locks.mkdir(parents=True)
    with FileLock(locks / f"{digest}.lock"), pytest.raises(DownloadFailed, match="Another program"):
        models_at(hub, tmp_path).download("voice")
