"""How Markdown that is cut off in the middle is best shown. Pure: no Qt."""

import re

MARKED_AT_MOST = 1_500
"""Characters of an open block that are rendered again at each flush; beyond it is shown as written."""

_MARKS = re.compile(r"[*_`\[|~<>\\&]|https?:|^\s{0,3}(?:#|[-+]\s|\d{1,9}[.)]\s)", re.MULTILINE)
_DANGLING = re.compile(r"(?:\*{1,2}|_{1,2}|`+|~{1,2}|!?\[)$")
_ITEM = re.compile(r"^\s*[-*+]\s", re.MULTILINE)
_OPEN_LINK = re.compile(r"!?\[([^\[\]]*)(?:\](?:\([^()\s]*)?)?$")


def is_plain(text: str) -> bool:
    """Whether ``text`` looks the same rendered as written."""
    return not _MARKS.search(text)


def closed(text: str) -> str:
    """``text`` with what is open in its last line closed, as far as can be told.

    Marks at the very end, which may yet become anything, are left out, and so is the beginning of
    a link's target. Nothing before the open mark moves.
    """
    text = _DANGLING.sub("", text.rstrip())
    text = _OPEN_LINK.sub(r"\1", text)
    last = text.rsplit("\n\n", 1)[-1]
    if last.count("`") % 2:
        return text + "`"
    bare = _ITEM.sub("", re.sub(r"`[^`]*`", "", last))
    for mark in ("**", "__", "~~"):
        if bare.count(mark) % 2:
            text += mark
    bare = bare.replace("**", "")
    if len(re.findall(r"(?<!\s)\*|\*(?!\s)", bare)) % 2:
        text += "*"
    return text
