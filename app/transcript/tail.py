"""How Markdown that is cut off in the middle is best shown. Pure: no Qt."""

import re
from enum import Enum

MARKED_AT_MOST = 1_500
"""Characters of an open block that are rendered again at each flush; beyond it is shown as written."""

_MARKS = re.compile(r"[*_`\[|~<>\\&]|https?:|^\s{0,3}(?:#|[-+]\s|\d{1,9}[.)]\s)", re.MULTILINE)
_DANGLING = re.compile(r"(?:\*{1,2}|_{1,2}|`+|~{1,2}|!?\[)$")
_WORDS = re.compile(r"[^*_`\[\]|~<>\\&;#/\x00-\x1f\x7f\x85\u2028\u2029]*")
_ADDRESS = re.compile(r"\w[.]\w|@|//")
_LETTER = re.compile(r"[^\W\d_]")
_ITEM = re.compile(r"^\s*[-*+]\s", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_STAR = re.compile(r"(?<!\s)\*|\*(?!\s)")
_OPEN_LINK = re.compile(r"!?\[([^\[\]]*)(?:\](?:\([^()\s]*)?)?$")


class Look(Enum):
    """How an open block is shown."""

    PLAIN = "plain"  # mere words
    MARKED = "marked"  # rendered as Markdown, as if it ended here
    RAW = "raw"  # as it was written


def is_plain(text: str) -> bool:
    """Whether ``text`` looks the same rendered as written."""
    return not _MARKS.search(text)


def look_of(text: str) -> Look:
    """How an open block with this text is shown."""
    if is_plain(text):
        return Look.PLAIN
    return Look.MARKED if len(text) <= MARKED_AT_MOST else Look.RAW


def written(text: str, look: Look) -> str:
    """The text of a block that isn't rendered as it stands in a document: one paragraph."""
    return text.replace("\n", " " if look is Look.PLAIN else "\u2028")


def closed(text: str) -> str:
    """``text`` with what is open in its last line closed, as far as can be told.

    Marks at the very end, which may yet become anything, are left out, and so is the beginning of
    a link's target. Nothing before the open mark moves.
    """
    text = _DANGLING.sub("", text.rstrip())
    text = _OPEN_LINK.sub(r"\1", text)
    last = text.rsplit("\n\n", 1)[-1]
    if "`" in last:
        if last.count("`") % 2:
            return text + "`"
        last = _CODE.sub("", last)
    if "*" in last:
        last = _ITEM.sub("", last)
    for mark in ("**", "__", "~~"):
        if last.count(mark) % 2:
            text += mark
    if "*" in last and len(_STAR.findall(last.replace("**", ""))) % 2:
        text += "*"
    return text


def grown(old: str, new: str) -> str | None:
    """The mere words that ``new`` has behind ``old``, which go on as it ends; None where there is more.

    Words are no more than words where they follow a word whose line has a letter already: then it is
    settled what kind of block they are in, and no mark beside them is changed by their coming.
    """
    old, new = old.rstrip(), new.rstrip()
    if not old or not new.startswith(old) or "]:" in old:  # where a link may be defined, nothing is shown
        return None
    added = new[len(old) :]
    line = old[old.rfind("\n") + 1 :]
    if _WORDS.fullmatch(added) and _WORDS.fullmatch(old[-1]) and _LETTER.search(line):
        return added
    return None


def settled(shown: str, source: str, look: Look, rendered: int) -> bool:
    """Whether a block that is shown open looks as its ``source`` does closed, so that it needs no rendering.

    ``shown`` is the text it was shown for; its first ``rendered`` characters were rendered as Markdown.
    """
    text = source.rstrip()
    if shown.rstrip() != text or source.rstrip("\n") != text:
        return False
    if look is Look.MARKED:
        word = text.rfind(" ", 0, rendered) + 1  # what came behind may have made it an address
        whole = rendered >= len(text) or not _ADDRESS.search(text, word)
        return whole and closed(text) == text
    mere_words = look is Look.PLAIN and shown == text and text.isprintable() and _LETTER.match(text)
    return bool(mere_words) and not _ADDRESS.search(text)
