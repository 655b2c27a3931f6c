"""Neighbours that tell what a number, a dash, a numeral or a bracket means. Only tables."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Contexts:
    """One language's telling words, all in lower case but for ``regnal``.

    ``number_signs``: abbreviations that are some only before a number ("p. 5"), with what is said.
    ``months``: names and their abbreviations without a stop, 1 to 12. ``weekdays``: the same, as said.
    ``range_ends``: words that end a range ("2019-present"). ``numbered`` and ``regnal``: what a Roman
    numeral counts ("Chapter IV") and whom it ranks ("Louis XIV"). ``dialled``: words before a telephone
    number. ``lists``: words before a bracketed list of numbers that are no sources. ``decades``: words
    before "30s" where it is no time in seconds. ``cited``: words that leave a hole where the source's number
    after them is not told ("according to [1]"). ``titles``: abbreviations that are none without a capital.
    ``feminine``: nouns with which one and twenty-one agree. ``centuries``: endings that make a Roman
    numeral an ordinal ("XIXe").
    """

    number_signs: Mapping[str, str]
    months: Mapping[str, int]
    weekdays: Mapping[str, str]
    range_ends: Words
    numbered: Words
    regnal: Words
    dialled: Words
    lists: Words
    decades: Words
    cited: Words
    titles: Words
    feminine: Words = frozenset()
    centuries: Words = frozenset()


def words(text: str) -> Words:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


def numbered_from_one(text: str) -> Mapping[str, int]:
    """Lines of names that mean the same, the first line as 1."""
    lines = [line.split() for line in text.strip().splitlines()]
    return {name: number for number, names in enumerate(lines, start=1) for name in names}


def said_as_first(text: str) -> Mapping[str, str]:
    """Lines of names that mean the same, each in lower case with the first of its line, as said."""
    lines = [line.split() for line in text.strip().splitlines()]
    return {name.lower(): names[0] for names in lines for name in names}
