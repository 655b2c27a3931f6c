"""A conversation shown as lines of text: the terminal's counterpart of the window's transcript."""

import shutil
import sys
import unicodedata
from typing import Final, Protocol, TextIO

from engine.errors import AloudError
from engine.events import (
    BackendState,
    BackendStateChanged,
    Event,
    Failed,
    ListeningStarted,
    Outcome,
    PartialTranscript,
    ReplyDelta,
    TranscriptReady,
    TurnEnded,
)

DIM: Final = "\x1b[2m"
BOLD: Final = "\x1b[1m"
RED: Final = "\x1b[31m"
PLAIN: Final = "\x1b[0m"
ERASE_LINE: Final = "\r\x1b[2K"


class Screen(Protocol):
    """What a conversation is shown on. ``style``: an escape sequence for a piece of text, or nothing."""

    def write(self, text: str, style: str = "") -> None:
        """Goes on with the conversation's own text."""

    def note(self, text: str) -> None:
        """Shows ``text`` until the next note or more of the conversation; nothing takes it away."""

    def tell(self, text: str, style: str = "") -> None:
        """Says something about the conversation, in lines of their own."""


class Streams:
    """A Screen that writes on: ``out`` gets the conversation and ``err`` what is told about it.

    Notes and colours only where ``out`` is a terminal; a note is cut to one line, so that it can be erased.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._is_terminal = self._out.isatty()
        self._noted = False

    def write(self, text: str, style: str = "") -> None:
        """As the port says."""
        self.note("")
        self._out.write(styled(text, style) if self._is_terminal else text)
        self._out.flush()

    def note(self, text: str) -> None:
        """As the port says."""
        if not self._is_terminal:
            return
        erase = ERASE_LINE if self._noted else ""
        self._noted = bool(text)
        columns = shutil.get_terminal_size().columns
        self._out.write(erase + (f"{DIM}{last_columns(text, columns - 1)}{PLAIN}" if text else ""))
        self._out.flush()

    def tell(self, text: str, style: str = "") -> None:
        """As the port says."""
        self.note("")
        self._err.write((styled(text, style) if self._is_terminal else text) + "\n")
        self._err.flush()


class TerminalView:
    """A bus subscriber that shows questions, replies as they are written, and errors with remedies.

    ``questions``: whether spoken questions are shown; ``typed_too``: those that were typed as well.
    """

    def __init__(
        self, screen: Screen | None = None, *, questions: bool = True, typed_too: bool = False
    ) -> None:
        self._screen = screen or Streams()
        self._questions = questions
        self._typed_too = typed_too
        self.failed = False

    def __call__(self, event: Event) -> None:
        """Shows one event."""
        match event:
            case ListeningStarted():
                self._screen.note("listening…")
            case PartialTranscript(text=text):
                self._screen.note(f"{harmless(text)}…")
            case TranscriptReady() if self._questions and (self._typed_too or not event.typed):
                self._screen.write(f"> {harmless(event.text)}\n", BOLD)
            case ReplyDelta(text=text):
                self._screen.write(harmless(text))
            case TurnEnded():
                self._ended(event)
            case Failed(error=error):
                self.failed = True
                self.tell_error(error)
            case BackendStateChanged(state=BackendState.FAILED, detail=detail, remedy=remedy):
                self.tell_error(AloudError(detail, remedy))
            case _:
                pass

    def _ended(self, event: TurnEnded) -> None:
        self._screen.note("")
        if event.outcome is Outcome.INTERRUPTED and event.reply:
            self._screen.write(" [interrupted]", DIM)
        if event.reply:
            self._screen.write("\n")

    def tell_error(self, error: AloudError) -> None:
        """Says what went wrong and what to do about it."""
        self._screen.tell(f"{error} {error.remedy}".rstrip(), RED)

    def tell(self, text: str) -> None:
        """Says something about the conversation."""
        self._screen.tell(text)


def styled(text: str, style: str) -> str:
    """``text`` in ``style``."""
    return f"{style}{text}{PLAIN}" if style else text


def harmless(text: str) -> str:
    """``text`` without the control characters by which it could take over a terminal."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def columns_of(text: str) -> int:
    """How many columns ``text`` takes in a terminal, where East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def last_columns(text: str, columns: int) -> str:
    """As much of the end of ``text`` as fits into ``columns``, on one line."""
    text = " ".join(text.split())
    if columns_of(text) <= columns:
        return text
    while text and columns_of(text) > columns - 1:
        text = text[1:]
    return "…" + text
