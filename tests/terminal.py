"""A terminal for programs that draw: a pty, and what stands on its screen after all that they wrote.

Only the control sequences that prompt_toolkit and Aloud use are known; any other fails the test, so that
nothing is ever read wrongly.
"""

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from typing import Final

WAIT_S: Final = 60.0
_SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<private>[?>]?)(?P<numbers>[\d;]*)(?P<final>[A-Za-z])|(?P<other>[=>78M]))"
)
_BEGUN = re.compile(r"\x1b(?:\[[?>]?[\d;]*)?")
_WITHOUT_MARKS: Final = "mhlq"
"""Colours, modes and cursor shapes, which leave no mark on the screen."""


class Screen:
    """The characters on a screen, with what has scrolled off its top in ``scrolled``."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.scrolled: list[str] = []
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0
        self._unread = ""

    @property
    def lines(self) -> list[str]:
        """Everything that can be seen or scrolled back to, without trailing white space."""
        shown = ["".join(row).rstrip() for row in self._cells]
        while shown and not shown[-1]:
            shown.pop()
        return [*self.scrolled, *shown]

    @property
    def prompt(self) -> str:
        """The line that the cursor stands on."""
        return "".join(self._cells[self._row]).rstrip()

    def write(self, text: str) -> str:
        """Draws ``text``; what the terminal answers to it."""
        text, self._unread, answers = self._unread + text, "", ""
        place = 0
        while place < len(text):
            if text[place] != "\x1b":
                self._character(text[place])
                place += 1
                continue
            found = _SEQUENCE.match(text, place)
            if found is None:
                assert _BEGUN.fullmatch(text, place), f"an unknown sequence: {text[place : place + 12]!r}"
                self._unread = text[place:]
                break
            answers += self._obey(found)
            place = found.end()
        return answers

    def _character(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._feed()
        elif char == "\b":
            self._column = max(self._column - 1, 0)
        elif char == "\x07":
            pass
        else:
            assert char.isprintable(), f"an unknown control character: {char!r}"
            if self._column == self.columns:  # wraps once more is written, as terminals do
                self._column = 0
                self._feed()
            self._cells[self._row][self._column] = char
            self._column += 1

    def _feed(self) -> None:
        if self._row < self.rows - 1:
            self._row += 1
            return
        self.scrolled.append("".join(self._cells.pop(0)).rstrip())
        self._cells.append([" "] * self.columns)

    def _obey(self, found: re.Match[str]) -> str:
        final, numbers = found["final"], found["numbers"]
        if found["other"] or found["private"] or final in _WITHOUT_MARKS:
            return ""
        if final == "n":
            return f"\x1b[{self._row + 1};{self._column + 1}R"
        count = int(numbers.split(";")[0] or 1) if numbers else 1
        match final:
            case "A":
                self._row = max(self._row - count, 0)
            case "B":
                self._row = min(self._row + count, self.rows - 1)
            case "C":
                self._column = min(self._column + count, self.columns - 1)
            case "D":
                self._column = max(min(self._column, self.columns - 1) - count, 0)
            case "J" | "K":
                self._erase(final, numbers)
            case _:
                raise AssertionError(f"an unknown sequence: {found[0]!r}")
        return ""

    def _erase(self, final: str, numbers: str) -> None:
        row = self._cells[self._row]
        if final == "K" and numbers == "2":
            row[:] = [" "] * self.columns
            return
        assert numbers in ("", "0"), f"an unknown erasing: {numbers!r}"
        row[self._column :] = [" "] * (self.columns - min(self._column, self.columns))
        if final == "J":
            for below in self._cells[self._row + 1 :]:
                below[:] = [" "] * self.columns


class Terminal:
    """A program on a pty. Belongs to the running loop; an asynchronous context manager."""

    def __init__(self, command: Sequence[str], *, columns: int = 60, rows: int = 24) -> None:
        self.screen = Screen(columns, rows)
        self._command = command
        self._changed = asyncio.Event()
        self._ended = False

    async def __aenter__(self) -> "Terminal":
        self._start()
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    def _start(self) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(
            slave, termios.TIOCSWINSZ, struct.pack("HHHH", self.screen.rows, self.screen.columns, 0, 0)
        )
        self._program = subprocess.Popen(
            self._command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)

    async def __aexit__(self, *_: object) -> None:
        if self._program.poll() is None:
            self._program.kill()
        self._program.wait()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # Linux says so when the last program has left
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
            self._ended = True
        answers = self.screen.write(data.decode())
        if answers:
            os.write(self._master, answers.encode())
        self._changed.set()

    def type(self, text: str) -> None:
        """Presses keys."""
        os.write(self._master, text.encode())

    async def until(self, seen: Callable[[Screen], bool]) -> None:
        """Returns once ``seen`` is true of the screen."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not seen(self.screen):
                    assert not self._ended, "the program has ended:\n" + "\n".join(self.screen.lines)
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError("never seen; the screen:\n" + "\n".join(self.screen.lines)) from None

    async def end(self) -> int:
        """Waits until the program has left its terminal and ended; its exit status."""
        async with asyncio.timeout(WAIT_S):
            while not self._ended:
                self._changed.clear()
                await self._changed.wait()
        return await asyncio.to_thread(self._program.wait, WAIT_S)
