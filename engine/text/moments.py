"""Times of day, dates and decades."""

import re
from typing import Final

from engine.text.language import Language
from engine.text.numbers import Numbers

_HALF: Final = r"(?P<half>[AaPp])\.?[Mm]\.?"
_TIME = re.compile(rf"(?P<h>\d{{1,2}})(?::| ?h ?)(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)| ?min)?(?: ?{_HALF})?")
_HOUR = re.compile(rf"(?P<h>\d{{1,2}}) ?{_HALF}")
_HOUR_H = re.compile(r"(?P<h>\d{1,2}) ?h")
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})")
_NUMBERS = re.compile(r"(?P<a>\d{1,2})(?P<mark>[-./])(?P<b>\d{1,2})(?P=mark)(?P<y>\d{4})")
_SHORT = re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{2})")
_MONTH = re.compile(r"(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])")
_DECADE = re.compile(r"(?P<mark>'?)(?P<digits>(?:\d\d)?\d0)'?s")
_MARK: Final = "(?:st|nd|rd|th)?"
_MONTH_DAY = re.compile(
    rf"(?P<month>[^\W\d_]+)\.? (?P<first>\d{{1,2}}){_MARK}(?:[-–—](?P<last>\d{{1,2}}){_MARK})?"
)
_MONTH_YEAR = re.compile(r"(?P<month>[^\W\d_]+)\.? (?P<year>\d{4})")
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2}|1er) (?P<month>[^\W\d_]+)\.?")


class Moments:
    """Reads times and dates of one language. Pure."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self._language = language
        self._words = language.words
        self._numbers = numbers

    def say(self, text: str, previous: str = "") -> str | None:
        """``text`` in words, or None where it is no moment. ``previous``: the token before it."""
        return self.time(text) or self._date(text) or self._named(text) or self._decade(text, previous)

    def time(self, text: str, *, alone: bool = True) -> str | None:
        """A time of day, or None. ``alone``: a full hour is told as one ("four o'clock")."""
        found = _TIME.fullmatch(text) or _HOUR.fullmatch(text)
        if found is None and self._language.code == "fr":
            found = _HOUR_H.fullmatch(text)
        if found is None or int(found["h"]) > 24:
            return None
        groups = {key: value or "" for key, value in found.groupdict().items()}
        minute, half = groups.get("m", ""), groups.get("half", "")
        hour = self._numbers.counting(str(int(groups["h"])), "heure")
        if self._language.code == "fr":
            unit = "heure" if int(groups["h"]) < 2 else "heures"
            more = "" if minute in ("", "00") else " " + self._numbers.cardinal(minute.lstrip("0"))
            return f"{hour} {unit}{more}"
        tail = f" {half.upper()} M" if half else ""
        if groups.get("s"):
            parts = (str(int(groups[key])) for key in "hms")
            return " ".join(map(self._numbers.cardinal, parts)) + tail
        if minute in ("", "00"):
            return hour + (tail or (f" {self._words['oclock']}" if alone else ""))
        said = self._numbers.cardinal(minute.lstrip("0"))
        return f"{hour} {self._words['oh'] + ' ' if minute[0] == '0' else ''}{said}{tail}"

    def between(self, first: str, last: str) -> str | None:
        """A range of times, of which the last may tell for both which half of the day it is; else None."""
        high = self.time(last)
        if high is None:
            return None
        is_hour = first.isdigit() and int(first) <= 24
        low = self._numbers.cardinal(first) if is_hour else self.time(first, alone=not _halved(last))
        return f"{low} {self._words['to']} {high}" if low else None

    def ends_with_stop(self, text: str) -> bool:
        """Whether ``text`` is a day and a shortened month, the stop its own ("12 sept.")."""
        return text.endswith(".") and self._named(text) is not None

    def month(self, word: str) -> str:
        """The full name of a month, given as it is written, or nothing."""
        number = self._language.contexts.months.get(word.rstrip(".,").lower())
        is_name = self._language.code == "fr" or word[:1].isupper()
        return self._language.months[number - 1] if number and is_name else ""

    def _date(self, text: str) -> str | None:
        if found := _ISO.fullmatch(text):
            return self._day(found["y"], int(found["m"]), int(found["d"]))
        if found := _NUMBERS.fullmatch(text) or _SHORT.fullmatch(text):
            is_english = self._language.code == "en"
            month, day = (found["a"], found["b"]) if is_english else (found["b"], found["a"])
            if int(month) > 12:
                month, day = day, month
            return self._day(found["y"], int(month), int(day))
        if (found := _MONTH.fullmatch(text)) and self._numbers.is_year(found["y"]):
            if int(found["m"]) > int(found["y"][2:]):
                return None  # 1998-99, 2010-12
            return f"{self._language.months[int(found['m']) - 1]} {self._numbers.year(found['y'])}"
        return None

    def _named(self, text: str) -> str | None:
        """Dates with the month's name: "Jan. 5", "May 5-10", "12 sept."."""
        if found := _MONTH_DAY.fullmatch(text):
            name = self.month(found["month"])
            if not name or self._language.code != "en" or not 1 <= int(found["first"]) <= 31:
                return None
            said = f"{name} {self._numbers.ordinal(found['first'])}"
            if found["last"]:
                said += f" {self._words['to']} {self._numbers.ordinal(found['last'])}"
            return said
        if (found := _MONTH_YEAR.fullmatch(text)) and self._numbers.is_year(found["year"]):
            name = self.month(found["month"])
            return f"{name} {self._numbers.year(found['year'])}" if name else None
        if found := _DAY_MONTH.fullmatch(text):
            name = self.month(found["month"])
            day = "premier" if found["day"] == "1er" else self._numbers.cardinal(found["day"])
            return f"{day} {name}" if name and name != found["month"] else None
        return None

    def _day(self, year: str, month: int, day: int) -> str | None:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        name = self._language.months[month - 1]
        said = self._numbers.year(year) if len(year) == 4 else self._numbers.cardinal(year)
        if self._language.code == "fr":
            return f"{'premier' if day == 1 else self._numbers.cardinal(str(day))} {name} {said}"
        return f"{name} {self._numbers.ordinal(str(day))}, {said}"

    def _decade(self, text: str, previous: str) -> str | None:
        found = _DECADE.fullmatch(text)
        if found is None or self._language.code != "en":
            return None
        digits = found["digits"]
        is_told = found["mark"] or previous.lower() in self._language.contexts.decades
        if len(digits) == 2 and not is_told:
            return None
        said = self._numbers.year(digits) if len(digits) == 4 else self._numbers.cardinal(digits)
        return said[:-1] + "ies" if said.endswith("y") else said + "s"


def _halved(time: str) -> bool:
    return re.search(_HALF + "$", time) is not None
