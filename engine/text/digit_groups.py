"""Digits that name something and count nothing: telephone numbers, ISBNs, versions, addresses."""

import re
from typing import Final

from engine.text.language import Language
from engine.text.numbers import Numbers

_ABROAD = re.compile(r"\+\d{1,3}(?:[-. ]?\(?\d{1,4}\)?)+")
_AT_HOME = re.compile(
    r"\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}"
    r"|0\d{1,4}[-. ]\d{3,4}[-. ]\d{3,4}"
    r"|\(0\d{2,4}\) ?\d{3,4}[-. ]?\d{3,4}"
)
_LOCAL = re.compile(r"(?P<a>\d{3})-(?P<b>\d{4})")
_PAIRS = re.compile(r"0\d(?:[-. ]\d\d){4}")
_HYPHENED = re.compile(r"\d+(?:-\d+){2,}(?:-X)?")
_ZIP = re.compile(r"\d{5}-\d{4}")
_ISBN = re.compile(r"(?:\d[- ]?){9,12}[\dX]")
_DOTTED = re.compile(r"[vV]?\d+(?:\.\d+){2,}|[vV]\d+(?:\.\d+)*")
_ADDRESS = re.compile(r"(?P<address>\d{1,3}(?:\.\d{1,3}){3}):(?P<port>\d{1,5})")
_BEGUN = re.compile(r"\+\d{1,3}(?: \(?\d{1,4}\)?)*|\(\d{2,5}\)(?: \d{2,5})?|0\d{1,4}(?: \d{2,4})*")
_FEWEST_DIGITS: Final = 7


class DigitGroups:
    """Reads such groups in one language. Pure."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self._language = language
        self._numbers = numbers

    def say(self, text: str, previous: str = "") -> str | None:
        """``text`` digit by digit or group by group, or None. ``previous``: the token before it."""
        if re.match(r"(?i)isbn", previous) and _ISBN.fullmatch(text):
            return self._spell(text)
        if previous.lower() in self._language.contexts.dialled and re.fullmatch(r"\d\d\d|\d{5,}", text):
            return None if re.fullmatch(r"[1-9]00|\d0{3,}", text) else self._numbers.digits(text)
        if self.is_telephone(text) or _ZIP.fullmatch(text):
            return self._spell(text)
        if (found := _LOCAL.fullmatch(text)) and not _counts(found):
            return self._spell(text)
        if _HYPHENED.fullmatch(text):
            groups = text.split("-")
            is_counting = all(re.fullmatch(r"[1-9]\d?", group) for group in groups)
            return ", ".join(map(self._numbers.cardinal, groups)) if is_counting else self._spell(text)
        if found := _ADDRESS.fullmatch(text):
            port = self._numbers.cardinal(found["port"])
            return f"{self._dotted(found['address'])} {self._language.words['port']} {port}"
        is_grouped = self._language.decimal_mark == "," and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", text)
        return self._dotted(text) if _DOTTED.fullmatch(text) and not is_grouped else None

    def is_telephone(self, text: str) -> bool:
        """Whether ``text`` can only be a whole telephone number."""
        enough = len(re.sub(r"\D", "", text)) >= _FEWEST_DIGITS
        return enough and any(kind.fullmatch(text) for kind in (_ABROAD, _AT_HOME, _PAIRS))

    def begins(self, text: str) -> bool:
        """Whether ``text`` may be the first groups of a telephone number."""
        return _BEGUN.fullmatch(text) is not None

    def _spell(self, text: str) -> str:
        plus = self._language.words["plus"] + " " if text.startswith("+") else ""
        in_pairs = self._language.code == "fr" and re.search(r"(?:^|\D)\d\d(?:\D\d\d){3}$", text)
        say = self._numbers.cardinal if in_pairs else self._numbers.digits
        groups = [say(group) for group in re.findall(r"\d+", text)]
        return plus + ", ".join([*groups, "X"] if text.endswith("X") else groups)

    def _dotted(self, text: str) -> str:
        words, is_version = self._language.words, text[0] in "vV"
        parts = re.findall(r"\d+", text)
        is_address = not is_version and len(parts) == 4
        mark = words["dot" if is_address else "separator"]
        named = words["version"] + " " if is_version else ""
        return named + f" {mark} ".join(map(self._numbers.cardinal, parts))


def _counts(found: re.Match[str]) -> bool:
    """Whether three and four digits are rather a range of round counts than a telephone number."""
    return found["a"] != "555" and found["a"][-1] in "05" and found["b"][-1] in "05"
