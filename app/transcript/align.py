"""Finds which characters of a rendered block stand for which characters of its Markdown. Pure: no Qt."""

import re
from bisect import bisect_left

_SKIPPED = re.compile(r"(?<=\])\([^)\s]*(?:\s+\"[^\"]*\")?\)")
"""Where a link or a picture points to is written and never shown."""


def align(source: str, rendered: str) -> list[int]:
    """For each character of ``rendered`` the index of its like in ``source``; never going backwards.

    Rendering drops characters (``**``, link targets) and adds few (a list's bullet is no character
    of the text), so a walk along both finds them. A character that has no like takes the index of
    the one before it.
    """
    hidden = bytearray(len(source))
    for match in _SKIPPED.finditer(source):
        hidden[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    places: list[int] = []
    at = 0
    while len(places) < len(rendered):
        alike = _alike(source, hidden, at, rendered, len(places))
        if alike:
            places.extend(range(at, at + alike))
            at += alike
            continue
        found = _next(source, hidden, at, rendered[len(places)])
        if found is None:
            places.append(max(0, at - 1))
        else:
            places.append(found)
            at = found + 1
    return places


def _alike(source: str, hidden: bytearray, at: int, rendered: str, index: int) -> int:
    """How many characters from ``at`` and ``index`` on are the same; slices compare faster than a walk."""
    hides = hidden.find(1, at)
    most = min((len(source) if hides < 0 else hides) - at, len(rendered) - index)
    known, unknown = 0, most
    while known < unknown:
        middle = (known + unknown + 1) // 2
        if source[at + known : at + middle] == rendered[index + known : index + middle]:
            known = middle
        else:
            unknown = middle - 1
    return max(known, 0)


def _next(source: str, hidden: bytearray, at: int, character: str) -> int | None:
    for index in range(at, min(len(source), at + 400)):
        if hidden[index]:
            continue
        if source[index] == character or (character.isspace() and source[index].isspace()):
            return index
    return None


def utf16_places(rendered: str, places: list[int]) -> list[int]:
    """``places`` with one entry per UTF-16 unit, which is what Qt counts, instead of per character."""
    if rendered.isascii():
        return places
    wide: list[int] = []
    for character, place in zip(rendered, places, strict=True):
        wide += [place] * utf16_length(character)
    return wide


def utf16_length(text: str) -> int:
    """The UTF-16 units of ``text``: an emoji takes two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def rendered_range(places: list[int], start: int, end: int) -> tuple[int, int]:
    """The entries of the rendered text that stand for ``source[start:end]``."""
    return bisect_left(places, start), bisect_left(places, end)
