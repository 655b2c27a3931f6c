"""The third stage: one token of plain text to the words that are said for it."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from engine.text.amounts import Amounts
from engine.text.language import Language


class Said(NamedTuple):
    """The words for a token; ``lead`` goes on the word before it, ``tail`` on its own last word.

    ``may_end``: it ends with an abbreviation's full stop, which is also a sentence's if a capital follows.
    """

    words: list[str]
    lead: str = ""
    tail: str = ""
    may_end: bool = False


_UNSPOKEN: Final = frozenset(("So", "Sk", "Me", "Cf", "Cc", "Co", "Cs", "Cn"))
"""Unicode's general categories of emoji, their modifiers and joiners, dingbats and what is invisible."""

_SAID_SYMBOLS: Final = frozenset("°℃℉№^`´")
_DROPPED: Final = frozenset("ℹ〰\ufe0e\ufe0f")
"""Parts of emoji in categories that hold letters and marks as well."""

_QUOTES: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "，": ",", "。": ".", "、": ","}
)
_OPENERS: Final = "([{«“\"'‹„‚"
_CLOSERS: Final = ")]}»”\"'›"
_MARKS: Final = ".,!?;:"
_DASHES: Final = "-–—―"
_LONE_DASHES: Final = ("-", "−", "–")
_NUMBER_SIGNS: Final = ("no.", "nos.")
_MONEY = re.compile(r"[-+]?[$€£¥₹₩₽][\d.,]*\d")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWERS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_EXPONENT = re.compile(r"\^\(?(-?\d+|\w)\)?")
_MIXED_FRACTION = re.compile("([0-9])([¼-¾⅐-⅞])")
_PER = re.compile(r"(\S*\d\S*)/([^\W\d_]+)")
_URL = re.compile(
    r"(?:https?://|ftp://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_]{2,}|localhost)(?::\d+)?(?:[/?#]\S*)?"
)
_SUFFIXES: Final = "com|org|net|io|dev|ai|edu|gov|app|info|eu|fr|uk|de|co|me|tv|us|ca|ch|be"
_BARE = re.compile(rf"(?:www\.)?(?:[a-z0-9-]+\.)+(?:{_SUFFIXES})(?:/\S*)?", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_])?")
_SPACED_UNIT: Final = frozenset({"A", "B", "J", "K", "M", "V", "k", "x", "T", "o", "s"})
"""Units that are read as such only when they touch their number."""


