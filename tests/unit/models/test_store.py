"""What is on disk is looked at while a download or a removal changes it."""

import shutil
from pathlib import Path

from engine.models.store import files_below, size_of


def test_a_folder_that_goes_while_its_files_are_counted_is_left_out(tmp_path: Path) -> None:
    for name in ("first.bin", "going/second.bin", "staying/third.bin"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"12345")
    looking = files_below(tmp_path)
    found = [next(looking)]
    shutil.rmtree(tmp_path / "going")
    found += looking
    assert {path.name for path in found} == {"first.bin", "third.bin"}
    assert sum(size_of(path) for path in found) == 10
    assert list(files_below(tmp_path / "going")) == []
