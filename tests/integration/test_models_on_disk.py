"""Models on the disk: room for them, damage, records, and their removal."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import DiskFull, DownloadFailed, ModelDamaged, ModelMissing
from engine.events import Port
from engine.models import ModelSpec, ModelStatus
from tests.fakes.hub import COMMIT, FakeHub, Fault
from tests.integration.models_world import CONFIG, FILES, WEIGHTS, a_spec, hub, models_at, online

__all__ = ["hub", "online"]


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
