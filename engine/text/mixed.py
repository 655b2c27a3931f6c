"""Tokens that are no word, number or address as a whole: letters, digits and signs, each run by itself."""

import re
import unicodedata
from typing import Final

from engine.text.amounts import Amounts
from engine.text.characters import is_letter
from engine.text.expressions import is_minus, is_quotient
from engine.text.language import Language
from engine.text.numbers import written

_EXPONENT = re.compile(r"\^(?:[({](?P<group>[^(){}]+)[)}]|(?P<bare>[-−+]?(?:\d+(?:\.\d+)?|\w)))")
_FOOTNOTE = re.compile(r"(?<=[^\W\d_]{4})\^\d{1,2}$")
_OPERATIONS: Final = {
    **dict.fromkeys(("->", "=>", "-->", "==>"), "→"),
    **dict.fromkeys(("<-", "<--"), "←"),
    **dict.fromkeys(("<->", "<=>"), "↔"),
    **dict.fromkeys(("==", "==="), "="),
    **dict.fromkeys(("!=", "!==", "=/="), "≠"),
    **dict.fromkeys(("+/-", "+-"), "±"),
    "<=": "≤",
    ">=": "≥",
    "&&": "∧",
    "||": "∨",
}
"""Signs of several characters, as the one that is said for them."""

_GREEK = re.compile("(?<![α-ωΑ-Ω])[α-ωΑ-Ω](?![α-ωΑ-Ω])")
_SIGN: Final = r"<-+>|<=>|<-+|-+>|=+>|<=|>=|!==?|=/=|=+|&&|\|\||\+/?-|\.\.\."


class Mixed:
    """Reads such tokens of one language. Pure."""

    def __init__(self, language: Language, amounts: Amounts) -> None:
        self._language = language
        self._amounts = amounts
        number = rf"(?:(?=\d)|(?<![^\W_])(?=[.,]))(?:{written(language)})"
        self._runs = re.compile(rf"\d+/\d+|{number}|{_SIGN}|[^\d]")

    def say(self, core: str) -> str:
        """The words for ``core``; signs for which there are none leave a space."""
        if core[:1] == "#" and core.strip("#"):
            name = "number" if core[1:].isdigit() else "hashtag"
            return f"{self._language.words[name]} {self.say(core[1:])}"
        if core[:1] == "@" and len(core) > 1:
            return f"{self._language.words['at']} {self.say(core[1:])}"
        core = _EXPONENT.sub(self._power, _FOOTNOTE.sub("", core))
        out: list[str] = []
        runs = self._cut(core)
        for place, run in enumerate(runs):
            if run[0].isdigit():
                out.append(" " + (self._amounts.say(run) or self._amounts.number(run)) + " ")
            elif is_letter(run[0]):
                out.append(_GREEK.sub(_name_letter, run))
            elif run == "," and place:
                out[-1] = out[-1].rstrip() + ", "
            else:
                before = runs[place - 1] if place else ""
                after = runs[place + 1] if place + 1 < len(runs) else ""
                out.append(self._sign(run, core, before, after))
        return "".join(out)

    def _power(self, found: re.Match[str]) -> str:
        exponent = found["group"] or found["bare"]
        if named := self._language.powers.get(exponent):
            return f" {named} "
        return f" {self._language.symbols['^']} {self.say(exponent)} "

    def _sign(self, run: str, core: str, before: str, after: str) -> str:
        words, symbols = self._language.words, self._language.symbols
        alone = run == core
        if run in ("-", "−") and is_minus(core, before, after):
            return f" {words['minus']} "
        if run in ("'", "-"):
            return run
        if run == "." and not alone and before:
            return f" {words['dot']} "
        if run == "/" and before and not core.startswith(("/", "~", ".")):
            return f" {words['over']} " if is_quotient(core) else " "  # and/or, his/her
        if run == "*":
            return f" {symbols['×']} " if before[:1].isdigit() or after[:1].isdigit() else " "
        if not core.strip("#/") or (run in self._language.currencies and not alone):
            return " "
        if run == "!" and core.endswith("!"):
            return " "
        operation = _OPERATIONS.get(run, run)
        if operation in "≤≥" and (alone or before):
            return f" {self._language.operators['<=' if operation == '≤' else '>=']} "
        return f" {symbols.get(operation, '')} "

    def _cut(self, text: str) -> list[str]:
        """``text`` cut where letters, digits and signs meet; a number keeps its point."""
        out: list[str] = []
        for part in self._runs.findall(text):
            if out and len(part) == 1 and is_letter(part) and is_letter(out[-1][-1]):
                out[-1] += part
            else:
                out.append(part)
        return out


def _name_letter(found: re.Match[str]) -> str:
    """A Greek letter by its name; one within a Greek word is left as it is."""
    name = unicodedata.name(found[0]).rpartition("LETTER ")[2].split()[0].lower()
    return f" {'lambda' if name == 'lamda' else name} "
