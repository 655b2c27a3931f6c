"""What the engine says, in the interface's language: the one place that turns its errors into words.

The engine speaks English and knows no screen; each ``Wording`` of its remembers the template that the
catalogue has a translation of. Logs, the terminal and the wire keep the English.
"""

import re
from functools import cache
from string import Formatter
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from app import amounts
from app.hotkey.chord import Chord
from app.locale import SHIPPED, catalogue
from engine.errors import AloudError
from engine.events import Port
from engine.units import ByteCount
from engine.wording import Wording

TELLING_LETTERS: Final = 10
"""A template with fewer letters of its own fits sentences that it did not make."""

_PARTS: Final = frozenset(port.value for port in Port)


def told(error: AloudError) -> str:
    """What happened and what to do about it, as it is shown."""
    return words(error.message, error.remedy)


def words(*texts: str) -> str:
    """``texts`` one after the other as they are shown: a ``Wording`` translated, any other as it is."""
    shown = (_translated(text) if isinstance(text, Wording) else text for text in texts)
    return " ".join(text for text in shown if text)


def read_back(text: str) -> str:
    """A sentence that was kept in English, in the history say, as the ``Wording`` that it was written as.

    What no template made stays as it is.
    """
    known = catalogue(next(language for language in SHIPPED if language != "en"))
    if text in known:
        return Wording(text)
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return Wording(template, **found.groupdict())
    return text


class _Filler(Formatter):
    """Fills a translated template in, with numbers and names as its language has them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value."""
        if isinstance(value, Wording):
            return _translated(value)
        if isinstance(value, ByteCount):
            return amounts.size(value)
        if isinstance(value, Chord):
            return value.symbols()
        if isinstance(value, str) and value in _PARTS:
            return tr(value)
        filled = str(super().format_field(value, format_spec))
        return amounts.localised(filled) if isinstance(value, float) else filled


def _translated(text: Wording) -> str:
    template = tr(text.template)
    return _Filler().vformat(template, (), text.values) if text.values else template


@cache
def _patterns() -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    """The templates with gaps, those with the most words of their own first, and what they match."""
    known = catalogue(next(language for language in SHIPPED if language != "en"))
    made: list[tuple[int, str, re.Pattern[str]]] = []
    for template in known:
        pieces = list(Formatter().parse(template)) if "{" in template else []
        names = [name for _, name, _, _ in pieces if name]
        if not names:
            continue
        seen: set[str] = set()
        pattern = ""
        for literal, name, _, conversion in pieces:
            pattern += re.escape(literal)
            if name:
                group = f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
                pattern += f"['\"]{group}['\"]" if conversion == "r" else group
                seen.add(name)
        own = sum(character.isalpha() for literal, *_ in pieces for character in literal)
        if own >= TELLING_LETTERS:
            made.append((own, template, re.compile(pattern, re.DOTALL)))
    made.sort(key=lambda entry: -entry[0])
    return tuple((template, pattern) for _, template, pattern in made)


def tr(text: str) -> str:
    """``text`` in the app's language."""
    return QCoreApplication.translate("Engine", text)
