"""The third stage: one token of plain text, or several that belong together, to the words that are said."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from engine.text.amounts import Amounts
from engine.text.characters import clean, letters
from engine.text.expressions import is_negative
from engine.text.groups import Around, Groups
from engine.text.language import Language, language_of
from engine.text.mixed import Mixed
from engine.text.numbers import Numbers
from engine.text.roman import Roman


class Said(NamedTuple):
    """The words for a token; ``lead`` goes on the word before it, ``tail`` on its own last word.

    ``may_end``: it ends with an abbreviation's full stop, which is also a sentence's if a capital follows.
    ``written``: the token without what opens and closes it. ``before``: the sign that came with it.
    """

    words: list[str]
    lead: str = ""
    tail: str = ""
    may_end: bool = False
    written: str = ""
    before: str = ""


_OPENERS: Final = "([{«“\"'‹„‚"
_CLOSERS: Final = ")]}»”\"'›"
_MARKUP: Final = "*_|"
_OR: Final = "||"
_MARKS: Final = ".,!?;:"
_DASHES: Final = "-–—―"
_ALONE: Final = (*_DASHES, "−", "*", "/", "~")
"""Signs that have a meaning between two tokens."""

_COMPOUND = re.compile(r"-(?=[^\W\d_]{2})")
_BEFORE_AMOUNT = re.compile(r"(?!UTC|GMT)(?P<word>[^\W\d_]{2,})-(?P<rest>\d[^-–]*(?:-[^\W\d_].*)?)")
_URL = re.compile(
    r"(?:https?://|ftp://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_]{2,}|localhost)(?::\d+)?(?:[/?#]\S*)?"
)
_SUFFIXES: Final = "com|org|net|io|dev|ai|edu|gov|app|info|eu|fr|uk|de|co|me|tv|us|ca|ch|be"
_BARE = re.compile(rf"(?:www\.)?(?:[a-z0-9-]+\.)+(?:{_SUFFIXES})(?:/\S*)?", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_])?")


class Normaliser:
    """Says tokens of one language. Pure, but for caches."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._amounts = Amounts(language)
        self._groups = Groups(language, self._amounts)
        self._mixed = Mixed(language, self._amounts)
        self._roman = Roman(language, Numbers(language))

    def say(self, token: str, around: Around) -> Said:
        """The words for ``token``, or for several joined by spaces that ``is_one`` takes for one."""
        text = clean(token)
        if self._amounts.is_telephone(text.strip(_MARKS)):
            lead, (core, tail) = "", (text.strip(_MARKS), text[len(text.rstrip(_MARKS)) :][:1])
        else:
            lead = "," if text[:1] == "(" else ""
            core, tail = self._peel(text if text[1:2] == " " else text.lstrip(_OPENERS + _MARKUP) or text)
        if text == _OR:
            core = _OR
        elif not core.strip(_DASHES + "~*_|"):
            return Said([], tail or ("," if core and not core.strip(_DASHES) else lead))
        if self._groups.is_pause(core, around):
            return Said([], ",")
        link = self._groups.link(core, around)
        sign, rest = link or ("", core)
        previous = "" if link else around.previous
        if is_negative(core, text[: len(text) - len(core)], around.previous):
            sign, rest = self._language.words["minus"], core[1:]
        agreed = self._amounts.agree(rest, around.following)
        said = f"{sign} {agreed or self._core(rest, previous)}"
        words = [word for raw in said.split() if (word := letters(raw))]
        if not words:
            return Said([], tail or lead)
        written = core.removeprefix(core[0]).lstrip() if link else core
        closing = ")" if tail == "," and text.endswith(")") else tail
        return Said(words, lead, tail, self._may_end(core), written + closing, core[0] if link else "")

    def may_go_on(self, token: str, previous: str) -> bool:
        """Whether the tokens after ``token`` may belong to it."""
        core, tail = self._bare(token)
        return bool(core) and not tail and self._groups.may_begin(core, previous)

    def goes_on(self, held: Sequence[str], token: str, previous: str) -> bool:
        """Whether ``token`` belongs to those that are ``held``."""
        begun = self._joined(held)
        core, _ = self._bare(token, begun)
        is_apart = token.startswith("(") and not self._amounts.begins_telephone(core)
        return bool(core) and not is_apart and self._groups.goes_on(begun, core, previous)

    def is_closed(self, tokens: Sequence[str]) -> bool:
        """Whether punctuation after the last of ``tokens`` parts it from what follows."""
        return bool(self._bare(tokens[-1], self._joined(tokens[:-1]))[1])

    def is_one(self, tokens: Sequence[str]) -> bool:
        """Whether ``tokens``, each of which goes on, have become one that can be said."""
        text = self._joined(tokens)
        if text.lower() in self._language.abbreviations or self._groups.link(text, Around()) is not None:
            return True
        return self._amounts.say(text) is not None

    def _joined(self, tokens: Sequence[str]) -> str:
        text = ""
        for token in tokens:
            text = f"{text} {self._bare(token, text)[0]}".lstrip()
        return text

    def _bare(self, token: str, begun: str = "") -> tuple[str, str]:
        """The token without what opens and closes it, and the punctuation that closes it."""
        text = clean(token)
        if text in _ALONE or self._amounts.begins_telephone(text):
            return text, ""
        text = text.lstrip(_OPENERS + _MARKUP)
        return (text, "") if text.lower() in self._language.contexts.number_signs else self._peel(text, begun)

    def _peel(self, text: str, begun: str = "") -> tuple[str, str]:
        """The token without what closes it, and the punctuation that this leaves on its last word."""
        found = ""
        while text:
            if text[-1] == "." and self._keeps_stop(f"{begun} {text}".lstrip()):
                break
            if text[-1] == ")" and text.count("(") >= text.count(")"):
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
        if self._amounts.ends_with_stop(text):
            return True
        begun, _, last = text.rpartition(" ")
        if begun and "." not in last[:-1] and self._amounts.is_amount(text[:-1]):
            return False  # a unit's
        is_initial = len(last) == 2 and last[0].isalpha() and last[0].isupper() and last[0] != "I"
        known = self._language.abbreviations
        is_known = (last.lower() in known and not self._lacks_capital(last)) or text.lower() in known
        return is_known or _INITIALS.fullmatch(last) is not None or is_initial

    def _lacks_capital(self, word: str) -> bool:
        return word[0].islower() and word in self._language.contexts.titles

    def _may_end(self, core: str) -> bool:
        if core[-1] != ".":
            return False
        last = core.rpartition(" ")[2].lower()
        known = self._language.abbreviations
        return (last in known and last not in self._language.continues) or self._amounts.ends_with_stop(core)

    def _core(self, core: str, previous: str) -> str:
        if (said := self._shortened(core, previous)) is not None:
            return said
        if _EMAIL.fullmatch(core):
            return self._address(core)
        if (found := _URL.fullmatch(core)) and (
            core.startswith(("http", "ftp", "www.")) or _BARE.fullmatch(core)
        ):
            return self._address(found[1])
        if (said := self._roman.say(core, previous)) is not None:
            return said
        if core[0] == "–" and core[1:2].isdigit():
            is_range = self._amounts.is_amount(previous)
            return f"{self._language.words['to' if is_range else 'minus']} {self._core(core[1:], '')}"
        if (said := self._amounts.say(core, previous)) is not None:
            return said
        return self._composed(core) or self._mixed.say(core)

    def _shortened(self, core: str, previous: str) -> str | None:
        """An abbreviation or initials in full."""
        lowered = core.lower()
        if lowered == "st." and previous[:1].isupper():
            return "Street" if self._language.code == "en" else "Saint"
        is_acronym = core.isupper() and core.isalpha() and len(core) > 1
        said = self._language.abbreviations.get(lowered)
        if said is not None and not is_acronym and not self._lacks_capital(core):
            return said
        if _INITIALS.fullmatch(core) or (len(core) == 2 and core[1] == "."):
            return " ".join(core.replace(".", " ").split())
        return None

    def _composed(self, core: str) -> str | None:
        """An amount with words on hyphens: "5-10-minute", "mid-1990s"."""
        if core.endswith("'s") and (said := self._amounts.say(core[:-2])) is not None:
            return f"{said}'s"
        for hyphen in reversed(list(_COMPOUND.finditer(core))):
            rest = core[hyphen.end() :]
            if (said := self._amounts.say(core[: hyphen.start()])) is not None:
                return f"{said} {self._amounts.unit(rest, '1') or self._mixed.say(rest)}"
        if found := _BEFORE_AMOUNT.fullmatch(core):
            amount = self._amounts.say(found["rest"]) or self._composed(found["rest"])
            return f"{found['word']} {amount}" if amount else None
        return None

    def _address(self, text: str) -> str:
        text = re.sub(r"\.", f" {self._language.words['dot']} ", text.removeprefix("www."))
        return self._mixed.say(text.replace("@", f" {self._language.words['at']} ").replace("-", " "))


@cache
def normaliser_of(code: str) -> Normaliser:
    """The normaliser of the language ``code``, which all replies share."""
    return Normaliser(language_of(code))
