"""Sums of money: the currency before or after, as a sign or a code, with cents or a magnitude."""

import re
from typing import Final, NamedTuple

from engine.text.language import Language
from engine.text.numbers import Numbers, written

_SIGNS: Final = "[$€£¥₹₩₽¢]"
_VOWELS: Final = "aeiouyéèêâîô"


class Sum(NamedTuple):
    """A sum as it is written: ``magnitude`` may be empty."""

    sign: str
    number: str
    magnitude: str
    currency: str


class Money:
    """Reads sums of one language. Pure."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self._language = language
        self._numbers = numbers
        number = written(language)
        magnitude = "|".join(sorted(map(re.escape, language.magnitudes), key=len, reverse=True))
        codes = "|".join(name for name in language.currencies if name.isalpha())
        currency = rf"(?P<currency>{_SIGNS}|{codes})"
        amount = rf"(?P<number>{number}) ?(?P<magnitude>{magnitude})?"
        sign, country = "(?P<sign>[-−+]?)", r"(?:[A-Z]{1,2}(?=\$))?"
        self._before = re.compile(rf"{sign}{country}{currency} ?(?P<late>[-−+]?){amount}")
        self._after = re.compile(rf"{sign}{amount} ?{currency}")

    def parse(self, text: str) -> Sum | None:
        """``text`` as a sum, or None where it is none."""
        found = self._before.fullmatch(text) or self._after.fullmatch(text)
        if found is None:
            return None
        groups = found.groupdict("")
        return Sum(
            groups["sign"] or groups.get("late", ""), found["number"], groups["magnitude"], found["currency"]
        )

    def say(self, text: str) -> str | None:
        """A sum in words, or None where ``text`` is none."""
        parsed = self.parse(text)
        return None if parsed is None else self._say(parsed)

    def between(self, first: str, last: str) -> str | None:
        """A range of sums in words, its currency said once where both share it; None where it is none."""
        low, high = self.parse(first), self.parse(last)
        if low is None and high is None:
            return None
        if low is None and high is not None:
            low = Sum("", first, "", high.currency) if self._is_number(first) else None
        elif high is None and low is not None:
            high = self.parse(f"{low.currency}{last}")
        if low is None or high is None:
            return None
        _, cents = self._numbers.parts(low.number)
        shared = low.currency == high.currency and low.magnitude in ("", high.magnitude) and not cents
        start = self._sign(low.sign) + self._numbers.read(low.number) if shared else self._say(low)
        return f"{start} {self._language.words['to']} {self._say(high)}"

    def _is_number(self, text: str) -> bool:
        return re.fullmatch(written(self._language), text) is not None

    def _say(self, money: Sum) -> str:
        one, many = self._language.currencies[money.currency]
        whole, cents = self._numbers.parts(money.number)
        sign = self._sign(money.sign)
        if money.magnitude:
            magnitude = self._language.magnitudes[money.magnitude]
            said = f"{sign}{self._numbers.read(money.number)} {magnitude} {many}"
            return re.sub(rf"\bde (?=[{_VOWELS}])", "d'", said)
        if len(cents) == 2 and money.currency in ("$", "€", "£", "USD", "EUR", "GBP"):
            return sign + self._coins(whole or "0", cents, one, many)
        noun = one if whole == "1" and not cents else many
        said = self._numbers.read(money.number) if cents else self._numbers.counting(whole, one)
        return f"{sign}{said} {noun}"

    def _sign(self, mark: str) -> str:
        return {"": "", "+": self._language.words["plus"] + " "}.get(
            mark, self._language.words["minus"] + " "
        )

    def _coins(self, whole: str, cents: str, one: str, many: str) -> str:
        units = f"{self._numbers.counting(whole, one)} {one if whole == '1' else many}"
        if cents == "00":
            return units
        coins = self._numbers.cardinal(cents.lstrip("0"))
        if self._language.code == "fr":
            return f"{units} {coins}"
        small = ("penny", "pence") if one == "pound" else ("cent", "cents")
        coins = f"{coins} {small[0] if cents == '01' else small[1]}"
        return coins if whole == "0" else f"{units} {self._language.words['and']} {coins}"
