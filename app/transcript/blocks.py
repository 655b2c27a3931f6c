"""Cuts a reply's Markdown, while it is still being written, into blocks that will not change any more.

Pure: no Qt. A block is closed as soon as what follows can't alter how it looks, so that each is
rendered once, and the cost of a token does not grow with the reply.
"""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$")
_ITEM = re.compile(r"^(?:[-*+]|\d{1,9}[.)])[ \t]")
_LISTED = re.compile(r"^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]")
_MAYBE_FENCE = re.compile(r"^[ \t]*[`~]{1,}")


@dataclass(frozen=True, slots=True)
class Block:
    """A closed piece of a reply; ``source`` begins at character ``start`` of the reply.

    Of a code block ``language`` is what its fence says (perhaps "") and ``code`` the lines between
    its fences; of prose both are None.
    """

    start: int
    source: str
    language: str | None = None
    code: str | None = None


class BlockReader:
    """Takes fragments of a reply and gives the blocks that they close.

    The sources of all closed blocks followed by ``tail`` are always the text fed so far.
    """

    def __init__(self) -> None:
        self._lines = ""  # whole lines of the open block
        self._partial = ""  # the line that has no end yet
        self._start = 0
        self._blank = False
        self._fence: tuple[str, str, int] | None = None  # its marker, its language, its length

    @property
    def tail(self) -> str:
        """The open block, as written."""
        return self._lines + self._partial

    @property
    def tail_start(self) -> int:
        """Where in the reply the open block begins."""
        return self._start

    @property
    def open_code(self) -> tuple[str, str] | None:
        """Language and lines of the code block that is open, or None in prose."""
        if self._fence is None:
            return None
        _, language, fence_length = self._fence
        partial = "" if _MAYBE_FENCE.match(self._partial) else self._partial
        return language, _dedent(self._lines, fence_length) + partial

    @property
    def shown_tail(self) -> str:
        """The open prose without what may yet become a fence."""
        partial = "" if _MAYBE_FENCE.match(self._partial) else self._partial
        return self._lines + partial

    def feed(self, text: str) -> list[Block]:
        """The blocks that ``text`` closes, perhaps none."""
        closed: list[Block] = []
        for piece in text.splitlines(keepends=True) if text else []:
            # str.splitlines also cuts at rarer separators than "\n"; only "\n" ends a line here.
            self._partial += piece
            if not self._partial.endswith("\n"):
                self._early(closed)
                continue
            line, self._partial = self._partial, ""
            self._take(line, closed)
        return closed

    def finish(self) -> list[Block]:
        """Closes what is open: the reply is complete or cut off."""
        closed: list[Block] = []
        if self._partial:
            line, self._partial = self._partial, ""
            self._take(line, closed)
        self._close(closed)
        return closed

    def _early(self, closed: list[Block]) -> None:
        """Closes the block before a line whose beginning already says that it starts another."""
        if self._fence is None and self._partial and self._begins_block(self._partial):
            self._close(closed)

    def _begins_block(self, line: str) -> bool:
        if self._blank and line.strip() and not (line[0].isspace() and _LISTED.search(self._lines)):
            return True
        return bool(_ITEM.match(line) and _ITEM.match(self._lines))

    def _take(self, line: str, closed: list[Block]) -> None:
        if self._fence is not None:
            self._lines += line
            marker = line.strip()
            if marker and len(marker) >= len(self._fence[0]) and not marker.strip(self._fence[0][0]):
                self._close(closed)
            return
        fence = _FENCE.match(line)
        if fence or _HEADING.match(line) or self._begins_block(line):
            self._close(closed)
        self._lines += line
        if fence:
            self._fence = (fence[1], fence[2], len(line))
        elif _HEADING.match(line):
            self._close(closed)
        else:
            self._blank = bool(self._lines.strip()) and not line.strip()

    def _close(self, closed: list[Block]) -> None:
        if not self._lines:
            return
        source, self._lines, self._blank = self._lines, "", False
        if self._fence is None:
            closed.append(Block(self._start, source))
        else:
            _, language, fence_length = self._fence
            body = source
            last = source.rstrip("\n").rsplit("\n", 1)[-1].strip()
            if len(source) > fence_length and len(last) >= 3 and not last.strip(self._fence[0][0]):
                body = source.rstrip("\n").rsplit("\n", 1)[0] + "\n"
            closed.append(Block(self._start, source, language, _dedent(body, fence_length)))
            self._fence = None
        self._start += len(source)


def _dedent(lines: str, fence_length: int) -> str:
    """The lines after the fence, without the indentation that the fence itself has."""
    fence, body = lines[:fence_length], lines[fence_length:]
    indent = len(fence) - len(fence.lstrip(" \t"))
    if not indent:
        return body
    return "".join(line[min(indent, len(line) - len(line.lstrip(" \t"))) :] for line in body.splitlines(True))
