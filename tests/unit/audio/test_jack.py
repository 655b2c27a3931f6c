"""JACK's database is kept shut while PortAudio starts, and nothing of it stays behind."""

import contextlib
import ctypes.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audio.jack import SHARED_MEMORY, database_shut
from tests.watchdog import WATCHDOG_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has JACK behind PortAudio")
NAME = f"jack_db-{os.getuid()}"


def test_a_file_stands_in_its_place_meanwhile(tmp_path: Path) -> None:
    with database_shut(tmp_path):
        assert (tmp_path / NAME).is_file()
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_program_has_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / NAME / "__db.001"
    left.parent.mkdir()
    left.write_bytes(b"locked")
    with database_shut(tmp_path):
        assert (tmp_path / NAME).is_file()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_runs_keeps_its_database(tmp_path: Path) -> None:
    kept = tmp_path / NAME / "metadata.db"
    kept.parent.mkdir()
    kept.write_bytes(b"in use")
    (tmp_path / f"jack_default_{os.getuid()}_0").touch()
    with database_shut(tmp_path):
        assert kept.read_bytes() == b"in use"
    assert kept.exists()


def test_the_last_of_several_removes_the_file(tmp_path: Path) -> None:
    with contextlib.ExitStack() as first, database_shut(tmp_path):
        first.enter_context(database_shut(tmp_path))
        first.close()
        assert (tmp_path / NAME).is_file()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_killed_program_left_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    with database_shut(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_no_such_folder_is_no_hindrance(tmp_path: Path) -> None:
    with database_shut(tmp_path / "nowhere"):
        pass


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """Where JACK's library looks, on a machine that has it and on which no server runs."""
    if ctypes.util.find_library("jack") is None:
        pytest.skip("PortAudio has no JACK here")
    if next(SHARED_MEMORY.glob(f"jack_*_{os.getuid()}_[0-9]*"), None) is not None:
        pytest.skip("a JACK server runs here")
    yield SHARED_MEMORY


@pytest.mark.parametrize("starts", ["devices.outputs()", "devices.outputs(); devices.refresh()"])
def test_portaudio_starts_without_it(starts: str, shared_memory: Path) -> None:
    """A database that was opened once would still be there."""
    program = f"from engine.audio import devices; {starts}"
    subprocess.run([sys.executable, "-c", program], timeout=WATCHDOG_S, check=True)
    assert not (shared_memory / NAME).is_dir()
