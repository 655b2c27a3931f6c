"""English words that remember what they were made of."""

import pickle

from engine.errors import AloudError, DownloadFailed, ExtraMissing
from engine.units import ByteCount
from engine.wording import Wording


def test_a_wording_is_plain_english_to_all_but_a_translator() -> None:
    said = Wording("{model} needs {size}.", model="Parakeet", size=ByteCount(652e6))
    assert said == "Parakeet needs 652 MB."
    assert (said.template, said.values["model"]) == ("{model} needs {size}.", "Parakeet")
    assert type(str(said)) is str


def test_without_values_nothing_is_filled_in() -> None:
    assert Wording("{braces} stay") == "{braces} stay"


def test_a_wording_made_of_a_wording_is_the_same() -> None:
    said = Wording("It is in {folder}.", folder="/a")
    again = Wording(said)
    assert (again, again.template, again.values) == (said, said.template, said.values)


def test_of_an_error_only_its_words_are_kept() -> None:
    inner = DownloadFailed("{server} is away.", server="hub")
    outer = AloudError("It failed: {reason}.", reason=inner)
    assert str(outer) == "It failed: hub is away.."
    reason = outer.message.values["reason"]
    assert isinstance(reason, Wording) and reason.template == "{server} is away."
    plain = AloudError("It failed: {reason}.", reason=ValueError("a bad value"))
    assert plain.message.values == {"reason": "a bad value"}


def test_message_and_remedy_share_the_values() -> None:
    error = AloudError("{file} is damaged.", "Mend {file}.", file="a.gguf")
    assert (str(error), error.remedy) == ("a.gguf is damaged.", "Mend a.gguf.")
    assert error.args == ("a.gguf is damaged.",)


def test_an_error_that_crosses_a_process_keeps_its_words() -> None:
    error = pickle.loads(pickle.dumps(AloudError("{file} is damaged.", "Mend {file}.", file="a.gguf")))
    assert (str(error), error.remedy) == ("a.gguf is damaged.", "Mend a.gguf.")


def test_a_missing_package_is_named() -> None:
    error = ExtraMissing(Wording("The built-in voice"), "hibari-tts")
    assert str(error) == "The built-in voice needs the package hibari-tts, which is not installed."
    assert error.message.template.startswith("{backend} needs")
