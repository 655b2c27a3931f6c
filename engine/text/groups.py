"""Which tokens are said together ("1" "1/2" "tsp"), and what a sign between two means ("$5" "-" "$10")."""

from typing import Final, NamedTuple

from engine.text.amounts import Amounts
from engine.text.expressions import is_operand, is_variable
from engine.text.language import Language
from engine.text.ranges import DASHES

_DIVIDES: Final = "/"
_TIMES: Final = "*"
_ABOUT: Final = "~"
_BY: Final = "x"
_LEADS_ON: Final = ">"
"""Greater than; between two names it leads from one menu to the next and is a pause."""

_SIGNS: Final = (*DASHES, _DIVIDES, _TIMES, _ABOUT, _BY, _LEADS_ON)
_ARTICLES: Final = ("a", "à", "y")
"""Small letters that are words: "1 - a word"."""

_ALWAYS: Final = {_DIVIDES: "÷", _TIMES: "×", _ABOUT: "≈", _LEADS_ON: ">"}
_COMPARES: Final = ("=", "≠", "<", ">", "≈")
_CALCULATES: Final = ("=", "+", "×", "÷", "*", "/")


class Around(NamedTuple):
    """The tokens around one: that before it, that before the former, and that after it where it is known."""

    previous: str = ""
    before: str = ""
    following: str = ""


class Groups:
    """Joins tokens of one language; all of them without what opens and closes them. Pure."""

    def __init__(self, language: Language, amounts: Amounts) -> None:
        self._language = language
        self._amounts = amounts
        self._phrases = [phrase for phrase in language.abbreviations if " " in phrase]

    def may_begin(self, token: str, previous: str) -> bool:
        """Whether more tokens may belong to ``token``. ``previous``: what was said before it, as written."""
        if token == _LEADS_ON:
            return _is_name(previous)
        if token in _SIGNS:
            return token == _ABOUT or self._is_side(previous, token)
        if any(phrase.startswith(f"{token.lower()} ") for phrase in self._phrases):
            return True
        return self._amounts.begins_more(token)

    def goes_on(self, held: str, token: str, previous: str) -> bool:
        """Whether ``token`` belongs to ``held``, whose tokens are joined by spaces."""
        sign, _, rest = held.partition(" ")
        if sign not in _SIGNS:
            joined = f"{held} {token}".lower()
            is_phrase = any(f"{phrase} ".startswith(f"{joined} ") for phrase in self._phrases)
            return is_phrase or self._amounts.goes_on(f"{held} {token}")
        if rest:
            return self._amounts.goes_on(f"{rest} {token}")
        if sign == _LEADS_ON:
            return not _is_name(token)
        if sign == _ABOUT:
            return token[:1].isdigit() or token[:1] in self._language.currencies
        is_article = token in _ARTICLES and not is_variable(previous)
        return not is_article and self._is_side(token, sign, is_first=False, opposite=previous)

    def link(self, held: str, around: Around) -> tuple[str, str] | None:
        """What is said for the sign that ``held`` begins with, and what is left of it to say; or None."""
        sign, _, rest = held.partition(" ")
        if sign not in _SIGNS or not rest:
            return None
        return self._said(sign, rest, around), rest

    def is_pause(self, token: str, around: Around) -> bool:
        """Whether ``token`` only leads from one menu to the next."""
        return token == _LEADS_ON and _is_name(around.previous) and _is_name(around.following)

    def _said(self, sign: str, rest: str, around: Around) -> str:
        words, symbols = self._language.words, self._language.symbols
        previous = around.previous
        is_equation = around.following[:1] in _COMPARES or around.before[:1] in _CALCULATES
        if sign == _BY:
            return symbols["×"] if is_equation else words["by"]
        if sign in _ALWAYS:
            return symbols[_ALWAYS[sign]]
        if is_equation or is_variable(previous) or is_variable(rest):
            return words["minus"]
        return words["minus" if self._takes_away(sign, previous, rest) else "to"]

    def _takes_away(self, sign: str, first: str, last: str) -> bool:
        if sign == "−":
            return True
        if sign != "-" or not any(char.isdigit() for char in first + last):
            return False
        if self._amounts.is_moment(first) or self._amounts.is_moment(last):
            return False
        if self._amounts.is_year(first) and self._amounts.is_year(last):
            return False
        return self._amounts.value(first) >= self._amounts.value(last)

    def _is_side(self, token: str, sign: str, *, is_first: bool = True, opposite: str = "") -> bool:
        """Whether ``token`` can stand beside ``sign``."""
        if is_operand(token):
            return sign != _BY or token[:1].isdigit()
        if sign in (_DIVIDES, _TIMES, _BY):
            return False
        has_digit = any(char.isdigit() for char in (token if is_first else opposite))
        return self._amounts.is_end(token, after_amount=not is_first and has_digit)


def _is_name(token: str) -> bool:
    """Whether ``token`` is a word with a capital, as menus and their entries have."""
    return len(token) > 1 and token[0].isupper()
