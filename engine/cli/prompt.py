"""A terminal that a person types in while answers come: a prompt below, the conversation above it.

Whole lines are printed above the prompt and scroll away; the line that is being written stands over
the prompt, as a part of it, so that nobody's typing and no redrawing ever meets it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.formatted_text import AnyFormattedText, StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from engine.cli.held_enter import HeldEnter
from engine.cli.terminal import DIM, columns_of, last_columns, styled

if TYPE_CHECKING:
    from engine.conversation import Conversation

PROMPT: Final = "» "
NOTE_STYLE: Final = "fg:ansibrightblack italic"


class Lines:
    """Text as lines of a terminal; the last one, unfinished, is ``unfinished``. Pure."""

    def __init__(self) -> None:
        self.unfinished = ""

    def add(self, text: str, columns: int) -> list[str]:
        """Goes on with ``text``; the lines that this makes whole, none wider than ``columns``."""
        *whole, last = (self.unfinished + text.expandtabs(4)).split("\n")
        lines = [line for one in whole for line in wrapped(one, columns)]
        *full, self.unfinished = wrapped(last, columns)
        return lines + full

    def end(self) -> list[str]:
        """The unfinished line, as one that is whole; none where there is nothing on it."""
        last, self.unfinished = self.unfinished, ""
        return [last] if last else []


def wrapped(line: str, columns: int) -> list[str]:
    """``line`` in pieces of at most ``columns``, cut at spaces where there are any; at least one piece."""
    pieces: list[str] = []
    while columns_of(line) > columns:
        fits = len(line)
        while columns_of(line[:fits]) > columns:
            fits -= 1
        space = line.rfind(" ", 1, fits + 1)
        cut = space if space > 0 else max(fits, 1)
        pieces.append(line[:cut])
        line = line[cut:].removeprefix(" ")
    return [*pieces, line]


class PromptScreen:
    """A Screen over a prompt. ``columns`` tells the terminal's width, ``redraw`` draws the prompt again."""

    def __init__(
        self, print_above: Callable[[str], None], redraw: Callable[[], None], columns: Callable[[], int]
    ) -> None:
        self._print_above = print_above
        self._redraw = redraw
        self._columns = columns
        self._lines = Lines()
        self._note = ""

    def over_prompt(self) -> AnyFormattedText:
        """The prompt with what stands over it."""
        over: StyleAndTextTuples = []
        if self._lines.unfinished:
            over.append(("", f"{self._lines.unfinished}\n"))
        if self._note:
            over.append((NOTE_STYLE, f"{last_columns(self._note, self._width())}\n"))
        return [*over, ("", PROMPT)]

    def write(self, text: str, style: str = "") -> None:
        """As the port says. Only whole lines get a ``style``."""
        self._note = ""
        applied = "" if self._lines.unfinished else style
        self._print([styled(line, applied) for line in self._lines.add(text, self._width())])

    def note(self, text: str) -> None:
        """As the port says."""
        self._note = text
        self._redraw()

    def tell(self, text: str, style: str = "") -> None:
        """As the port says."""
        lines = [part for line in text.split("\n") for part in wrapped(line, self._width())]
        self._print([*self._lines.end(), *(styled(line, style) for line in lines)])

    def close(self) -> None:
        """Leaves the unfinished line behind as a whole one."""
        self._note = ""
        self._print(self._lines.end())

    def _print(self, lines: list[str]) -> None:
        if lines:
            self._print_above("".join(f"{line}\n" for line in lines))
        self._redraw()

    def _width(self) -> int:
        return max(self._columns() - 1, 2)


class Typing:
    """The prompt: line editing, history, Enter to talk, Escape for silence; a new question interrupts."""

    def __init__(self) -> None:
        self._keys = KeyBindings()
        self._session: PromptSession[str] = PromptSession(
            lambda: self.screen.over_prompt(), key_bindings=self._keys, erase_when_done=True
        )
        self.screen = PromptScreen(
            self._print_above, self._session.app.invalidate, lambda: self._session.output.get_size().columns
        )
        self._printing: set[asyncio.Future[None]] = set()

    async def serve(
        self,
        talk: "Conversation",
        obey: Callable[[str], Awaitable[None]],
        leaves: Callable[[str], bool],
    ) -> None:
        """Asks for lines until one ``leaves`` or the input ends; each is obeyed while the next is typed."""
        self._bind(talk)
        obeying: asyncio.Task[None] | None = None
        with patch_stdout(raw=True), contextlib.suppress(EOFError):
            while not leaves(line := await self._session.prompt_async()):
                if line.startswith("/"):
                    self.screen.tell(line, DIM)
                if obeying is not None:
                    obeying.cancel()
                obeying = asyncio.ensure_future(_awaited(obey(line)))
        if obeying is not None:
            obeying.cancel()
        self.screen.close()

    def _bind(self, talk: "Conversation") -> None:
        loop = asyncio.get_running_loop()
        enter = HeldEnter(
            talk.press, talk.release, lambda after_s, call: loop.call_later(after_s, call).cancel
        )

        @self._keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text.strip() and not enter.down:
                event.current_buffer.validate_and_handle()
            else:
                enter.enter()

        @self._keys.add("escape", eager=True)
        def _(event: KeyPressEvent) -> None:
            enter.let_go()
            talk.stop()

    def _print_above(self, text: str) -> None:
        """Prints whole lines where the prompt was, which is drawn anew below them."""

        def write() -> None:
            self._session.output.write_raw(text)
            self._session.output.flush()

        if not self._session.app.is_running:
            write()
            return
        printing: asyncio.Future[None] = asyncio.ensure_future(run_in_terminal(write))
        self._printing.add(printing)
        printing.add_done_callback(self._printing.discard)


async def _awaited(obeyed: Awaitable[None]) -> None:
    await obeyed
