"""What stands in square brackets: a source's number, a list of numbers, or an index. Pure functions."""

import itertools
import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from engine.text.language import Language

_CHAIN = re.compile(r"(?:\[[^\[\]]*\])+ ?")
_UNCLOSED = re.compile(r"\[[\d\s,–-]*$")
_OPERATOR = re.compile(r"(?:[=+*/<>≤≥×]|-(?![^\W\d_])|!=)")
_BEFORE_LIST = re.compile(r"[=:(<>+*/≈∈]\s*$|\d\s*,\s*$")
_INDEX = re.compile(r"[ijknmxy](?:[-+*]\w+)?\]|['\"]|:")
_LAST_WORD = re.compile(r"([^\W\d_]+)[.:'\s]*$")
_MOST_SOURCES: Final = 6
_HIGHEST_SOURCE: Final = 999


class Bracket(Enum):
    """What a bracket's content is."""

    SOURCE = auto()  # not spoken
    NAMED = auto()  # a source whose number is spoken, since it is what the sentence speaks of
    LIST = auto()  # spoken
    INDEX = auto()  # spoken, apart from the word before it
    LABEL = auto()  # of a link: spoken, but for what follows it


def bracket_of(text: str, before: str, language: Language, *, ended: bool) -> Bracket | None:
    """The kind of the bracket of numbers that ``text`` begins with, or None while more of it is needed.

    ``before``: what was let through last.
    """
    chain = _CHAIN.match(text)
    after = text[chain.end() : chain.end() + 2] if chain else ""
    if not ended and (chain is None or len(after) < 2 or _UNCLOSED.match(text, chain.end())):
        return None
    numbers = _numbers(text[1 : text.find("]")])
    if after[:1] == "(":
        return Bracket.SOURCE if numbers is not None and _are_sources(numbers) else Bracket.LABEL
    touches = _touches(before)
    is_counted = _OPERATOR.match(after) is not None
    if touches:
        return Bracket.INDEX if is_counted or numbers is None or min(numbers) <= 0 else Bracket.SOURCE
    if is_counted or numbers is None or not _are_sources(numbers):
        return Bracket.LIST
    last = _LAST_WORD.search(before)
    word = last[1].lower() if last else ""
    if word in language.contexts.lists or not before.strip() or _BEFORE_LIST.search(before):
        return Bracket.LIST
    return Bracket.NAMED if word in language.contexts.cited else Bracket.SOURCE


def is_index(text: str, before: str, *, ended: bool) -> bool | None:
    """Whether ``text``, a bracket that begins with no number, names a part of the word before it.

    None while more of it is needed: "function[s]" is a word, "x[i]" are two.
    """
    if not _touches(before):
        return False
    if _INDEX.match(text, 1):
        return True
    return None if re.fullmatch(r"\[[ijknmxy](?:[-+*]\w*)?", text) and not ended else False


def _touches(before: str) -> bool:
    return before[-1:].isalnum() or before.endswith((")", "]", "_"))


def _numbers(content: str) -> Sequence[int] | None:
    """The whole numbers of a list, or None where there is something else; a range stands for its ends."""
    if not re.fullmatch(r"\s*-?\d+(?:\s*[,–-]\s*\d+)*\s*", content):
        return None
    return [int(number) for number in re.findall(r"^\s*-?\d+|\d+", content)]


def _are_sources(numbers: Sequence[int]) -> bool:
    """Whether ``numbers`` are as sources are cited: few, from one, each higher than the one before."""
    ascending = all(low < high for low, high in itertools.pairwise(numbers))
    return ascending and numbers[0] > 0 and numbers[-1] <= _HIGHEST_SOURCE and len(numbers) <= _MOST_SOURCES
