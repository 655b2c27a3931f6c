"""Machines on which PortAudio is missing or does not start: every command says so, and what mends it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.paths import settings_file
from engine.settings import Brain, Settings, save

IMPORT_HOOK = """
import importlib.abc, importlib.machinery, sys

class Refusing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "sounddevice" else None

    def exec_module(self, module):
        {refusal}

sys.meta_path.insert(0, Refusing())
from engine.cli import main
raise SystemExit(main(sys.argv[1:]))
"""

REFUSALS = {
    "no library": 'raise OSError("PortAudio library not found")',
    "no sound system": "\n".join(
        [
            'module.PortAudioError = type("PortAudioError", (Exception,), {})',
            'raise module.PortAudioError("Error initializing PortAudio: Unanticipated host error", -9999)',
        ]
    ),
    "no package": 'raise ModuleNotFoundError("No module named sounddevice")',
}
WORDS = {
    "no library": "PortAudio library not found",
    "no sound system": "Unanticipated host error",
    "no package": "No module named sounddevice",
}
MENDS = {
    "no library": "apt install libportaudio2" if sys.platform == "linux" else "make install",
    "no sound system": "systemctl --user restart" if sys.platform == "linux" else "killall coreaudiod",
    "no package": "make install",
}


def aloud(refusal: str, *arguments: str, typed: str = "", folder: Path) -> "subprocess.CompletedProcess[str]":
    """Runs ``aloud`` where importing sounddevice ends in ``refusal``."""
    program = IMPORT_HOOK.replace("{refusal}", textwrap.indent(REFUSALS[refusal], 8 * " ").lstrip())
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=typed,
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(autouse=True)
def short_answers(home: Path) -> None:
    save(settings_file(), Settings(brain=Brain(temperature=0.0, longest_reply_tokens=16)))


@pytest.mark.parametrize("refusal", REFUSALS)
def test_doctor_finishes_and_lists_everything(home: Path, refusal: str) -> None:
    done = aloud(refusal, "doctor", folder=home)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for part in ("microphone", "speaker", "ears", "brain", "voice", "model", "key", "history"):
        assert f"  {part}" in done.stdout
    assert done.stdout.count(WORDS[refusal]) == done.stdout.count(MENDS[refusal]) == 2


def test_say_writes_a_file_and_tells_why(home: Path) -> None:
    done = aloud("no library", "say", "Hello.", folder=home)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert WORDS["no library"] in done.stderr
    assert MENDS["no library"] in done.stderr
    assert (home / "aloud-reply.wav").stat().st_size > 10_000


def test_a_muted_question_needs_no_sound_and_is_not_told_of_it(home: Path) -> None:
    done = aloud("no sound system", "ask", "--mute", "What is the capital of France?", folder=home)
    assert done.returncode == 0
    assert "Paris" in done.stdout
    assert done.stderr == ""


def test_chat_tells_of_it_once_and_answers(home: Path) -> None:
    done = aloud("no sound system", "chat", typed="/mute\nWhat is the capital of France?\n", folder=home)
    assert done.returncode == 0
    assert "Paris" in done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.count(WORDS["no sound system"]) == done.stderr.count(MENDS["no sound system"]) == 1
    assert "There is no microphone" in done.stderr
