"""Words for a person, in English, that remember what they were made of, so that a screen can say them
in another language: it looks the template up and fills the same values in.
"""

from collections.abc import Mapping, Sequence
from typing import Self


class Wording(str):
    """``template`` filled in with ``values`` as ``str.format`` does; a plain English ``str`` to all but
    a translator.

    The template is a literal, which a test looks for in every catalogue. A value that is itself a
    ``Wording`` is translated too; any other value stands as it is, of an error its own words. Without
    values nothing is filled in, and the template of what is a ``Wording`` already is kept.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fills the template in. Raises ``KeyError`` where a value is missing."""
        kept = {name: _words_of(value) for name, value in values.items()}
        made = super().__new__(cls, template.format(**kept) if kept else template)
        made.template, made.values = str(template), kept
        if isinstance(template, Wording) and not values:
            made.template, made.values = template.template, template.values
        return made


def joined(parts: Sequence[str], between: str) -> Wording:
    """``parts``, of which there is at least one, in one text with ``between`` them; each is translated."""
    whole = Wording(parts[0])
    for part in parts[1:]:
        whole = Wording(f"{{before}}{between}{{part}}", before=whole, part=part)
    return whole


def _words_of(value: object) -> object:
    """An error would keep every frame alive that it came through, so its words are kept in its place."""
    if not isinstance(value, BaseException):
        return value
    message = getattr(value, "message", None)
    return message if isinstance(message, Wording) else str(value)
