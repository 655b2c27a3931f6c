"""The rules of the second stage: what a mark at the beginning of ``text`` means.

Each rule is a pure function that looks at the text from its mark on and says how many characters it
takes and what is said in their place, or None while it needs more. ``ended``: no more will come.
``before``: the characters let through last, at least a word of them.
"""

import html
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.text.codes import code_text
from engine.text.language import Language
from engine.text.maths import math_text
from engine.text.references import Bracket, bracket_of, is_index


class Match(NamedTuple):
    """``taken`` characters are replaced by ``said``; None leaves them as they are."""

    taken: int
    said: str | None = ""


KEEP: Final = Match(1, None)
DROP: Final = Match(1)
_ATTRIBUTE: Final = r"\s+[\w:@.-]+\s*(?:=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=]+))"
_FLAG: Final = r"\s+(?:open|disabled|checked|hidden|controls|autoplay|loop|muted|required|selected)\b"
_TAG = re.compile(rf"</?[A-Za-z][\w:-]*(?:{_ATTRIBUTE}|{_FLAG})*\s*/?>|<![^<>]*>|<\?[^<>]*>")
_OPEN_TAG = re.compile(r"<(?:[/!?]|/?[A-Za-z][^<>]*|![^<>]*|\?[^<>]*)?")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>|<([^\s<>@]+@[^\s<>@]+)>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_OPEN_ENTITY = re.compile(r"&(?:#\d{0,7}|#[xX][0-9A-Fa-f]{0,6}|[A-Za-z][A-Za-z0-9]{0,31})?")
_TICKER = re.compile(r"\$[A-Za-z]{2,}[\s.,;:!?)]")
_RAISED = re.compile(r"<sup>(?P<content>[^<>]*)</sup>", re.IGNORECASE)
_RAISED_ENDING: Final = ("st", "nd", "rd", "th", "er", "re", "ère", "e", "ème")
_RAISABLE = re.compile(r"(?:^|[^\w])(?:\d+|\d*[^\W\d_]{1,3})$|\)$")
_LONGEST_RAISED: Final = 60
_SHOWN_TAG = re.compile(
    r"&lt;/?(?P<name>[A-Za-z][\w-]*)(?:\s+[\w:-]+=(?:\"[^\"&]*\"|&quot;[^\"&]*&quot;|[^\s&]+))*\s*/?&gt;"
)
_OPEN_SHOWN_TAG = re.compile(r"&lt;/?(?:[A-Za-z][\w-]*(?:\s+[^\n<>]{0,80})?)?(?:&(?:g|gt)?)?")
_SPACED_TAGS = re.compile(r"</?(?:br|p|li|td|th|tr|div|h[1-6]|summary|hr)\b", re.IGNORECASE)


def _run(text: str) -> int:
    return len(text) - len(text.lstrip(text[0]))


def emphasis(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``*`` and ``_``: dropped, but for a product (5*3, 5 * 3) and within a word (snake_case)."""
    run = _run(text)
    if run == len(text) and not ended:
        return None
    after = text[run : run + 1] or " "
    last = before[-1:] or " "
    if text[0] == "*" and run == 1 and last.isdigit() and after.isalnum():
        return Match(1, f" {language.symbols['×']} ")
    if text[:run] == "**" and _RAISABLE.search(before) and after.isdigit():
        return Match(run, "^")
    if (text[0] == "_" and last.isalnum() and after.isalnum()) or (last.isspace() and after.isspace()):
        return Match(run, None)
    return Match(run)


def strike(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``~~``: dropped; a single ``~`` before a digit means about."""
    run = _run(text)
    if run == len(text) and not ended:
        return None
    last, after = before[-1:] or " ", text[1:2] or " "
    is_about = (after.isdigit() or after in "$€£¥.") and not last.isalnum()
    is_alone = last.isspace() and after.isspace()
    return Match(run, None) if run == 1 and (is_about or is_alone) else Match(run)


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
    """``[``: a note's or a source's number is dropped whole; a list, an index and a link's label are kept."""
    if len(text) == 1:
        return DROP if ended else None
    if text[1] == "^":
        close = text.find("]")
        return Match(close + 1) if close > 0 else (DROP if ended else None)
    if text[1].isdigit() or text[1] in "-−":
        return _numbers(text, before, language, ended=ended)
    index = is_index(text, before, ended=ended)
    return None if index is None else Match(1, " " if index else "")


def _numbers(text: str, before: str, language: Language, *, ended: bool) -> Match | None:
    """A bracket that begins with a number."""
    close = text.find("]")
    if text[1 : close if close > 0 else None].strip("0123456789.,:;+-−– "):
        return DROP
    kind = bracket_of(text, before, language, ended=ended) if close > 0 or ended else None
    if kind is None:
        return None
    if close < 0 or kind is Bracket.LABEL:
        return DROP
    if kind is Bracket.SOURCE:
        return _with_address(text, close, ended=ended)
    content = ", ".join(text[1:close].split(","))
    if kind is Bracket.NAMED:
        content = f"{language.words['source' if text[1:close].isdigit() else 'sources']} {content}"
    return Match(close + 1, f" {content}{' ' if text[close + 1 : close + 2].isalnum() else ''}")


def _with_address(text: str, close: int, *, ended: bool) -> Match | None:
    """A source's number is dropped with the address that follows it."""
    if text[close + 1 : close + 2] != "(":
        return Match(close + 1)
    end = text.find(")", close)
    return Match(end + 1) if end > 0 else (Match(close + 1) if ended else None)


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
    if text[:5].lower() == "<sup>" and (raised := _raised(text, before, ended=ended)) != DROP:
        return raised
    if found := _TAG.match(text):
        return Match(found.end(), " " if _SPACED_TAGS.match(text) else "")
    return None if not ended and _OPEN_TAG.fullmatch(text) else KEEP


def _raised(text: str, before: str, *, ended: bool) -> Match | None:
    """``<sup>``: an ordinal's ending or a power; a note's number is dropped. DROP where it is neither."""
    found = _RAISED.match(text)
    if found is None:
        return None if not ended and len(text) < _LONGEST_RAISED else DROP
    content = found["content"].strip()
    if content in _RAISED_ENDING:
        return Match(found.end(), content)
    if _RAISABLE.search(before):
        return Match(found.end(), f"^({content})")
    return Match(found.end()) if not content.strip("0123456789[], ") else DROP


def entity(text: str, *, ended: bool, before: str, language: Language) -> Match | None:
    """``&amp;`` and its like: the character that they stand for; of a tag that is shown, its name."""
    if found := _SHOWN_TAG.match(text):
        return Match(found.end(), f" {found['name']} ")
    if not ended and text[:4] == "&lt;" and _OPEN_SHOWN_TAG.fullmatch(text):
        return None
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
    if text[run].isdigit() or text[run].isspace() or before[-1:].isalnum() or _TICKER.match(text):
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
