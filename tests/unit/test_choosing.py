"""Which backend "auto" means, and what a language or a blocked word changes."""

import pytest

from engine.build import choices
from engine.errors import BackendUnavailable, ExtraMissing
from engine.registry import TRANSCRIBERS, choose
from engine.settings import Listening, Settings
from engine.sharing import BlockedWords

FRENCH = Settings(listening=Listening(language="fr"))


def test_english_is_understood_by_what_is_there() -> None:
    assert choose(TRANSCRIBERS, "auto", Settings()).name == "moonshine"


def test_french_wants_parakeet_and_says_so() -> None:
    with pytest.raises(BackendUnavailable) as refused:
        choose(TRANSCRIBERS, "auto", FRENCH).load(FRENCH, lambda fraction, detail: None)
    assert "parakeet" in refused.value.remedy


def test_numbers_are_read_in_the_language_that_is_spoken() -> None:
    assert (choices(Settings()).language, choices(FRENCH).language) == ("en", "fr")


def test_nothing_installed_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.registry.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing):
        choose(TRANSCRIBERS, "auto", Settings())


@pytest.mark.parametrize(
    ("question", "passes"),
    [
        ("Why is the sky blue?", True),
        ("Say DARN, please.", False),
        ("What is a darning needle?", True),
        ("...", False),
    ],
)
def test_blocked_words_are_whole_words_in_any_case(question: str, passes: bool) -> None:
    assert BlockedWords(("darn",))(question) is passes


def test_other_words_can_be_blocked_while_questions_come() -> None:
    passes = BlockedWords(("darn",))
    passes.block(("heck",))
    assert (passes("Darn!"), passes("What the heck?")) == (True, False)
