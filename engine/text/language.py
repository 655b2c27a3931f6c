"""How signs, units and abbreviations are said in each language that is spoken here.

Only tables; numbers themselves are spelled by ``engine.text.numbers``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from engine.text.contexts import Contexts

Table = Mapping[str, str]
Forms = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Language:
    """One language's words for what is not written in letters.

    ``symbols``: signs between words. ``operators``: signs within code. ``maths``: LaTeX commands.
    ``powers``: exponents with names. ``units`` and ``currencies``: singular and plural.
    ``abbreviations``: without regard to case, as written. ``words``: what numbers need.
    ``decimal_mark``: the sign before decimals; the other of ``.`` and ``,`` groups thousands.
    ``ordinal_marks``: what turns a number into an ordinal when attached to it.
    """

    code: str
    code_omitted: str
    decimal_mark: str
    ordinal_marks: tuple[str, ...]
    months: tuple[str, ...]
    words: Table
    symbols: Table
    operators: Table
    maths: Table
    powers: Table
    units: Forms
    currencies: Forms
    magnitudes: Table
    abbreviations: Table
    continues: frozenset[str]
    """Abbreviations whose full stop never ends a sentence."""
    contexts: Contexts


@cache
def language_of(code: str) -> Language:
    """The language named by ``code`` ("en", "fr-CA"); English where there is no table for it."""
    from engine.text import language_en, language_fr

    known = {"en": language_en.ENGLISH, "fr": language_fr.FRENCH}
    return known.get(code.lower().split("-")[0].split("_")[0], language_en.ENGLISH)


def table(text: str) -> Table:
    """``key = value`` lines as a mapping."""
    pairs = (line.split(" = ", 1) for line in text.splitlines() if line)
    return MappingProxyType({key.strip(): value.strip() for key, value in pairs})


def forms(text: str) -> Forms:
    """``key = singular / plural`` lines as a mapping; one form serves for both."""
    pairs = {key: value.split(" / ") for key, value in table(text).items()}
    return MappingProxyType({key: (value[0], value[-1]) for key, value in pairs.items()})
