"""Weights through the real huggingface_hub client, from a hub on loopback."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants, scan_cache_dir, try_to_load_from_cache
from huggingface_hub.file_download import repo_folder_name

from engine.errors import DiskFull, DownloadFailed, ModelDamaged, ModelMissing
from engine.events import Port
from engine.models import CATALOG, ModelFile, Models, ModelSpec, ModelState, ModelStatus
from engine.models.download import Downloader
from engine.models.hub import repo_folder
from engine.models.store import Store
from tests.fakes.hub import COMMIT, FakeHub, Fault

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


def test_a_hub_with_other_weights_than_the_pinned_ones_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.files[REPO]["parts/weights.bin"] = WEIGHTS[::-1]
    with pytest.raises(ModelDamaged, match=r"another parts/weights\.bin"):
        models_at(hub, tmp_path).download("voice")
    assert hub.sent("parts/weights.bin") == 0


def test_damage_on_disk_is_found_named_and_only_that_file_fetched_again(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    models.download("voice")
    weights = models.path("voice") / "parts/weights.bin"
    weights.write_bytes(WEIGHTS[:-1] + b"\0")
    assert models.state("voice").ready  # its size is right: only reading it tells

    state = models.verify("voice")

    assert state.status is ModelStatus.DAMAGED
    assert state.faults == ("parts/weights.bin",)
    with pytest.raises(ModelDamaged, match=r"parts/weights\.bin") as raised:
        models.path("voice")
    assert "aloud models download voice" in raised.value.remedy
    hub.asked.clear()
    assert models.download("voice").ready
    assert models.verify("voice").ready
    assert hub.sent("config.json") == 0


def test_a_file_of_the_wrong_size_is_damaged_without_reading_it(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    models.download("voice")
    os.truncate(models.path("voice") / "parts/weights.bin", 17)
    assert models.state("voice").status is ModelStatus.DAMAGED
    assert models.download("voice").ready


def test_too_little_room_is_told_before_a_byte_is_fetched(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path, disk_usage=lambda path: SimpleNamespace(free=1_000_000))
    with pytest.raises(DiskFull, match=r"needs 269 MB more on the disk and 1 MB are free"):
        models.download("voice")
    assert hub.sent("parts/weights.bin") == 0


def test_the_copy_made_of_the_weights_needs_room_when_they_are_fetched_and_not_to_mend_a_small_file(
    hub: FakeHub, tmp_path: Path
) -> None:
    spec = replace(a_spec(), extra_disk_bytes=1_000_000_000)
    free = [600_000_000]
    models = models_at(hub, tmp_path, spec, disk_usage=lambda path: SimpleNamespace(free=free[0]))
    with pytest.raises(DiskFull, match=r"needs 1\.3 GB"):
        models.download("voice")
    free[0] = 2_000_000_000
    folder = models.download("voice").folder
    assert folder is not None
    free[0] = 300_000_000
    (folder / "config.json").unlink()
    assert models.download("voice").ready


def test_a_folder_of_ones_own_is_not_forgotten_for_one_more_file(hub: FakeHub, tmp_path: Path) -> None:
    own = tmp_path / "own"
    for name, content in FILES.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(content)
    models = models_at(hub, tmp_path)
    models.use_folder("voice", own)
    with pytest.raises(ModelMissing, match=str(own)) as raised:
        models.add_file("voice", "extra.txt")
    assert "aloud models remove voice" in raised.value.remedy
    assert models.path("voice") == own
    assert not hub.asked


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own needs the right to mount")
def test_a_disk_that_fills_up_keeps_what_came(hub: FakeHub, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", small], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        models = models_at(hub, small, disk_usage=lambda path: SimpleNamespace(free=1 << 40))
        with pytest.raises(DiskFull, match="A voice needs"):
            models.download("voice")
        assert models.state("voice").status is ModelStatus.PARTIAL
        shutil.copytree(small, tmp_path / "large", symlinks=True)
    finally:
        subprocess.run(["umount", "-l", small], check=True)
    first = hub.sent("parts/weights.bin")
    assert models_at(hub, tmp_path / "large").download("voice").ready
    assert hub.sent("parts/weights.bin") - first < len(WEIGHTS)


def test_a_model_behind_a_log_in_says_so(hub: FakeHub, tmp_path: Path) -> None:
    hub.token = "secret"
    with pytest.raises(DownloadFailed, match="401") as raised:
        models_at(hub, tmp_path).download("voice")
    assert "hf auth login" in raised.value.remedy


def test_a_token_opens_the_hub_and_never_reaches_the_cdn(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "secret"
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert models_at(hub, tmp_path).download("voice").ready
    assert not [asked for asked in hub.asked if asked.origin == "cdn" and asked.authorization]


def test_a_commit_and_a_file_that_are_gone_are_told_apart(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="at the commit"):
        models_at(hub, tmp_path, a_spec(revision="f" * 40)).download("voice")
    del hub.files[REPO]["config.json"]
    with pytest.raises(DownloadFailed, match=r"no file config\.json"):
        models_at(hub, tmp_path).download("voice")


def test_no_network_and_offline_mode_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub({}) as gone:
        pass
    with pytest.raises(DownloadFailed, match="can't be reached") as raised:
        models_at(gone, tmp_path).download("voice")
    assert "network" in raised.value.remedy
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE"):
        models_at(gone, tmp_path).download("voice")


def test_a_captive_portal_is_not_taken_for_the_hub(hub: FakeHub, tmp_path: Path) -> None:
    hub.portal = True
    with pytest.raises(DownloadFailed, match="not the model hub"):
        models_at(hub, tmp_path).download("voice")


def test_a_mirror_that_names_small_files_its_own_way_is_good_enough(hub: FakeHub, tmp_path: Path) -> None:
    hub.own_etags = True
    models = models_at(hub, tmp_path)
    assert models.download("voice").ready
    config = models.path("voice") / "config.json"
    assert models.verify("voice").ready
    config.write_bytes(CONFIG[::-1])
    assert models.verify("voice").faults == ("config.json",)


def test_cancel_keeps_what_came_and_the_next_download_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    hold = threading.Event()
    hub.fail("parts/weights.bin", Fault(hold=hold))
    models = models_at(hub, tmp_path)
    ended: list[ModelState] = []
    thread = threading.Thread(target=lambda: ended.append(models.download("voice")))
    thread.start()
    wait_until(lambda: models.state("voice").bytes_on_disk > len(WEIGHTS) // 4)

    models.cancel("voice")

    assert models.state("voice").status is ModelStatus.PARTIAL
    hold.set()  # the next piece of the network is where the thread notices
    thread.join(20)
    assert [state.status for state in ended] == [ModelStatus.PARTIAL]
    before = hub.sent("parts/weights.bin")
    assert models.download("voice").ready
    assert hub.sent("parts/weights.bin") - before < len(WEIGHTS)


def test_remove_calls_off_a_download_and_leaves_nothing(hub: FakeHub, tmp_path: Path) -> None:
    hold = threading.Event()
    hub.fail("parts/weights.bin", Fault(hold=hold))
    models = models_at(hub, tmp_path)
    thread = threading.Thread(target=lambda: models.download("voice"))
    thread.start()
    wait_until(lambda: models.state("voice").bytes_on_disk > len(WEIGHTS) // 4)
    assert models.download("voice").status is ModelStatus.DOWNLOADING  # no second one beside it
    releasing = threading.Timer(0.2, hold.set)
    releasing.start()
    models.remove("voice")
    thread.join(20)
    releasing.join()
    assert models.state("voice").status is ModelStatus.MISSING
    assert not list((tmp_path / "hub").rglob("*.incomplete"))


def test_a_watcher_that_fails_stops_neither_the_download_nor_the_others(
    hub: FakeHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = models_at(hub, tmp_path)
    seen: list[ModelState] = []

    def fail(state: ModelState) -> None:
        raise ValueError("a broken view")

    models.subscribe(fail)
    undo = models.subscribe(seen.append)
    assert models.download("voice").ready
    assert seen[-1].ready
    assert "a watcher of the models failed" in caplog.text
    undo()
    undo()
    count = len(seen)
    models.verify("voice")
    assert len(seen) == count


def test_the_moment_a_model_can_be_loaded_is_told_once(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    loadable: list[str] = []
    undo = models.when_ready(lambda state: loadable.append(state.spec.model_id))
    models.download("voice")
    models.verify("voice")
    assert loadable == ["voice"]
    models.remove("voice")
    models.download("voice")
    assert loadable == ["voice", "voice"]
    undo()
    models_at(hub, tmp_path).when_ready(lambda state: loadable.append("again"))
    models.verify("voice")
    assert loadable == ["voice", "voice"]


def test_a_lost_or_broken_record_loses_no_model(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    models.download("voice")
    record = tmp_path / "state" / "voice.json"
    for broken in ("{", '{"commit": 5}'):
        record.write_text(broken)
        assert models.state("voice").ready
        assert models.verify("voice").ready


def test_a_cache_that_cant_be_written_is_told(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("a file in the way")
    with pytest.raises(DownloadFailed, match="can't be written"):
        models_at(hub, tmp_path).download("voice")


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


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


def test_start_downloads_on_a_thread_of_its_own_and_tells_of_failure(hub: FakeHub, tmp_path: Path) -> None:
    hub.files.clear()
    models = models_at(hub, tmp_path)
    ended = threading.Event()
    models.subscribe(lambda state: ended.set() if state.status is ModelStatus.MISSING else None)
    models.start("voice")
    assert ended.wait(20)
    assert "refuses" in models.state("voice").detail


def test_remove_frees_the_disk_and_leaves_other_repositories(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["other/model"] = {"config.json": CONFIG}
    other = ModelSpec("other", "Other", Port.SYNTHESIZER, "other/model", COMMIT[::-1], (), "CC0", 1)
    models = models_at(hub, tmp_path)
    models.download("voice")
    kept = models.store.blob(other, "a" * 40)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"kept")
    assert models.remove("voice") == len(WEIGHTS) + len(CONFIG)
    assert models.state("voice").status is ModelStatus.MISSING
    assert models.state("voice").bytes_on_disk == 0
    assert kept.exists()
    with pytest.raises(ModelMissing, match="not on this machine"):
        models.path("voice")


def test_remove_drops_a_half_download_too(hub: FakeHub, tmp_path: Path) -> None:
    hub.fail("parts/weights.bin", Fault(cut_after=1000), *[Fault(status=503)] * 6)
    models = models_at(hub, tmp_path)
    with pytest.raises(DownloadFailed):
        models.download("voice")
    models.remove("voice")
    assert models.state("voice").bytes_on_disk == 0


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


def test_hf_endpoint_is_honoured(hub: FakeHub, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from engine.models import *; from tests.integration.test_models_download "
        "import a_spec; import sys; f = Path(sys.argv[1]);"
        "print(Models([a_spec()], state_folder=f / 's', cache=f / 'hub').download('voice').status.value)"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "ready", done.stderr
    assert {asked.path.split("/")[1] for asked in hub.asked if asked.origin == "hub"} == {"someone"}
