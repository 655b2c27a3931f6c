"""Every text of the app in every shipped language, before the window opens and while it is open."""

import ast
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

import app
from app.hotkey import chord
from app.hotkey.keys import KEYS
from app.locale import SHIPPED, Translation, catalogue, resolve
from app.settings.personas import personas
from engine.broadcast.trust_steps import TRUST_STEPS
from engine.events import Port
from tests.wordings import fields, templates

APP = Path(app.__file__).parent


def texts() -> Iterator[tuple[str, str]]:
    """Every text that the program wants translated, and where it stands."""
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            argument = {"tr": node.args[-1], "translate": node.args[min(1, len(node.args) - 1)]}.get(name)
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, f"{path.relative_to(APP)}:{node.lineno}"


@pytest.fixture
def translation(qapp: QApplication) -> Iterator[Translation]:
    before = QLocale()
    translation = Translation(qapp)
    yield translation
    translation.use("en")
    translation.deleteLater()
    QLocale.setDefault(before)


@pytest.mark.parametrize("language", [language for language in SHIPPED if language != "en"])
def test_every_text_of_the_app_is_translated(language: str) -> None:
    entries = catalogue(language)
    missing = sorted({f"{text!r} ({where})" for text, where in texts() if text not in entries})
    assert missing == []


@pytest.mark.parametrize("language", [language for language in SHIPPED if language != "en"])
def test_translations_take_the_same_values_and_are_not_empty(language: str) -> None:
    for source, shown in catalogue(language).items():
        assert shown.strip(), source
        assert shown.count("%s") == source.count("%s"), source
        assert fields(shown) == fields(source), source


def test_every_error_and_wording_is_written_as_a_template_with_its_values() -> None:
    assert [f"{one.where}: {one.fault}" for one in templates() if one.fault] == []


@pytest.mark.parametrize("language", [language for language in SHIPPED if language != "en"])
def test_everything_the_engine_says_is_translated(language: str) -> None:
    entries = catalogue(language)
    said = [one for one in templates() if not one.fault]
    missing = {f"{one.text!r} ({one.where})" for one in said if one.text not in entries}
    assert sorted(missing) == []


@pytest.mark.parametrize("language", [language for language in SHIPPED if language != "en"])
def test_keys_and_parts_have_names_in_every_language(language: str) -> None:
    labels = {key.label for key in KEYS.values() if len(key.label) > 1 and not key.name[1:].isdigit()}
    modifiers = {*chord._MAC_WORDS.values(), *chord._WORDS.values()}
    parts = {port.value for port in Port}
    assert sorted((labels | modifiers | parts) - catalogue(language).keys()) == []


def test_a_text_is_in_its_catalogue_once() -> None:
    raw = files("resources").joinpath("locale", "fr.json").read_text("utf-8")
    pairs: list[tuple[str, str]] = json.loads(raw, object_pairs_hook=list)
    sources = [source for source, _ in pairs]
    assert len(sources) == len(set(sources))


@pytest.mark.parametrize("language", [language for language in SHIPPED if language != "en"])
def test_no_two_texts_look_alike_so_that_each_finds_its_way_back(language: str) -> None:
    shown = list(catalogue(language).values())
    assert sorted({text for text in shown if shown.count(text) > 1}) == []


def test_what_chords_are_used_for_is_translated_too() -> None:
    uses = {*chord._MAC_SYSTEM.values(), *chord._LINUX_SYSTEM.values()}
    assert sorted(uses - catalogue("fr").keys()) == []


def test_how_to_trust_the_room_is_translated_too() -> None:
    texts = {*TRUST_STEPS, *(step for steps in TRUST_STEPS.values() for step in steps)}
    assert sorted(texts - catalogue("fr").keys()) == []


def test_the_system_s_language_is_taken_where_it_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    class System:
        languages: tuple[str, ...] = ()

        def uiLanguages(self) -> tuple[str, ...]:
            return self.languages

    system = System()
    monkeypatch.setattr(QLocale, "system", lambda: system)
    for languages, wanted in ((("fr-CA", "en"), "fr"), (("de-DE", "fr"), "fr"), (("ja",), "en"), ((), "en")):
        system.languages = languages
        assert resolve("system") == wanted
    assert resolve("fr") == "fr"


def test_the_language_changes_what_is_made_and_what_stands_on_the_screen(
    translation: Translation, qapp: QApplication
) -> None:
    label, button, field = QLabel("Voice"), QPushButton("Cancel"), QLineEdit()
    written = QLabel("My own words")
    field.setPlaceholderText("Ask something")
    field.setAccessibleName("Question")
    button.setToolTip("Stop")
    translation.use("fr")
    assert label.text() == "Voix"
    assert (button.text(), button.toolTip()) == ("Annuler", "Arrêter")
    assert field.placeholderText() == "Demandez quelque chose"
    assert written.text() == "My own words"
    assert [name for name, _ in personas()][1] == "Bref"
    translation.use("en")
    assert (label.text(), button.text()) == ("Voice", "Cancel")
    assert [name for name, _ in personas()][1] == "Brief"
    for widget in (label, button, field, written):
        widget.deleteLater()
