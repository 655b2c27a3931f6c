"""What the engine says, in the language of the interface."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from app import amounts, errors
from app.hotkey.chord import parse
from app.hotkey.ports import ChordTaken
from app.locale import Translation
from engine.errors import AloudError, BackendCrashed, BrainRefused, DiskFull, ExtraMissing
from engine.events import Port
from engine.history.store import ENDED_WITH_THE_PROGRAM
from engine.llm.failures import no_such_model
from engine.settings import load
from engine.units import ByteCount
from engine.wording import Wording


@pytest.fixture
def french(qapp: QApplication) -> Iterator[Translation]:
    before = QLocale()
    translation = Translation(qapp)
    translation.use("fr")
    yield translation
    translation.use("en")
    translation.deleteLater()
    QLocale.setDefault(before)


def test_an_error_is_told_with_what_to_do_about_it(french: Translation) -> None:
    error = no_such_model("localhost", "qwen", ("a", "b"))
    assert errors.told(error) == (
        "localhost n’a pas de modèle «\N{NO-BREAK SPACE}qwen\N{NO-BREAK SPACE}». "
        "Choisissez-en un qu’il possède\N{NO-BREAK SPACE}: a, b."
    )
    assert str(error) == "localhost has no model 'qwen'.", "a log stays English"
    french.use("en")
    assert errors.told(error) == "localhost has no model 'qwen'. Choose one that it has: a, b."


def test_amounts_names_and_numbers_in_an_error_are_the_language_s_too(french: Translation) -> None:
    full = DiskFull(
        "{model} needs {needed} more on the disk and {free} are free.",
        model="Parakeet", needed=ByteCount(3.71e9), free=ByteCount(652e6),
    )  # fmt: skip
    nb = "\N{NO-BREAK SPACE}"
    assert f"3,7{nb}Go" in errors.told(full) and f"652{nb}Mo" in errors.told(full)
    soon = Wording("It stopped and restarts in {delay_s:.1f} s.", delay_s=2.54)
    assert "2,5 s" in errors.words(soon)
    crashed = BackendCrashed("The {part} crashed.", part=Port.SYNTHESIZER.value)
    assert errors.told(crashed) == "La voix a planté."
    missing = ExtraMissing(Wording("The built-in voice"), "hibari-tts")
    assert errors.told(missing).startswith("La voix intégrée")


def test_a_chord_in_an_error_is_named_as_the_keyboard_is(french: Translation) -> None:
    taken = ChordTaken("Another app already uses {chord}.", chord=parse("ctrl+alt+space"))
    assert errors.told(taken).endswith("⌃⌥Espace." if sys.platform == "darwin" else "Ctrl+Alt+Espace.")
    assert str(taken) == "Another app already uses ctrl+alt+space."


def test_what_is_wrong_with_the_settings_file_is_told_part_by_part(
    french: Translation, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[voice]\nspeeed = 2\n")
    (problem,) = load(file)[1]
    told = errors.told(problem)
    assert "ligne 2" in told and "vouliez-vous dire speed" in told
    assert str(problem).startswith("settings.toml, line 2: voice.speeed is not a setting")


def test_what_no_template_made_stays_as_it_is(french: Translation) -> None:
    assert errors.words("What the server wrote", "") == "What the server wrote"
    assert errors.told(AloudError("Never seen before.", "Nor this.")) == "Never seen before. Nor this."


@pytest.mark.parametrize(
    "error",
    [
        no_such_model("localhost", "qwen", ()),
        BrainRefused("{server} gets too many requests.", server="api.openai.com"),
        BackendCrashed("The {part} crashed.", part="synthesizer"),
        AloudError(str(ENDED_WITH_THE_PROGRAM)),
    ],
)
def test_a_sentence_that_was_kept_in_english_is_told_in_the_language(
    french: Translation, error: AloudError
) -> None:
    kept = str(error)
    assert errors.read_back(kept) == kept
    assert errors.words(errors.read_back(kept)) == errors.words(Wording(error.message))
    assert errors.words(errors.read_back(kept)) != kept


def test_any_other_kept_sentence_is_told_as_it_was(french: Translation) -> None:
    assert (
        errors.words(errors.read_back("Something of an older version.")) == "Something of an older version."
    )
    assert errors.words(errors.read_back("Note: it failed.")) == "Note: it failed."
    assert errors.read_back("") == ""


def test_numbers_are_written_and_read_as_the_language_does(french: Translation) -> None:
    nb = "\N{NO-BREAK SPACE}"
    assert amounts.number(1.25, 2) == "1,25"
    assert amounts.percent(0.46) == f"46{nb}%"
    assert [amounts.size(count) for count in (94e3, 652e6, 3.7e9)] == [
        f"94{nb}ko", f"652{nb}Mo", f"3,7{nb}Go",
    ]  # fmt: skip
    assert (amounts.duration(0.061), amounts.duration(12.34)) == (f"61{nb}ms", f"12,3{nb}s")
    assert amounts.read_number("0,5") == amounts.read_number("0.5") == 0.5
    french.use("en")
    assert (amounts.number(1.25, 2), amounts.percent(0.46), amounts.size(3.7e9)) == ("1.25", "46%", "3.7 GB")
