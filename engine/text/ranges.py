"""From one amount to another: what a dash between two of them means."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from engine.text.language import Language
from engine.text.moments import Moments
from engine.text.money import Money
from engine.text.numbers import Numbers, written

DASHES: Final = "-–—―−"
_TELLING: Final = "–—―"
"""Dashes that are no minus: where one is there, it is the one that stands between."""


class Ranges:
    """Reads ranges of one language; ``say`` reads the amounts at their ends. Pure."""

    def __init__(
        self,
        language: Language,
        numbers: Numbers,
        money: Money,
        moments: Moments,
        say: Callable[[str], str | None],
    ) -> None:
        self._language = language
        self._numbers = numbers
        self._money = money
        self._moments = moments
        self._say = say
        number = written(language)
        self._number = re.compile(rf"[-−+]?(?:{number})")
        self._measure = re.compile(rf"(?P<number>[-−+]?(?:{number})) ?(?P<unit>[^\d\s.,\-–—−].*)")

    def say(self, text: str) -> str | None:
        """``text`` ("5-10 km", "9am–noon", "Mon-Fri") in words, or None where it is no range."""
        for first, last in _cuts(text):
            said = self._between(first, last)
            if said is not None:
                return said
        return None

    def is_end(self, word: str, *, after_amount: bool) -> bool:
        """Whether ``word`` can end a range. ``after_amount``: one that begins with a number or a time."""
        contexts = self._language.contexts
        if any(char.isdigit() for char in word):
            return self._say(word) is not None
        lowered = word.lower()
        if after_amount:
            return lowered in contexts.range_ends
        return bool(contexts.weekdays.get(lowered)) or bool(self._moments.month(word))

    def _between(self, first: str, last: str) -> str | None:
        if not any(char.isdigit() for char in first):
            return self._named(first, last)
        if last.lower() in self._language.contexts.range_ends:
            low = self._say(first)
            return f"{low} {self._language.words['to']} {last}" if low else None
        if not any(char.isdigit() for char in last):
            return None
        return (
            self._money.between(first, last)
            or self._moments.between(first, last)
            or self._counts(first, last)
            or self._amounts(first, last)
        )

    def _named(self, first: str, last: str) -> str | None:
        """From one weekday or month to another."""
        weekdays = self._language.contexts.weekdays
        low = weekdays.get(first.lower()) or self._moments.month(first)
        high = weekdays.get(last.lower()) or self._moments.month(last)
        if not low or not high or (first[0].isupper() != last[0].isupper()):
            return None
        return f"{low} {self._language.words['to']} {high}"

    def _counts(self, first: str, last: str) -> str | None:
        """A number to a number or a measure, the unit said once where both have it."""
        unit = self._measure.fullmatch(first)
        same = self._measure.fullmatch(last)
        if unit and same and unit["unit"].strip() == same["unit"].strip() and self._say(first):
            first = unit["number"]
        if not self._number.fullmatch(first):
            return None
        if re.fullmatch(r"1[1-9]\d\d|20\d\d", first) and re.fullmatch(r"0\d", last):
            last = first[:2] + last
        high = self._say(last) or self._lettered(last)
        if high is None:
            return None
        if first == last:
            return f"{self._signed(first)} {high}"
        return f"{self._signed(first)} {self._language.words['to']} {high}"

    def _lettered(self, text: str) -> str | None:
        """A number with a letter that is no unit: 5-10x."""
        found = re.fullmatch(rf"(?P<number>{written(self._language)})(?P<letter>[^\W\d_])", text)
        return f"{self._numbers.read(found['number'])} {found['letter']}" if found else None

    def _amounts(self, first: str, last: str) -> str | None:
        low, high = self._say(first), self._say(last)
        return f"{low} {self._language.words['to']} {high}" if low and high else None

    def _signed(self, number: str) -> str:
        words = self._language.words
        sign = {"-": words["minus"], "−": words["minus"], "+": words["plus"]}.get(number[0])
        return f"{sign} {self._numbers.read(number[1:])}" if sign else self._numbers.read(number)


def _cuts(text: str) -> Iterator[tuple[str, str]]:
    """``text`` before and after each dash that may stand between two amounts."""
    places = [place for place, char in enumerate(text) if char in DASHES and place]
    places = [place for place in places if text[place - 1] not in DASHES + "+± "]
    for place in sorted(places, key=lambda place: text[place] not in _TELLING):
        first, last = text[:place], text[place + 1 :]
        is_arrow = last.startswith(">") or first.endswith("<")
        if last.strip() == last != "" and not is_arrow:
            yield first, last
