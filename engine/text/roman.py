"""Roman numerals, read as numbers only where the word before leaves no doubt."""

import re

from engine.text.language import Language
from engine.text.numbers import Numbers

_NUMERAL = re.compile(r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_CENTURY = re.compile(r"(?P<numeral>[IVX]+)(?P<mark>[a-zèé]+)")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}


class Roman:
    """Reads numerals in one language. Pure."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self._language = language
        self._numbers = numbers

    def say(self, token: str, previous: str) -> str | None:
        """``token`` in words, or None where it may be letters. ``previous``: the token before it."""
        if said := self._century(token):
            return said
        numeral, _, owner = token.partition("'")
        if not _NUMERAL.fullmatch(numeral) or (owner and owner != "s"):
            return None
        said = self._counted(numeral, previous)
        return f"{said}'s" if said and owner else said

    def _counted(self, numeral: str, previous: str) -> str | None:
        value = str(_value(numeral))
        contexts = self._language.contexts
        if previous in contexts.regnal and numeral != "I":
            if self._language.code == "fr":
                return self._numbers.cardinal(value)
            return f"the {self._numbers.ordinal(value)}"
        counts = previous.lower() in contexts.numbered and (previous[:1].isupper() or len(numeral) > 1)
        is_title = previous[:1].isupper() and not previous.isupper() and _is_no_word(numeral)
        return self._numbers.cardinal(value) if counts or is_title else None

    def _century(self, token: str) -> str | None:
        found = _CENTURY.fullmatch(token)
        if not found or found["mark"] not in self._language.contexts.centuries:
            return None
        if not _NUMERAL.fullmatch(found["numeral"]):
            return None
        return self._numbers.ordinal(str(_value(found["numeral"])), found["mark"])


def _is_no_word(numeral: str) -> bool:
    """Whether ``numeral`` stands for nothing else, as IV, XL and XXX do."""
    return numeral == "II" or (len(numeral) > 2 and numeral.strip("X") != "" and "L" not in numeral)


def _value(numeral: str) -> int:
    values = [_VALUES[letter] for letter in numeral]
    after = [*values[1:], 0]
    return sum(-value if value < following else value for value, following in zip(values, after, strict=True))
