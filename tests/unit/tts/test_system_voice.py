"""The system's own voice, through a stand-in for `say` on PATH."""

from pathlib import Path

import pytest

from engine.crossing import TextFeed
from engine.errors import BackendCrashed, BackendUnavailable
from engine.ports import SpeakableWord
from engine.tts.system_voice import SystemVoice
from tests.fakes import say


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def system_voice(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> SystemVoice:
    say.install(on_path)
    monkeypatch.setenv("PATH", f"{on_path}:/usr/bin:/bin")
    return SystemVoice()


def hello() -> TextFeed:
    feed = TextFeed()
    feed.put(SpeakableWord("Hello", 0, 5))
    feed.put(SpeakableWord("there.", 6, 12))
    feed.end()
    return feed


def test_without_a_program_it_says_what_to_install(on_path: Path) -> None:
    with pytest.raises(BackendUnavailable) as told:
        SystemVoice()
    assert "espeak-ng" in told.value.remedy


def test_it_lists_voices_with_spaces_in_their_names(system_voice: SystemVoice) -> None:
    assert system_voice.voices() == ("system", "Albert", "Amélie", "Eddy (English (UK))")


def test_words_share_the_phrase_by_their_letters(system_voice: SystemVoice) -> None:
    words = [word for piece in system_voice.speak(hello()) for word in piece.words]
    assert [word.text for word in words] == ["Hello", "there."]
    assert words[0].offset_samples < 500
    assert words[1].offset_samples == pytest.approx(0.06 * 6 * 24_000, rel=0.1)


def test_a_voice_it_does_not_have_is_told_as_the_program_tells_it(system_voice: SystemVoice) -> None:
    with pytest.raises(BackendCrashed, match=r"Zarvox.*not found"):
        list(system_voice.speak(hello(), voice="Zarvox"))


def test_a_file_that_is_no_sound_is_told(system_voice: SystemVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SAY_BREAKS", "1")
    with pytest.raises(BackendCrashed, match="wrote no sound"):
        list(system_voice.speak(hello()))


def test_a_program_that_vanished_is_told(system_voice: SystemVoice, on_path: Path) -> None:
    (on_path / "say").unlink()
    with pytest.raises(BackendCrashed):
        system_voice.warm()
