"""The rules of the second stage: what a mark at the beginning of ``text`` means.

Each rule is a pure function that looks at the text from its mark on and says how many characters it
takes and what is said in their place, or None while it needs more. ``ended``: no more will come.
``before``: the character let through last.
"""

import html
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.text.codes import code_text
from engine.text.language import Language
from engine.text.maths import math_text


class Match(NamedTuple):
    """``taken`` characters are replaced by ``said``; None leaves them as they are."""

    taken: int
    said: str | None = ""


KEEP: Final = Match(1, None)
DROP: Final = Match(1)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>|<\?[^<>]*>")
_OPEN_TAG = re.compile(r"<(?:[/!?]|/?[A-Za-z][^<>]*|![^<>]*|\?[^<>]*)?")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>|<([^\s<>@]+@[^\s<>@]+)>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_OPEN_ENTITY = re.compile(r"&(?:#\d{0,7}|#[xX][0-9A-Fa-f]{0,6}|[A-Za-z][A-Za-z0-9]{0,31})?")
_TICKER = re.compile(r"\$[A-Za-z]{2,}[\s.,;:!?)]")
_SPACED_TAGS = re.compile(r"</?(?:br|p|li|td|th|tr|div|h[1-6]|summary|hr)\b", re.IGNORECASE)


def _run(text: str) -> int:
    return len(text) - len(text.lstrip(text[0]))


def emphasis(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``*`` and ``_``: dropped, but for a product (5*3, 5 * 3) and within a word (snake_case)."""
    run = _run(text)
    if run == len(text) and not ended:
        return None
    after = text[run : run + 1] or " "
    if text[0] == "*" and run == 1 and before.isdigit() and after.isdigit():
        return Match(1, f" {language.symbols['×']} ")
    if (text[0] == "_" and before.isalnum() and after.isalnum()) or (before.isspace() and after.isspace()):
        return Match(run, None)
    return Match(run)


def strike(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``~~``: dropped; a single ``~`` before a digit means about."""
    run = _run(text)
    if run == len(text) and not ended:
        return None
    is_about = run == 1 and text[1:2].isdigit() and not before.isalnum()
    return Match(run, None) if is_about else Match(run)


def code(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """A code span: its content in words."""
    run = _run(text)
    closing = re.compile(r"(?<!`)" + "`" * run + r"(?!`)").search(text, run)
    if closing and (closing.end() < len(text) or ended):
        return Match(closing.end(), code_text(text[run : closing.start()], language))
    return Match(run) if ended else None


def bang(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``!`` before an image's alternative text is not spoken."""
    if len(text) == 1 and not ended:
        return None
    return DROP if text[1:2] == "[" else KEEP


def opening(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``[``: a note's or a source's number is dropped whole; a link's label is let through."""
    if len(text) == 1:
        return DROP if ended else None
    if text[1] == "^" or text[1].isdigit():
        close = text.find("]")
        if close < 0:
            return DROP if ended else None
        if text[1] == "^" or not text[1:close].strip("0123456789, -–"):
            return Match(close + 1)
    return DROP


def closing(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``]``: with it goes the address ``(...)`` or the reference ``[...]`` that follows."""
    if len(text) == 1:
        return DROP if ended else None
    if text[1] == "[":
        end = text.find("]", 1)
        return Match(end + 1) if end > 0 else (DROP if ended else None)
    if text[1] != "(":
        return DROP
    depth = 0
    for index, char in enumerate(text[1:], start=1):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return Match(index + 1)
    return DROP if ended else None


def angle(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``<``: tags and comments are dropped, an address in angle brackets is kept without them."""
    if text.startswith("<!--"):
        end = text.find("-->")
        return Match(end + 3) if end > 0 else (Match(len(text)) if ended else None)
    if found := _ADDRESS.match(text):
        return Match(found.end(), (found[1] or found[2]).removeprefix("mailto:"))
    if found := _TAG.match(text):
        return Match(found.end(), " " if _SPACED_TAGS.match(text) else "")
    return None if not ended and _OPEN_TAG.fullmatch(text) else KEEP


def entity(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``&amp;`` and its like: the character that they stand for."""
    if found := _ENTITY.match(text):
        said = html.unescape(found[0])
        return Match(found.end(), said) if said != found[0] else KEEP
    return None if not ended and _OPEN_ENTITY.fullmatch(text) else KEEP


def backslash(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    r"""``\(...\)`` and ``\[...\]`` are formulas; before other punctuation it keeps the character."""
    if len(text) == 1:
        return KEEP if ended else None
    if text[1] in "([":
        close = text.find({"(": "\\)", "[": "\\]"}[text[1]], 2)
        if close > 0:
            return Match(close + 2, f" {math_text(text[2:close], language)}")
        return Match(2, text[1]) if ended else None
    if text[1] in "!\"#$%&'*+,-./:;<=>?@[\\]^_`{|}~)":
        return Match(2, text[1])
    return KEEP


def dollar(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``$...$`` is a formula unless it looks like money."""
    run = min(_run(text), 2)
    if len(text) == run:
        return Match(run, None) if ended else None
    if text[run].isdigit() or text[run].isspace() or before.isalnum() or _TICKER.match(text):
        return Match(run, None)
    close = text.find("$" * run, run)
    if close > 0 and not text[close - 1].isspace():
        return Match(close + run, math_text(text[run:close], language))
    return Match(run, None) if ended or close > 0 else None


RULES: Final[dict[str, Callable[..., Match | None]]] = {
    "*": emphasis,
    "_": emphasis,
    "~": strike,
    "`": code,
    "!": bang,
    "[": opening,
    "]": closing,
    "<": angle,
    "&": entity,
    "\\": backslash,
    "$": dollar,
}
