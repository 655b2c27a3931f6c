"""Characters made alike before they are read, and those for which nothing is said. Pure functions."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_UNSPOKEN: Final = frozenset(("So", "Sk", "Me", "Cf", "Cc", "Co", "Cs", "Cn"))
"""Unicode's general categories of emoji, their modifiers and joiners, dingbats and what is invisible."""

_SAID_SYMBOLS: Final = frozenset("°℃℉№^`´")
_DROPPED: Final = frozenset("ℹ〰\ufe0e\ufe0f")
"""Parts of emoji in categories that hold letters and marks as well."""

_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("’‘ʼ´`′", "'"),
        **dict.fromkeys("，、", ","),
        **dict.fromkeys("‐‑", "-"),
        "。": ".",
        "‒": "–",
        "″": '"',
    }
)
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_POWERS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_MIXED_FRACTION = re.compile("([0-9])([¼-¾⅐-⅞])")
_RING = re.compile(r"(?<=\d)º(?=[CF]?$)")


@lru_cache(maxsize=1024)
def clean(token: str) -> str:
    """``token`` with its powers as ``^2``, its fractions as ``1/2``, ASCII digits, quotes and hyphens."""
    text = token.translate(_ALIKE)
    text = "".join(char for char in text if not is_unspoken(char))
    text = _RING.sub("°", text)
    text = _POWERS.sub(lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}", text)
    text = _MIXED_FRACTION.sub(r"\1 \2", text)
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char, char)) for char in text).replace("⁄", "/").strip()


@lru_cache(maxsize=4096)
def is_unspoken(char: str) -> bool:
    """Whether ``char`` is an emoji, a part of one, a dingbat, or invisible: nothing is said for it."""
    return char in _DROPPED or (unicodedata.category(char) in _UNSPOKEN and char not in _SAID_SYMBOLS)


def is_letter(char: str) -> bool:
    """Whether ``char`` is a letter or a mark on one."""
    return unicodedata.category(char)[0] in "LM"


def letters(word: str) -> str:
    """``word`` with letters, inner hyphens and apostrophes only, its own comma kept."""
    kept = "".join(char for char in word if is_letter(char) or char in "'-").strip("'-")
    kept = re.sub(r"(['-])['-]+", r"\1", kept)
    while kept and unicodedata.category(kept[0])[0] == "M":
        kept = kept[1:]
    return kept + "," if kept and word.endswith(",") else kept
