"""Settings survive any bytes, name what is wrong, and keep what a person wrote."""

import errno
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from engine.errors import DiskFull
from engine.settings import Brain, General, Settings, Sharing, Voice, load, save

TOML = st.sampled_from(
    [
        "[voice]",
        "[brain]",
        "[general",
        "speed = 3",
        "speed = 1.2",
        "muted = true",
        "muted = 'yes'",
        "= =",
        "[[voice]]",
        "voice = 3",
        "system_prompt = '''",
        "\x00",
        "[voice.speed]",
        "é = 1",
        "brain.model = 'x'",
    ]
)

ANY_FILE = st.one_of(
    st.binary(max_size=200), st.lists(TOML, max_size=6).map(lambda all: "\n".join(all).encode())
)


@given(ANY_FILE)
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_bytes_load_and_stay(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(data)
    settings, problems = load(path)
    assert isinstance(settings, Settings)
    assert all(problem.remedy for problem in problems)
    assert path.read_bytes() == data


@given(st.binary(max_size=100), st.floats(0.5, 2.0), st.text(max_size=50))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_what_was_saved_loads_over_any_bytes(tmp_path: Path, data: bytes, speed: float, prompt: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(data)
    brain = Brain(system_prompt=prompt.encode(errors="ignore").decode())
    chosen = Settings(voice=Voice(speed=speed), brain=brain)
    save(path, chosen)
    assert load(path)[0] == chosen


def test_no_file_means_defaults_without_a_complaint(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.toml") == (Settings(), [])


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[voice]\n# quick\nspede = 1.2\n", "line 3", "did you mean speed?"),
        ("[voice]\nspeed = 9.0\n", "line 2", "speed"),
        ("[voice]\nspeed = 'fast'\n", "line 2", "speed"),
        ("[vioce]\nspeed = 1.0\n", "line 1", "did you mean voice?"),
        ("[general]\nhotkey = \n", "line 2", "not TOML"),
        ("voice = 3\n", "line 1", "not a section"),
    ],
)
def test_a_typo_is_named_with_its_line(tmp_path: Path, text: str, line: str, word: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    settings, [problem] = load(path)
    assert settings == Settings()
    assert line in str(problem)
    assert word in str(problem)


def test_one_bad_value_does_not_cost_the_others(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[voice]\nspeed = 9.0\nmuted = true\n[sharing]\nport = 4000\n")
    assert load(path)[0] == Settings(voice=Voice(muted=True), sharing=Sharing(port=4000))


def test_saving_keeps_comments_and_what_was_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n[voice]\nspeed = 1.5 # brisk\n")
    save(path, Settings(voice=Voice(speed=1.5, muted=True), general=General(sounds=False)))
    text = path.read_text()
    assert "# mine" in text
    assert "speed = 1.5 # brisk" in text
    assert load(path)[0].voice.muted


def test_saving_over_a_broken_file_keeps_the_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[voice\n")
    save(path, Settings(voice=Voice(muted=True)))
    assert load(path)[0].voice.muted
    assert [kept.read_text() for kept in tmp_path.glob("settings.toml.unreadable-*")] == ["[voice\n"]


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(path, Settings(voice=Voice(speed=1.25)))
    assert path.read_text().strip() == "[voice]\nspeed = 1.25"


def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    save(path, Settings(voice=Voice(speed=1.25)))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull) as refused:
        save(path, Settings(voice=Voice(speed=1.5)))
    assert refused.value.remedy
    assert load(path)[0].voice.speed == 1.25
    assert list(tmp_path.iterdir()) == [path]