class Normaliser:
    """Says tokens of one language. Pure, but for caches."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._amounts = Amounts(language)

    def say(self, token: str, previous: str = "") -> Said:
        """The words for ``token``, which has no white space. ``previous``: the token before, as written."""
        text = self._clean(token)
        if text == "*" and previous[-1:].isdigit():
            return Said(self._language.symbols["×"].split())
        lead = "," if text[:1] == "(" else ""
        core = text.lstrip(_OPENERS + "*_|")
        if core[:1] == "~" and not core[1:2].isdigit():
            core = core.lstrip("~")
        if not core.strip(_DASHES) and core:
            return Said([], ",")
        core, tail = self._peel(core)
        if not core:
            return Said([], tail or lead)
        said = self._core(core, previous)
        words = [word for raw in said.split() if (word := _letters(raw))]
        if not words:
            return Said([], tail or lead)
        shortened = self._language.abbreviations.keys() - self._language.continues
        may_end = core[-1] == "." and core.lower() in shortened
        return Said(words, lead, tail, may_end)

    def joins(self, token: str, following: str) -> str | None:
        """Two tokens that are one amount ("$3" "million", "No." "5"), as one token; else None."""
        held, after = self._clean(token), self._peel(self._clean(following))[0]
        if _MONEY.fullmatch(held) and len(after) > 1 and after in self._language.magnitudes:
            return f"{held}{following}"
        if not after[:1].isdigit():
            return None
        if held in _LONE_DASHES:
            return f"{'–' if held == '–' else '-'}{following}"
        return f"#{following}" if held.lower() in _NUMBER_SIGNS else None

    def may_join(self, token: str, previous: str) -> bool:
        """Whether ``joins`` might say yes once the next token is known."""
        if token in _LONE_DASHES:
            return previous[-1:].isdigit()
        return token.lower() in _NUMBER_SIGNS or _MONEY.fullmatch(token.lstrip(_OPENERS)) is not None

    def _clean(self, token: str) -> str:
        text = token.translate(_QUOTES)
        text = "".join(char for char in text if not is_unspoken(char))
        text = _POWERS.sub(lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}", text)
        text = _MIXED_FRACTION.sub(rf"\1 {self._language.words['and']} \2", text)
        text = unicodedata.normalize("NFKC", text)
        return _ascii_digits(text).replace("⁄", "/").strip()

    def _peel(self, text: str) -> tuple[str, str]:
        """The token without what closes it, and the punctuation that this leaves on its last word."""
        found = ""
        while text:
            if text[-1] == "." and self._keeps_stop(text):
                break
            if text[-1] in _MARKS or text[-1] in _CLOSERS or text[-1] in "*_~|^":
                found = text[-1] + found
                text = text[:-1]
            else:
                break
        marks = "".join(char for char in found if char in _MARKS)
        if marks.startswith("..."):
            return text, "..."
        strongest = next((char for char in marks if char in "?!"), marks[-1:])
        return text, strongest or ("," if ")" in found and "(" not in text else "")

    def _keeps_stop(self, text: str) -> bool:
        lowered = text.lower()
        is_initial = len(text) == 2 and text[0].isalpha() and text[0].isupper() and text[0] != "I"
        return lowered in self._language.abbreviations or _INITIALS.fullmatch(text) is not None or is_initial

    def _core(self, core: str, previous: str) -> str:
        lowered = core.lower()
        if core.endswith(".") and lowered == "st." and previous[:1].isupper():
            return "Street" if self._language.code == "en" else "Saint"
        if (said := self._language.abbreviations.get(lowered)) is not None and (
            lowered != "no." or not previous
        ):
            return said
        if _INITIALS.fullmatch(core) or (len(core) == 2 and core[1] == "."):
            return " ".join(core.replace(".", " ").split())
        if _EMAIL.fullmatch(core):
            return self._address(core)
        if (found := _URL.fullmatch(core)) and (
            core.startswith(("http", "ftp", "www.")) or _BARE.fullmatch(core)
        ):
            return self._address(found[1])
        if core[0] == "–" and core[1:2].isdigit():
            return f"{self._language.words['to']} {self._core(core[1:], '')}"
        if any(char.isdigit() for char in core) and (said := self._amounts.say(core, previous)) is not None:
            return said
        if (found := _PER.fullmatch(core)) and (said := self._amounts.say(found[1])) is not None:
            return f"{said} {self._language.words['per']} {self._amounts.unit(found[2], '1') or found[2]}"
        if previous[-1:].isdigit() and not _HAS_LETTER.search(previous) and core not in _SPACED_UNIT:
            unit = self._amounts.unit(core, re.sub(r"^\W+", "", previous))
            if unit is not None:
                return unit
        return self._mixed(core, previous)

    def _address(self, text: str) -> str:
        text = re.sub(r"\.", f" {self._language.words['dot']} ", text.removeprefix("www."))
        return self._mixed(text.replace("@", f" {self._language.words['at']} ").replace("-", " "), "")

    def _mixed(self, core: str, previous: str) -> str:
        """A token of letters, digits and signs: each run by itself."""
        if core[:1] == "#" and core.strip("#"):
            name = "number" if core[1:].isdigit() else "hashtag"
            return f"{self._language.words[name]} {self._mixed(core[1:], '')}"
        if core[:1] == "@" and len(core) > 1:
            return f"{self._language.words['at']} {self._mixed(core[1:], '')}"
        core = _EXPONENT.sub(self._power, core)
        out: list[str] = []
        for run in _runs(core):
            if run[0].isdigit():
                out.append(" " + (self._amounts.say(run) or self._amounts.number(run)) + " ")
            elif _is_letter(run[0]):
                out.append(run)
            else:
                out.append(self._sign(run, core, previous, is_first=not out))
        return "".join(out)

    def _power(self, found: re.Match[str]) -> str:
        named = self._language.powers.get(found[1])
        return f" {named} " if named else f" {self._language.symbols['^']} {found[1]} "

    def _sign(self, run: str, core: str, previous: str, *, is_first: bool) -> str:
        alone = run == core
        if run in ("'", "-"):
            return run
        if run in ("->", "=>", "-->"):
            run = "→"
        if run in ("==", "==="):
            run = "="
        if run == "." and not alone and not is_first:
            return f" {self._language.words['dot']} "
        if run == "/" and not is_first and not core.startswith(("/", "~", ".")):
            return " "  # and/or, his/her
        if run == "*":
            return f" {self._language.symbols['×']} " if previous[-1:].isdigit() else " "
        if not core.strip("#/") or (run in self._language.currencies and not alone):
            return " "
        return f" {self._language.symbols.get(run, '')} "


@lru_cache(maxsize=4096)
def is_unspoken(char: str) -> bool:
    """Whether ``char`` is an emoji, a part of one, a dingbat, or invisible: nothing is said for it."""
    return char in _DROPPED or (unicodedata.category(char) in _UNSPOKEN and char not in _SAID_SYMBOLS)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def _runs(text: str) -> list[str]:
    """``text`` cut where letters, digits and signs meet; a number keeps its point."""
    cut = re.findall(r"\d+/\d+|\d+(?:[.,]\d+)*|-+>|=+>?|\.\.\.|[^\d]", text)
    out: list[str] = []
    for part in cut:
        if out and len(part) == 1 and _is_letter(part) and _is_letter(out[-1][-1]):
            out[-1] += part
        else:
            out.append(part)
    return out


def _letters(word: str) -> str:
    """``word`` with letters, inner hyphens and apostrophes only, its own comma kept."""
    kept = "".join(char for char in word if _is_letter(char) or char in "'-").strip("'-")
    kept = re.sub(r"(['-])['-]+", r"\1", kept)
    while kept and unicodedata.category(kept[0])[0] == "M":
        kept = kept[1:]
    return kept + "," if kept and word.endswith(",") else kept
