"""The frozen app itself: built by the recipe and checked by its own self-test.

    .venv/bin/python -m pytest -m bundle

Not part of a plain run: building takes a minute or two, and `make bundle` does the same.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from app.selftest import SENTENCE
from engine.pcm import read_wav
from engine.units import SPEECH_RATE_HZ
from tests.speech_check import transcribe, word_error_rate

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.bundle, pytest.mark.may_take(1_200)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    places = ["--distpath", str(folder / "dist"), "--workpath", str(folder / "build")]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places]
    subprocess.run([*command, str(ROOT / "packaging/aloud.spec")], cwd=ROOT, check=True)
    if platform.system() == "Darwin":
        return folder / "dist/Aloud.app/Contents/MacOS/Aloud"
    return folder / "dist/Aloud/Aloud"


def test_the_frozen_app_is_whole_away_from_its_source(program: Path, tmp_path: Path) -> None:
    wav = tmp_path / "spoken.wav"
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": os.environ.get("LANG", "C.UTF-8")}
    done = subprocess.run(
        [program, "--selftest", wav], cwd=tmp_path, env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    heard = transcribe(read_wav(wav, SPEECH_RATE_HZ), SPEECH_RATE_HZ)
    assert word_error_rate(SENTENCE, heard) <= 0.2


def test_nothing_of_tests_and_tools_is_in_it(program: Path) -> None:
    contents = program.parents[1] if platform.system() == "Darwin" else program.parent
    names = {file.name.lower() for file in contents.rglob("*")}
    strays = ("pytest", "hypothesis", "mypy", "playwright", "pyinstaller", "node_modules", "libqt6quick")
    assert not [name for name in names if name.startswith(strays)]
