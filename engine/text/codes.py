"""Code within a sentence, said as one would say it to a colleague."""

import re
from typing import Final

from engine.text.language import Language

_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OPERATORS = re.compile(r"->|=>|[=!<>]=|&&|\|\||[-+*/%=<>@#$\\|~^&.]")
_DROPPED: Final = str.maketrans(dict.fromkeys("()[]{}\"'`;,:!?_", " "))


def code_text(code: str, language: Language) -> str:
    """Identifiers as their words, operators by name, brackets and quotes not at all."""
    text = _OPERATORS.sub(lambda found: _operator(found, language), code)
    return " ".join(_CAMEL.sub(" ", text.translate(_DROPPED)).split())


def _operator(found: re.Match[str], language: Language) -> str:
    mark, text = found[0], found.string
    before = text[found.start() - 1 : found.start()]
    after = text[found.end() : found.end() + 1]
    if mark == "." and before.isdigit() and after.isdigit():
        return "."  # a decimal point, which the numbers know how to say
    if mark == "." and not after.isalnum():
        return " "
    if mark == "-" and before.isalnum() and after.isalnum():
        return "-"
    return f" {language.operators[mark]} "
