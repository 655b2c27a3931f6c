"""Units of measurement by their written names."""

import re
from typing import Final

from engine.text.language import Language
from engine.text.numbers import Numbers

_DURATIONS: Final = ("s", "min", "h")
_SPACED: Final = frozenset({"A", "B", "J", "K", "M", "V", "k", "T", "o", "s"})
"""Units that are read as such only when they touch their number."""


class Units:
    """Names units of one language. Pure."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self._language = language
        self._numbers = numbers

    def name(self, written: str, count: str) -> str | None:
        """What is said for the unit ``written`` after the number ``count``, or None where it is none."""
        return self._form(written.replace("^", ""), self._is_many(count))

    def measure(self, sign: str, number: str, unit: str) -> str | None:
        """``number`` with its unit, both as written, or None; ``sign`` is already in words."""
        if unit.startswith(" ") and unit.strip() in _SPACED:
            return None
        name = self.name(unit.strip(), number)
        if name is None:
            return None
        if not number.isdigit():
            return f"{sign}{self._numbers.read(number)} {name}"
        return f"{sign}{self._numbers.counting(number, self._form(unit.strip(), many=False) or '')} {name}"

    def _is_many(self, count: str) -> bool:
        if self._language.code == "fr":
            return self._numbers.value(count) >= 2
        return re.fullmatch(r"0*1|\d/\d+", count) is None

    def _form(self, name: str, many: bool) -> str | None:
        units, words = self._language.units, self._language.words
        if name in units:
            return units[name][many]
        if "/" in name:
            above, below = name.split("/", 1)
            over, under = self._form(above, many), self._form(below, many=False)
            return f"{over} {words['per']} {under}" if over and under else None
        if len(name) > 1 and name[-1] in "23" and name[:-1] in units:
            return self._raised(name[:-1], name[-1], many)
        return None

    def _raised(self, name: str, power: str, many: bool) -> str:
        said = self._language.units[name][many]
        if name in _DURATIONS:
            return f"{said} {self._language.powers[power]}"
        shape = self._language.words["square" if power == "2" else "cubic"]
        if self._language.code == "en":
            return f"{shape} {said}"
        return f"{said} {shape if many else shape.removesuffix('s')}"
