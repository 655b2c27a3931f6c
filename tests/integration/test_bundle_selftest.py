"""``--selftest``: a whole copy passes every check, and a copy that lacks something says what."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import __main__ as program
from app import selftest
from engine.pcm import read_wav, write_wav
from engine.units import SPEECH_RATE_HZ
from tests.speech_check import transcribe, word_error_rate

ROOT = Path(__file__).parents[2]


def test_this_copy_is_whole_and_what_it_spoke_is_understood(tmp_path: Path) -> None:
    wav = tmp_path / "spoken.wav"
    command = [sys.executable, "-m", "app", "--selftest", str(wav)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line[:6] for line in lines[:-1]] == ["ok    "] * 12
    assert lines[-1].endswith("whole")
    samples = read_wav(wav, SPEECH_RATE_HZ)
    assert word_error_rate(selftest.SENTENCE, transcribe(samples, SPEECH_RATE_HZ)) <= 0.2


def test_one_check_that_fails_is_named_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing() -> str:
        raise ImportError("No module named 'mlx'")

    checks = (("mlx", missing), ("ears", lambda: "Moonshine tiny"))
    monkeypatch.setattr(selftest.SelfTest, "checks", lambda self: checks)
    lines: list[str] = []
    assert selftest.run(tmp_path / "spoken.wav", lines.append) == 1
    assert lines[0].startswith("FAILED  mlx")
    assert "No module named 'mlx'" in lines[0]
    assert lines[1].startswith("ok      ears")
    assert lines[2].endswith("1 checks failed\n")


def test_sound_that_says_something_else_does_not_pass(tmp_path: Path) -> None:
    wav = tmp_path / "spoken.wav"
    write_wav(wav, np.zeros(SPEECH_RATE_HZ, np.float32), SPEECH_RATE_HZ)
    check = selftest.SelfTest(wav)
    check.ears()
    with pytest.raises(selftest.NotWhole):
        check.hearing()


def test_what_was_not_loaded_can_not_speak(tmp_path: Path) -> None:
    with pytest.raises(selftest.NotWhole):
        selftest.SelfTest(tmp_path / "spoken.wav").speaking()


def test_a_word_is_a_command_of_the_console_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["Aloud", "doctor"]) in (0, 1)
    assert "onnxruntime" in capsys.readouterr().out
