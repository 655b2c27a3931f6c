"""The console command, each subcommand on the real models, on a machine without sound."""

import io
import sys
from pathlib import Path

import pytest

from engine.cli import main
from engine.paths import settings_file
from engine.pcm import read_wav, write_wav
from engine.settings import Brain, Listening, Settings, save
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import transcribe, word_error_rate


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own, a brain that answers the same every time, and no sound device."""
    monkeypatch.chdir(home)
    monkeypatch.setattr("engine.headless.inputs", list)
    monkeypatch.setattr("engine.headless.outputs", list)
    save(settings_file(), Settings(brain=Brain(temperature=0.0, longest_reply_tokens=30)))
    return home


def test_what_say_wrote_can_be_heard(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main(["say", "The **quick** brown fox jumps over the lazy dog.", "--out", "fox.wav"]) == 0
    sound = read_wav(here / "fox.wav", SPEECH_RATE_HZ)
    assert (
        word_error_rate("the quick brown fox jumps over the lazy dog", transcribe(sound, SPEECH_RATE_HZ))
        <= 0.2
    )
    assert "fox.wav" in capsys.readouterr().err


def test_say_reads_numbers_in_the_spoken_language(here: Path) -> None:
    save(settings_file(), Settings(listening=Listening(language="fr")))
    assert main(["say", "100, 200, 300, 400", "--out", "numbers.wav"]) == 0
    heard = transcribe(read_wav(here / "numbers.wav", SPEECH_RATE_HZ), SPEECH_RATE_HZ).lower()
    assert heard.strip() and "hundred" not in heard


def test_transcribe_prints_the_words(
    capsys: pytest.CaptureFixture[str], here: Path, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    write_wav(here / "speech.wav", recorded_speech[0].samples, HEARING_RATE_HZ)
    assert main(["transcribe", "speech.wav"]) == 0
    assert word_error_rate(recorded_speech[0].text, capsys.readouterr().out) <= 0.2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["transcribe", "nothing.wav"], "There is no file nothing.wav"),
        (["say", "   "], "There is nothing to say"),
        (["say", "Hello.", "--speed", "9"], "out of range"),
        (["ask", "  "], "There is no question"),
        (["ask", "--wav", "nothing.wav"], "nothing.wav"),
        (["voice-report"], "aloud models download kyutai-tts"),
    ],
)
def test_bad_input_says_what_to_do(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("aloud: ")
    assert words in told
    assert "Traceback" not in told


def test_a_file_that_is_no_recording_is_told(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "noise.wav").write_bytes(b"not a recording")
    assert main(["transcribe", "noise.wav"]) == 1
    assert "can't be read" in capsys.readouterr().err


def test_ask_writes_and_speaks_the_answer(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main(["ask", "What is the capital of France?"]) == 0
    answer = capsys.readouterr().out
    assert "Paris" in answer
    sound = read_wav(here / "aloud-reply.wav", SPEECH_RATE_HZ)
    assert word_error_rate(answer, transcribe(sound, SPEECH_RATE_HZ)) <= 0.3


def test_ask_takes_a_recording(
    capsys: pytest.CaptureFixture[str], here: Path, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    write_wav(here / "question.wav", recorded_speech[0].samples, HEARING_RATE_HZ)
    assert main(["ask", "--wav", "question.wav", "--mute"]) == 0
    question, answer = capsys.readouterr().out.split("\n", 1)
    assert word_error_rate(recorded_speech[0].text, question) <= 0.2
    assert answer.strip()


def test_chat_answers_line_after_line_from_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.StringIO("/mute\nWhat is the capital of France?\n\nAnd of Italy?\n/quit\nNo.\n")
    )
    assert main(["chat"]) == 0
    answers = capsys.readouterr().out
    assert "Paris" in answers
    assert len(answers.strip().splitlines()) >= 2


def test_what_was_asked_is_in_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--mute", "What is the capital of France?"]) == 0
    capsys.readouterr()
    assert main(["history", "search", "capital"]) == 0
    assert "capital" in capsys.readouterr().out


def test_a_typo_in_the_settings_is_told_and_the_answer_still_comes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings_file().write_text("[brain]\ntemprature = 0.0\nlongest_reply_tokens = 20\n")
    assert main(["ask", "--mute", "What is the capital of France?"]) == 0
    told = capsys.readouterr()
    assert "line 2" in told.err
    assert "temperature" in told.err
    assert told.out.strip()


def test_doctor_finds_everything_that_the_install_brings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    report = capsys.readouterr().out
    for part in ("Moonshine tiny", "SmolLM2", "hibari", "aloud models download kyutai-tts"):
        assert part in report


def test_doctor_names_what_is_missing_and_how_to_mend_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.registry.find_spec", lambda name: None)
    assert main(["doctor"]) == 1
    assert "make install" in capsys.readouterr().out
