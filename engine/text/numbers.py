"""Numbers in words, in the language's own grammar (Unicode CLDR's rules through unicode-rbnf)."""

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


class Numbers:
    """Spells what the digits of one language say. Pure; every argument is ASCII digits."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._code = language.code

    def cardinal(self, digits: str) -> str:
        """A whole number: "1984" is one thousand nine hundred eighty-four."""
        if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
            return self.digits(digits)
        return _spelled(self._code, int(digits), "CARDINAL")

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
