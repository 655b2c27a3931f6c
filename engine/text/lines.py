"""What a line of Markdown is, told from its beginning.

``classify`` is asked again with every character until it knows. It holds no state and no offsets.
"""

import re
from enum import Enum, auto
from typing import Final, NamedTuple

LONGEST_HEAD: Final = 200
"""Characters after which a line whose kind is still open is taken for what it looks like."""


class Kind(Enum):
    """The kinds of lines that are read out differently."""

    BLANK = auto()
    PLAIN = auto()
    NOTE = auto()  # a footnote's text
    HEADING = auto()
    ITEM = auto()
    FENCE = auto()
    CODE = auto()  # indented
    MATH = auto()
    TABLE = auto()
    SILENT = auto()  # a rule, a table's dashes, an underline, a link's definition


class Line(NamedTuple):
    """A line's kind, how many of its characters are markup, and what is said in their place."""

    kind: Kind
    skip: int
    said: str = ""


_TAB_COLUMNS: Final = 4
_QUOTES = re.compile(r" {0,3}(?:> ? {0,3})*> ?")
_MARKER = re.compile(r"(?:[-*+•◦▪‣·]|\d{1,9}[.)])(?: {1,4}(?! ))?")
_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?[ \t]*)*")
_HEADING = re.compile(r"#{1,6}(?:[ \t]+|$)")
_BULLET = re.compile(r"[-*+•◦▪‣·][ \t]+")
_NUMBER = re.compile(r"(\d{1,9})[.)](?:[ \t]+|$)")
_TASK = re.compile(r"\[([ xX])\][ \t]")
_LABEL = re.compile(r"\[[^\]]*\]")
_FENCES: Final = "`~"
_RULES: Final = "-*_=+"


def classify(line: str, *, ended: bool, code_from: int | None = None) -> Line | None:
    """The kind of ``line``, or None while more of it is needed. ``ended``: its newline has come.

    ``code_from``: the columns of indentation from which it is code, or None where no code can begin.
    """
    prefix = _PREFIX.match(line)
    skip = prefix.end() if prefix else 0
    body = line[skip:]
    ended = ended or len(line) > LONGEST_HEAD
    if not body:
        return Line(Kind.BLANK, skip) if ended else None
    if code_from is not None and indent_of(line) >= code_from:
        return Line(Kind.CODE, len(line))
    found = _classify_body(body, ended)
    return None if found is None else Line(found.kind, found.skip + skip, found.said)


def indent_of(line: str) -> int:
    """The columns of white space at the beginning of ``line``, after the marks of a quotation."""
    quotes = _QUOTES.match(line)
    body = line[quotes.end() :] if quotes else line
    columns = 0
    for char in body:
        if char not in " \t":
            break
        columns += 1 if char == " " else _TAB_COLUMNS - columns % _TAB_COLUMNS
    return columns


def marker_columns(line: str) -> int:
    """How far a list item's text is indented beyond its marker."""
    marker = _MARKER.match(_PREFIX.sub("", line, count=1))
    return len(marker[0]) if marker else 0


def closes_fence(line: str, fence: str) -> bool:
    """Whether ``line`` ends the code block that a run of ``fence`` characters opened."""
    body = _PREFIX.sub("", line, count=1).rstrip()
    return len(body) >= len(fence) and not body.strip(fence[0])


def fence_of(line: str) -> str:
    """The run of backticks or tildes at the beginning of a fence line."""
    body = _PREFIX.sub("", line, count=1)
    return body[: len(body) - len(body.lstrip(body[0]))]


def _classify_body(body: str, ended: bool) -> Line | None:
    first = body[0]
    if first == "#":
        return _heading(body, ended)
    if first in _FENCES:
        return _fence(body, ended)
    if first.isascii() and first.isdigit():
        return _number(body, ended)
    if first == "|":
        return _table(body, ended)
    if first == "[":
        return _definition(body, ended)
    if body in ("$", "\\") and not ended:
        return None
    if body.startswith(("$$", "\\[")):
        return Line(Kind.MATH, 2)
    if first in _RULES and (ruled := _rule(body, ended)) != Line(Kind.PLAIN, 0):
        return ruled
    if _BULLET.match(body):
        return _item(body, ended)
    if first in "•◦▪‣·" and len(body) == 1 and not ended:
        return None
    return Line(Kind.PLAIN, 0)


def _heading(body: str, ended: bool) -> Line | None:
    if not ended and not body.strip("# \t") and len(body) <= LONGEST_HEAD:
        return None
    found = _HEADING.match(body)
    return Line(Kind.HEADING, found.end()) if found else Line(Kind.PLAIN, 0)


def _fence(body: str, ended: bool) -> Line | None:
    run = len(body) - len(body.lstrip(body[0]))
    if run == len(body) and not ended:
        return None
    if run < 3 or (body[0] == "`" and "`" in body[run:]):
        return Line(Kind.PLAIN, 0)
    return Line(Kind.FENCE, len(body)) if ended else None


def _number(body: str, ended: bool) -> Line | None:
    found = _NUMBER.match(body)
    if found and found.end() < len(body):
        return _item(body, ended)
    return None if not ended and re.fullmatch(r"\d{1,9}[.)]?[ \t]*", body) else Line(Kind.PLAIN, 0)


def _table(body: str, ended: bool) -> Line | None:
    if body.strip("|-: \t"):
        return Line(Kind.TABLE, 1)
    return Line(Kind.SILENT, len(body)) if ended else None


def _definition(body: str, ended: bool) -> Line | None:
    label = _LABEL.match(body)
    after = body[label.end() : label.end() + 1] if label else ""
    if not after and not ended:
        return None
    if label and after == ":":
        if body.startswith("[^"):
            return Line(Kind.NOTE, label.end() + 1)
        return Line(Kind.SILENT, len(body)) if ended else None
    return Line(Kind.PLAIN, 0)


def _rule(body: str, ended: bool) -> Line | None:
    first = body[0]
    only = not body.strip(first + " \t") or (first == "-" and not body.strip("-|: \t"))
    if not only:
        return Line(Kind.PLAIN, 0)
    return Line(Kind.SILENT, len(body)) if ended else None


def _item(body: str, ended: bool) -> Line | None:
    number = _NUMBER.match(body)
    marker = number or _BULLET.match(body)
    skip = marker.end() if marker else 0
    said = f"{number[1]}." if number else ""
    rest = body[skip:]
    if rest.startswith("[") and len(rest) < 4 and not ended:
        return None
    task = _TASK.match(rest)
    return Line(Kind.ITEM, skip + (task.end() if task else 0), said)
