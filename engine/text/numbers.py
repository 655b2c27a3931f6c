"""Numbers in words, in the language's own grammar (Unicode CLDR's rules through unicode-rbnf)."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.text.language import Language

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

LONGEST_NUMBER: Final = 15
"""Digits beyond which a number is read digit by digit: nobody follows quadrillions."""


@lru_cache(maxsize=4)
def _engine(code: str) -> "RbnfEngine":
    from unicode_rbnf import RbnfEngine  # reads 100 kB of rules: only once a number comes

    return RbnfEngine.for_language(code)


@lru_cache(maxsize=1024)
def _spelled(code: str, number: int, purpose: str, ruleset: str = "") -> str:
    from unicode_rbnf import FormatPurpose

    kind: FormatPurpose = FormatPurpose[purpose]
    return _engine(code).format_number(number, kind, [ruleset] if ruleset else None).text


_WRITTEN: Final = {
    ".": r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+",
    ",": r"(?:\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?|,\d+",
}
"""A number without its sign, by the language's decimal mark."""


def written(language: Language) -> str:
    """The pattern of a number as ``language`` writes it, without a sign and without groups."""
    return _WRITTEN[language.decimal_mark]


class Numbers:
    """Spells what the digits of one language say. Pure; arguments are ASCII digits but for ``read``."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._code = language.code

    def read(self, text: str) -> str:
        """A number as it is written, with its grouping and decimals; four digits may be a year."""
        whole, fraction = self.parts(text)
        if fraction:
            return self.decimal(whole or "0", fraction)
        if text == whole and self.is_year(whole):
            return self.year(whole)
        return self.cardinal(whole or "0")

    def parts(self, text: str) -> tuple[str, str]:
        """The digits before and after the decimal mark of a number as it is written."""
        text = text.replace(" ", "")
        if self._language.decimal_mark == ",":
            text = re.sub(r"\.(?=\d{3}(?:\D|$))", "", text).replace(".", ",")
        whole, _, fraction = text.partition(self._language.decimal_mark)
        return re.sub(r"\D", "", whole), re.sub(r"\D", "", fraction)

    def value(self, text: str) -> float:
        """How much the first number in ``text`` is, without its sign; 0 where there is none."""
        found = re.search(written(self._language), text)
        return float("0{}.{}0".format(*self.parts(found[0]))) if found else 0.0

    def cardinal(self, digits: str) -> str:
        """A whole number: "1984" is one thousand nine hundred eighty-four."""
        if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
            return self.digits(digits)
        return _spelled(self._code, int(digits), "CARDINAL")

    def counting(self, digits: str, noun: str) -> str:
        """A whole number before ``noun``, with which French one and twenty-one agree."""
        if noun not in self._language.contexts.feminine or len(digits) > LONGEST_NUMBER:
            return self.cardinal(digits)
        return _spelled(self._code, int(digits), "CARDINAL", "spellout-cardinal-feminine")

    def ordinal(self, digits: str, mark: str = "") -> str:
        """A rank: "21" is twenty-first. ``mark``: as written after the digits, where it tells the gender."""
        if len(digits) > LONGEST_NUMBER:
            return self.digits(digits)
        ruleset = ""
        if self._code == "fr":
            ruleset = (
                "spellout-ordinal-feminine" if mark in ("re", "ère", "nde") else "spellout-ordinal-masculine"
            )
        return _spelled(self._code, int(digits), "ORDINAL", ruleset)

    def year(self, digits: str) -> str:
        """Four digits as a year: "1984" is nineteen eighty-four."""
        if self._code == "fr":
            return self.cardinal(digits)
        return _spelled(self._code, int(digits), "YEAR")

    def digits(self, digits: str) -> str:
        """One digit after the other."""
        return " ".join(_spelled(self._code, int(digit), "CARDINAL") for digit in digits)

    def decimal(self, whole: str, fraction: str) -> str:
        """ "3" and "14" are three point one four; in French a fraction of up to two digits is a number."""
        point = self._language.words["point"]
        if self._code == "fr" and len(fraction) <= 2 and fraction[0] != "0":
            return f"{self.cardinal(whole)} {point} {self.cardinal(fraction)}"
        return f"{self.cardinal(whole)} {point} {self.digits(fraction)}"

    def is_year(self, digits: str) -> bool:
        """Whether four digits are more likely a year than a count."""
        return len(digits) == 4 and "1100" <= digits <= "2099"
