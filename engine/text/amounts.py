"""What is said for a token that is made of digits: money, measures, times, dates, ranges and the rest."""

import re
from collections.abc import Callable
from typing import Final

from engine.text.language import Language
from engine.text.numbers import Numbers

_CURRENCY: Final = "[$€£¥₹₩₽¢]"
_DIGIT_GROUPS: Final = {
    ".": r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+",
    ",": r"(?:\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?|,\d+",
}


class Amounts:
    """Reads number tokens of one language. Pure."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._words = language.words
        self._numbers = Numbers(language)
        number = _DIGIT_GROUPS[language.decimal_mark]
        sign = r"(?P<sign>[-−+±]?)"
        magnitude = "|".join(sorted(map(re.escape, language.magnitudes), key=len, reverse=True))
        rules: list[tuple[str, Callable[[re.Match[str]], str | None]]] = [
            (
                rf"{sign}(?:[A-Z]{{2}})?(?P<cur>{_CURRENCY}) ?(?P<num>{number}) ?(?P<mag>{magnitude})?",
                self._money,
            ),
            (rf"{sign}(?P<num>{number}) ?(?P<mag>{magnitude})? ?(?P<cur>{_CURRENCY})", self._money),
            (
                r"(?P<h>\d{1,2})[:h](?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))? ?(?P<half>[AaPp])?\.?(?:[Mm]\.?)?",
                self._time,
            ),
            (r"(?P<h>\d{1,2}) ?(?P<half>[AaPp])\.?[Mm]\.?", self._time),
            (r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})", self._date),
            (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d{2})", self._slashed),
            (rf"(?P<num>\d+)(?P<mark>{'|'.join(language.ordinal_marks)})", self._ordinal),
            (r"'?(?P<num>\d{1,3}0)'?s", self._decade),
            (rf"(?P<a>{number})(?: ?%)?[-–](?P<b>{number})(?P<unit>\D*)", self._range),
            (r"\+?\(?\d{1,4}\)?(?:[-. ]\(?\d{2,4}\)?){2,}", self._phone),
            (r"[vV]?\d+(?:\.\d+){2,}|[vV]\d+(?:\.\d+)*", self._version),
            (r"(?P<a>\d{1,4})/(?P<b>\d{1,4})", self._fraction),
            (r"(?P<a>\d+):(?P<b>\d+)", self._ratio),
            (rf"(?P<a>{number}) ?[x×] ?(?P<b>{number})", self._product),
            (rf"{sign}(?P<num>{number}) ?(?P<unit>[^\d\s.,].*)", self._measure),
            (rf"{sign}(?P<num>{number})", self._plain),
        ]
        self._rules = [(re.compile(pattern), say) for pattern, say in rules]

    def say(self, token: str, previous: str = "") -> str | None:
        """``token`` in words, or None where it is no number. ``previous``: the token before it."""
        if previous.strip(",").lower() in map(str.lower, self._language.months) and re.fullmatch(
            r"\d{1,2}", token
        ):
            return self._numbers.ordinal(token) if self._language.code == "en" else self.number(token)
        for pattern, say in self._rules:
            if (found := pattern.fullmatch(token)) and (said := say(found)):
                return said
        return None

    def number(self, text: str) -> str:
        """A plain number with its grouping and decimals."""
        mark = self._language.decimal_mark
        text = text.replace(" ", "")
        if mark == ",":
            text = re.sub(r"\.(?=\d{3}(?:\D|$))", "", text).replace(".", ",")
        whole, _, fraction = text.partition(mark)
        whole, fraction = re.sub(r"\D", "", whole), re.sub(r"\D", "", fraction)
        if fraction:
            return self._numbers.decimal(whole or "0", fraction)
        if text == whole and self._numbers.is_year(whole):
            return self._numbers.year(whole)
        return self._numbers.cardinal(whole or "0")

    def unit(self, name: str, count: str) -> str | None:
        """A unit's name as said after ``count``, or None where it is none."""
        plural = 0 if re.fullmatch(r"0*1|1/2|½", count) else 1
        units = self._language.units
        name = name.replace("^", "")
        if name in units:
            return units[name][plural]
        if "/" in name:
            above, below = name.split("/", 1)
            if above in units and below in units:
                return f"{units[above][plural]} {self._words['per']} {units[below][0]}"
        if len(name) > 1 and name[-1] in "23" and name[:-1] in units:
            shape = self._words["square" if name[-1] == "2" else "cubic"]
            said = units[name[:-1]][plural]
            return f"{shape} {said}" if self._language.code == "en" else f"{said} {shape}"
        return None

    def _sign(self, mark: str) -> str:
        return {"": "", "+": self._words["plus"] + " ", "±": self._language.symbols["±"] + " "}.get(
            mark, self._words["minus"] + " "
        )

    def _money(self, found: re.Match[str]) -> str:
        one, many = self._language.currencies[found["cur"]]
        mark = self._language.decimal_mark
        whole, _, cents = found["num"].partition(mark)
        if not cents and mark == ",":
            whole, _, cents = (
                found["num"].partition(".") if re.search(r"\.\d\d$", found["num"]) else (whole, "", "")
            )
        sign = self._sign(found["sign"])
        if found["mag"]:
            magnitude = self._language.magnitudes[found["mag"]]
            return f"{sign}{self.number(found['num'])} {magnitude} {many}"
        if len(cents) == 2 and found["cur"] in "$€£":
            return sign + self._coins(whole or "0", cents, one, many)
        said = self._numbers.cardinal(re.sub(r"\D", "", whole)) if not cents else self.number(found["num"])
        return f"{sign}{said} {one if found['num'] == '1' else many}"

    def _coins(self, whole: str, cents: str, one: str, many: str) -> str:
        whole = re.sub(r"\D", "", whole)
        units = f"{self._numbers.cardinal(whole)} {one if whole == '1' else many}"
        if cents == "00":
            return units
        coins = self._numbers.cardinal(cents.lstrip("0"))
        if self._language.code == "fr":
            return f"{units} {coins}"
        small = ("penny", "pence") if one == "pound" else ("cent", "cents")
        coins = f"{coins} {small[0] if cents == '01' else small[1]}"
        return coins if whole == "0" else f"{units} {self._words['and']} {coins}"

    def _time(self, found: re.Match[str]) -> str | None:
        groups = found.groupdict()
        if int(groups["h"]) > 24:
            return None
        hour = self._numbers.cardinal(str(int(groups["h"])))
        minute, half = groups.get("m") or "", groups.get("half") or ""
        tail = f" {half.upper()} M" if half else ""
        if self._language.code == "fr":
            more = "" if minute in ("", "00") else " " + self._numbers.cardinal(minute.lstrip("0"))
            hour = hour + "e" if hour.endswith("un") else hour
            return f"{hour} {self._words['oclock']}{more}"
        if groups.get("s"):
            parts = (str(int(groups[key])) for key in "hms")
            return " ".join(map(self._numbers.cardinal, parts)) + tail
        if minute in ("", "00"):
            return hour + (tail or f" {self._words['oclock']}")
        said = self._numbers.cardinal(minute.lstrip("0"))
        return f"{hour} {self._words['oh'] + ' ' if minute[0] == '0' else ''}{said}{tail}"

    def _date(self, found: re.Match[str]) -> str | None:
        return self._day(found["y"], int(found["m"]), int(found["d"]))

    def _slashed(self, found: re.Match[str]) -> str | None:
        month, day = (found["a"], found["b"]) if self._language.code == "en" else (found["b"], found["a"])
        if int(month) > 12:
            month, day = day, month
        return self._day(found["y"], int(month), int(day))

    def _day(self, year: str, month: int, day: int) -> str | None:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        name = self._language.months[month - 1]
        said = self._numbers.year(year) if len(year) == 4 else self._numbers.cardinal(year)
        if self._language.code == "fr":
            return f"{'premier' if day == 1 else self._numbers.cardinal(str(day))} {name} {said}"
        return f"{name} {self._numbers.ordinal(str(day))}, {said}"

    def _ordinal(self, found: re.Match[str]) -> str:
        return self._numbers.ordinal(found["num"], found["mark"])

    def _decade(self, found: re.Match[str]) -> str | None:
        if self._language.code != "en":
            return None
        digits = found["num"]
        said = self._numbers.year(digits) if len(digits) == 4 else self._numbers.cardinal(digits)
        return said[:-1] + "ies" if said.endswith("y") else said + "s"

    def _range(self, found: re.Match[str]) -> str | None:
        if re.fullmatch(r"\d{3}-\d{4}", found[0]):
            return self._phone(found)
        unit = self.unit(found["unit"].strip(), found["b"]) if found["unit"].strip() else ""
        if unit is None:
            return None
        return f"{self.number(found['a'])} {self._words['to']} {self.number(found['b'])} {unit}".rstrip()

    def _phone(self, found: re.Match[str]) -> str:
        groups = re.findall(r"\d+", found[0])
        plus = self._words["plus"] + " " if found[0].startswith("+") else ""
        return plus + ", ".join(self._numbers.digits(group) for group in groups)

    def _version(self, found: re.Match[str]) -> str:
        named = self._words["version"] + " " if found[0][0] in "vV" else ""
        parts = re.findall(r"\d+", found[0])
        return named + f" {self._words['separator']} ".join(map(self._numbers.cardinal, parts))

    def _fraction(self, found: re.Match[str]) -> str:
        above, below = self._numbers.cardinal(found["a"]), self._numbers.cardinal(found["b"])
        return self._words.get(found[0]) or f"{above} {self._words['over']} {below}"

    def _ratio(self, found: re.Match[str]) -> str:
        return (
            f"{self._numbers.cardinal(found['a'])} {self._words['to']} {self._numbers.cardinal(found['b'])}"
        )

    def _product(self, found: re.Match[str]) -> str:
        return f"{self.number(found['a'])} {self._words['by']} {self.number(found['b'])}"

    def _measure(self, found: re.Match[str]) -> str | None:
        unit = self.unit(found["unit"].strip(), found["num"])
        if unit is None:
            return None
        number = found["num"]
        said = self._numbers.cardinal(number) if number.isdigit() else self.number(number)
        return f"{self._sign(found['sign'])}{said} {unit}"

    def _plain(self, found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found["num"])
        if found["sign"] == "+" and len(digits) >= 8:
            return f"{self._words['plus']} {self._numbers.digits(digits)}"
        return self._sign(found["sign"]) + self.number(found["num"])
