"""A conversation shown as lines of text: the terminal's counterpart of the window's transcript."""

import sys
from typing import TextIO

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

DIM, BOLD, RED, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[0m"
ERASE_LINE = "\r\x1b[2K"


class TerminalView:
    """A bus subscriber that prints questions, replies as they are written, and errors with remedies.

    ``out`` gets the conversation and ``err`` everything about it; by default the standard streams.
    Colours only where ``out`` is a terminal.
    """

    def __init__(
        self, out: TextIO | None = None, err: TextIO | None = None, *, questions: bool = True
    ) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._questions = questions
        self._colours = self._out.isatty()
        self.failed = False

    def __call__(self, event: Event) -> None:
        """Shows one event."""
        match event:
            case ListeningStarted() if self._colours:
                self._write(f"{self._style(DIM)}listening…{self._style(PLAIN)}")
            case PartialTranscript(text=text) if self._colours:
                self._write(f"{ERASE_LINE}{DIM}{text}…{PLAIN}")
            case TranscriptReady(text=text, typed=typed) if self._questions and not typed:
                erase = ERASE_LINE if self._colours else ""
                self._write(f"{erase}{self._style(BOLD)}> {text}{self._style(PLAIN)}\n")
            case ReplyDelta(text=text):
                self._write(text)
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
        if event.outcome is Outcome.INTERRUPTED and event.reply:
            self._write(f" {self._style(DIM)}[interrupted]{self._style(PLAIN)}")
        if event.reply:
            self._write("\n")
        elif self._colours and event.outcome is not Outcome.COMPLETED:
            self._write(ERASE_LINE)

    def _style(self, code: str) -> str:
        return code if self._colours else ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def tell_error(self, error: AloudError) -> None:
        """Says what went wrong and what to do about it, on ``err``."""
        self.tell(f"{self._style(RED)}{error} {error.remedy}{self._style(PLAIN)}".rstrip())

    def tell(self, text: str) -> None:
        """Says something about the conversation, on ``err``."""
        self._err.write(f"{text}\n")
        self._err.flush()
