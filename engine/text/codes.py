"""Code within a sentence, said as one would say it to a colleague."""

import re
from typing import Final

from engine.text.language import Language

_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAG = re.compile(r"(?:^|(?<=[\s>\w]))</?([A-Za-z][\w-]*)(?:\s+[\w:-]+=(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_OPERATORS = re.compile(r"<=>|[!=]==|->|=>|[=!<>]=|\+=|-=|\*\*|&&|\|\||!(?=[\w(])|[-+*/%=<>@#$\\|~^&.]")
_DROPPED: Final = str.maketrans(dict.fromkeys("()[]{}\"'`;,:!?_", " "))
_LONG: Final = {"!==": "!=", "===": "=="}


def code_text(code: str, language: Language) -> str:
    """Identifiers and tags as their words, operators by name, brackets and quotes not at all."""
    text = _TAG.sub(r" \1 ", code)
    text = _OPERATORS.sub(lambda found: _operator(found, language), text)
    return " ".join(_CAMEL.sub(" ", text.translate(_DROPPED)).split())


def _operator(found: re.Match[str], language: Language) -> str:
    mark, text = _LONG.get(found[0], found[0]), found.string
    before = text[: found.start()][-1:]
    after = text[found.end() : found.end() + 1]
    if mark == "." and before.isdigit() and after.isdigit():
        return "."  # a decimal point, which the numbers know how to say
    if mark == "." and not after.isalnum():
        return " "
    if mark == "!" and (before.isalnum() or before == "_"):
        return " "  # a macro's name
    if mark == "-" and before.isalnum() and after.isalnum():
        return "-"
    if mark == "-" and (after.isdigit() or (before.isspace() and after.isspace())):
        return f" {language.symbols['−']} "
    return f" {language.operators[mark]} "
