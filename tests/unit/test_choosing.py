"""Which backend "auto" means, and what a language or a blocked word changes."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.build import choices
from engine.errors import BackendUnavailable, ExtraMissing
from engine.registry import TRANSCRIBERS, choose, kyutai_folders
from engine.settings import Brain, Listening, Settings, Sharing, Voice
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


def test_a_brain_is_told_how_to_let_several_voices_talk() -> None:
    brain = Brain(provider="compatible", base_url="http://localhost:1/v1", system_prompt="Be brief.")
    one, two = (choices(Settings(brain=brain, voice=Voice(voice=name))) for name in ("alice", "alice+bob"))
    assert (one.system_prompt, one.voice.speakers) == ("Be brief.", 1)
    assert two.voice.speakers == 2
    assert two.system_prompt.startswith("Be brief.\n")
    assert "S1: to S2:" in two.system_prompt


def test_voices_that_come_later_are_looked_for_where_they_will_be(tmp_path: Path) -> None:
    folder, (own, fetched) = kyutai_folders(Settings(voice=Voice(kyutai_folder=str(tmp_path))))
    assert (folder, own) == (tmp_path, tmp_path / "voices")
    assert "tts-voices" in str(fetched)
    assert not fetched.exists()


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
        ("Please SHUT up.", False),
        ("?", True),
        ("👍", True),
    ],
)
def test_blocked_words_are_whole_words_or_phrases_in_any_case(question: str, passes: bool) -> None:
    assert BlockedWords(("darn", "shut up"))(question) is passes


def test_other_words_can_be_blocked_while_questions_come() -> None:
    passes = BlockedWords(("darn",))
    passes.block(("heck",))
    assert (passes("Darn!"), passes("What the heck?")) == (True, False)


def test_the_voice_leaves_blocked_words_out_while_the_room_is_shared() -> None:
    sharing = Sharing(blocked_words=("darn",))
    assert choices(Settings(sharing=sharing)).voice.unspoken == ()
    assert choices(Settings(sharing=replace(sharing, enabled=True))).voice.unspoken == ("darn",)
