"""What is said for a token that is made of digits; each kind of amount is asked whether it is its own."""

import re
from collections.abc import Callable
from typing import Final

from engine.text.digit_groups import DigitGroups
from engine.text.language import Language
from engine.text.moments import Moments
from engine.text.money import Money
from engine.text.numbers import Numbers, written
from engine.text.ranges import Ranges
from engine.text.units import Units

_APPROXIMATE = re.compile(r"(\+/-|\+-|<=|>=|[~≈<>≤≥±])(?=[\d.,$€£¥+-])")
_EXPONENT: Final = r"\^[({]?(?P<power>[-−+]?\d+)[)}]?"
_AS_ONE: Final = {"+/-": "±", "+-": "±", "<=": "≤", ">=": "≥"}


class Amounts:
    """Reads number tokens of one language. Pure."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._words = language.words
        self._numbers = Numbers(language)
        self._units = Units(language, self._numbers)
        self._money = Money(language, self._numbers)
        self._moments = Moments(language, self._numbers)
        self._groups = DigitGroups(language, self._numbers)
        self._ranges = Ranges(language, self._numbers, self._money, self._moments, self.say)
        self._rules = [(re.compile(pattern), say) for pattern, say in self._patterns()]

    def _patterns(self) -> list[tuple[str, Callable[[re.Match[str]], str | None]]]:
        """What remains once the others were asked, in the order in which it is tried."""
        number = written(self._language)
        sign = r"(?P<sign>[-−+]?)"
        grouped = r"\d{1,3}(?:,\d{3})+|\d+" if self._language.decimal_mark == "." else r"\d+"
        signs = "|".join(map(re.escape, self._language.contexts.number_signs))
        return [
            (rf"(?i:(?P<abbreviation>{signs})) ?(?P<rest>\d.*)", self._signed),
            (rf"(?P<num>{grouped})(?P<mark>{'|'.join(self._language.ordinal_marks)})", self._ordinal),
            (r"(?P<whole>\d+)[- ](?P<fraction>[1-9]\d?/[1-9]\d?)(?: ?(?P<unit>\S+))?", self._mixed),
            (r"(?P<fraction>\d{1,4}/\d{1,4}) ?(?P<unit>[^\d\s/]\S*)", self._part),
            (r"(?P<a>\d{1,4})/(?P<b>\d{1,4})", self._fraction),
            (r"(?P<a>\d+):(?P<b>\d+)", self._ratio),
            (rf"(?P<a>{number})[x×](?P<b>{number})", self._product),
            (rf"{sign}(?P<num>{number})[eE](?P<power>[-−+]?\d+)", self._scientific),
            (rf"{sign}(?:(?P<num>{number})[x×·])?(?P<base>{number}){_EXPONENT}(?P<unit> ?\S+)?", self._power),
            (rf"{sign}(?P<num>{number})(?P<unit> ?[^\d\s.,].*)", self._measure),
            (rf"{sign}(?P<num>{number})", self._plain),
            (r"(?P<feet>[1-9])'(?P<inches>1?\d)", self._height),
            (r"(?P<amount>.*\d.*)/(?P<unit>[^\W\d_]+)", self._each),
            (r"(?P<listed>\d+(?:,\d+)+)", self._listed),
        ]

    def say(self, token: str, previous: str = "") -> str | None:
        """``token`` in words, or None where it is no number. ``previous``: the token before it."""
        if not any(char.isdigit() for char in token):
            return self._ranges.say(token)
        if found := _APPROXIMATE.match(token):
            said = self.say(token[found.end() :].lstrip(), previous)
            return f"{self._language.symbols[_AS_ONE.get(found[1], found[1])]} {said}" if said else None
        for ask in (self._moments.say, self._groups.say):
            if (said := ask(token, previous)) is not None:
                return said
        if (said := self._money.say(token)) is not None:
            return said
        for pattern, read in self._rules:
            if (found := pattern.fullmatch(token)) and (said := read(found)):
                return said
        return self._ranges.say(token)

    def agree(self, token: str, following: str) -> str | None:
        """A whole French number as it is said before ``following``: "une fois", "deux millions de fois"."""
        digits = token.replace(" ", "").replace("\u202f", "")
        noun = re.sub(r"\W", "", following).lower()
        if self._language.code != "fr" or not digits.isdigit() or not noun.isalpha():
            return None
        if noun in self._language.contexts.feminine:
            return self._numbers.counting(digits, noun)
        if noun.removesuffix("s") in self._language.contexts.feminine:
            return self._numbers.counting(digits, noun.removesuffix("s"))
        if int(digits) and int(digits) % 1_000_000 == 0:
            return f"{self._numbers.cardinal(digits)} de"
        return None

    def number(self, text: str) -> str:
        """A plain number with its grouping and decimals."""
        return self._numbers.read(text)

    def unit(self, name: str, count: str) -> str | None:
        """A unit's name as said after ``count``, or None where it is none."""
        return self._units.name(name, count)

    def value(self, text: str) -> float:
        """How much the first number in ``text`` is, without its sign."""
        return self._numbers.value(text)

    def is_end(self, word: str, *, after_amount: bool) -> bool:
        """Whether ``word`` can be the end of a range."""
        return self._ranges.is_end(word, after_amount=after_amount)

    def is_year(self, token: str) -> bool:
        """Whether ``token`` is four digits that are more likely a year than a count."""
        return token.isdigit() and self._numbers.is_year(token)

    def is_telephone(self, token: str) -> bool:
        """Whether ``token`` can only be a telephone number."""
        return self._groups.is_telephone(token)

    def begins_telephone(self, token: str) -> bool:
        """Whether ``token`` may be the first groups of a telephone number."""
        return self._groups.begins(token)

    def is_amount(self, token: str) -> bool:
        """Whether ``token`` is an amount or a range of them."""
        return any(char.isdigit() for char in token) and self.say(token) is not None

    def is_moment(self, token: str) -> bool:
        """Whether ``token`` is a time of day or a date."""
        return self._moments.say(token) is not None

    def ends_with_stop(self, token: str) -> bool:
        """Whether the stop at the end of ``token`` is a shortened month's."""
        return self._moments.ends_with_stop(token)

    def begins_more(self, token: str) -> bool:
        """Whether the next token may belong to the same amount."""
        contexts = self._language.contexts
        if any(char.isdigit() for char in token):
            return self._groups.begins(token) or self.say(token) is not None
        lowered = token.lower()
        return (
            lowered in contexts.number_signs
            or token in self._language.currencies
            or bool(self._moments.month(token))
        )

    def goes_on(self, token: str) -> bool:
        """Whether ``token``, several joined by spaces, is one amount or begins a telephone number."""
        return self._groups.begins(token) or self.say(token) is not None

    def _sign(self, mark: str) -> str:
        return {"": "", "+": self._words["plus"] + " "}.get(mark, self._words["minus"] + " ")

    def _signed(self, found: re.Match[str]) -> str | None:
        rest = self.say(found["rest"])
        said = self._language.contexts.number_signs[found["abbreviation"].lower()]
        return f"{said} {rest}" if rest else None

    def _ordinal(self, found: re.Match[str]) -> str:
        return self._numbers.ordinal(found["num"].replace(",", ""), found["mark"])

    def _mixed(self, found: re.Match[str]) -> str | None:
        """One and a half: the fraction is less than one, the unit is told once."""
        above, below = map(int, found["fraction"].split("/"))
        unit = self._units.name(found["unit"], "2") if found["unit"] else ""
        if above >= below or unit is None:
            return None
        whole = self._numbers.cardinal(found["whole"])
        return f"{whole} {self._words['and']} {self._share(found['fraction'])} {unit}".rstrip()

    def _part(self, found: re.Match[str]) -> str | None:
        unit = self._units.name(found["unit"], "1")
        return f"{self._share(found['fraction'])} {unit}" if unit else None

    def _share(self, fraction: str) -> str:
        """A fraction as a share: five eighths."""
        if said := self._words.get(fraction):
            return said
        above, below = fraction.split("/")
        share = self._numbers.ordinal(below)
        return f"{self._numbers.cardinal(above)} {share}{'' if above == '1' else 's'}"

    def _fraction(self, found: re.Match[str]) -> str:
        above, below = self._numbers.cardinal(found["a"]), self._numbers.cardinal(found["b"])
        return self._words.get(found[0]) or f"{above} {self._words['over']} {below}"

    def _ratio(self, found: re.Match[str]) -> str:
        first, second = self._numbers.cardinal(found["a"]), self._numbers.cardinal(found["b"])
        return f"{first} {self._words['to']} {second}"

    def _product(self, found: re.Match[str]) -> str:
        return f"{self.number(found['a'])} {self._words['by']} {self.number(found['b'])}"

    def _scientific(self, found: re.Match[str]) -> str:
        symbols, power = self._language.symbols, found["power"]
        sign = self._sign("-") if power[0] in "-−" else ""
        exponent = sign + self._numbers.cardinal(power.lstrip("-−+").lstrip("0") or "0")
        number = self._sign(found["sign"]) + self.number(found["num"])
        return f"{number} {symbols['×']} {self._numbers.cardinal('10')} {symbols['^']} {exponent}"

    def _power(self, found: re.Match[str]) -> str | None:
        symbols, unit = self._language.symbols, (found["unit"] or "").strip()
        exponent = found["power"].removeprefix("+")
        said = self._language.powers.get(exponent) or f"{symbols['^']} {self.say(exponent)}"
        factor = f"{self.number(found['num'])} {symbols['×']} " if found["num"] else ""
        name = self._units.name(unit, "2") if unit else ""
        if name is None:
            return None
        return f"{self._sign(found['sign'])}{factor}{self.number(found['base'])} {said} {name}".rstrip()

    def _each(self, found: re.Match[str]) -> str | None:
        """So much for each of something: "$20/month"."""
        said = self.say(found["amount"])
        unit = self._units.name(found["unit"], "1") or found["unit"]
        return f"{said} {self._words['per']} {unit}" if said else None

    def _measure(self, found: re.Match[str]) -> str | None:
        return self._units.measure(self._sign(found["sign"]), found["num"], found["unit"])

    def _plain(self, found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found["num"])
        if found["sign"] == "+" and len(digits) >= 8:
            return f"{self._words['plus']} {self._numbers.digits(digits)}"
        return self._sign(found["sign"]) + self.number(found["num"])

    def _height(self, found: re.Match[str]) -> str:
        foot = self._words["foot"]
        return f"{self._numbers.cardinal(found['feet'])} {foot} {self._numbers.cardinal(found['inches'])}"

    def _listed(self, found: re.Match[str]) -> str:
        return ", ".join(self._numbers.cardinal(number) for number in found["listed"].split(","))
