"""``aloud chat``: the conversation in a terminal, by keyboard and by voice.

A terminal tells when a key goes down but not when it comes up. A held key repeats, though, so Enter
on an empty line listens for as long as its repeats go on; a single tap listens until the next one.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from typing import Final

from engine.audio.wav_file import WavFileSource
from engine.cli.ask import speak_wav
from engine.cli.terminal import TerminalView
from engine.cli.waiting import turn_end
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.headless import conversation, default_sink, default_source, read_settings

FIRST_REPEAT_S: Final = 0.7
"""A held key repeats after at most this long on the usual desktops (X11 660 ms, macOS 500 ms)."""

NEXT_REPEAT_S: Final = 0.2
"""Repeats come every 30 to 90 ms; a longer gap means that the key is up."""

HELP = """Type a question and press Enter. Enter on an empty line talks: hold it while you speak, or tap it
before and after. /wav FILE asks with a recording, /mute and /unmute switch the voice, Escape or a new
question interrupts, /quit (or Control-D) leaves."""


class _Key(Enum):
    UP = "up"
    PRESSED = "pressed"
    HELD = "held"
    LATCHED = "latched"


class HeldEnter:
    """Tells holding Enter from tapping it by its repeats; ``press`` and ``release`` are the key's two ends.

    Used on the loop. ``later`` schedules a call after a delay and returns what cancels it.
    """

    def __init__(
        self,
        press: Callable[[], None],
        release: Callable[[], None],
        later: Callable[[float, Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._press = press
        self._release = release
        self._later = later
        self._state = _Key.UP
        self._cancel: Callable[[], None] = lambda: None

    @property
    def down(self) -> bool:
        """Whether the key counts as held."""
        return self._state is not _Key.UP

    def enter(self) -> None:
        """Enter arrived, pressed or repeated."""
        self._cancel()
        match self._state:
            case _Key.UP:
                self._state = _Key.PRESSED
                self._press()
                self._cancel = self._later(FIRST_REPEAT_S, self._latch)
            case _Key.PRESSED | _Key.HELD:
                self._state = _Key.HELD
                self._cancel = self._later(NEXT_REPEAT_S, self.let_go)
            case _Key.LATCHED:
                self.let_go()

    def let_go(self) -> None:
        """The key is up, or the second tap came. Harmless when it is up already."""
        self._cancel()
        if self.down:
            self._state = _Key.UP
            self._release()

    def _latch(self) -> None:
        self._state = _Key.LATCHED


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``chat``."""
    parser = commands.add_parser("chat", help="talk in the terminal", epilog=HELP)
    parser.add_argument("--wav", type=Path, action="append", default=[], help="ask with this recording first")
    parser.add_argument("--out", type=Path, help="write the voice into this WAV file instead of the speaker")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``chat``."""
    asyncio.run(_chat(args))
    return 0


async def _chat(args: argparse.Namespace) -> None:
    settings, problems = read_settings()
    sink, path = default_sink(args.out)
    microphone = default_source()
    source = WavFileSource(None) if args.wav or microphone is not None else None
    view = TerminalView()
    for problem in problems:
        view.tell_error(problem)
    async with conversation(settings, sink=sink, source=source) as talk:
        talk.bus.subscribe(view)
        view.tell(HELP)
        view.tell(f"Brain: {talk.brain.name}. Ears: {talk.ears.name}. Voice: {talk.voice.name}.")
        if path is not None:
            view.tell(f"There is no speaker to use, so the voice is written to {path}.")
        if microphone is not None:
            view.tell("There is no microphone: type, or ask with /wav FILE.")
        for wav in args.wav:
            await _ask_wav(talk, source, wav, view)
        lines = _Typed() if sys.stdin.isatty() else _Piped()
        await lines.serve(talk, lambda line: _obey(talk, source, line, view))


async def _obey(talk: Conversation, source: WavFileSource | None, line: str, view: TerminalView) -> bool:
    """Does what a line says; False when it says to leave."""
    command, _, rest = line.strip().partition(" ")
    match command:
        case "/quit" | "/exit":
            return False
        case "/help":
            view.tell(HELP)
        case "/mute" | "/unmute":
            talk.mute(command == "/mute")
        case "/stop":
            talk.stop()
        case "/wav":
            await _ask_wav(talk, source, rest.strip(), view)
        case _ if command.startswith("/"):
            view.tell(f"{command} is not a command. {HELP}")
        case _:
            talk.ask(line)
    return True


async def _ask_wav(
    talk: Conversation, source: WavFileSource | None, wav: str | Path, view: TerminalView
) -> None:
    try:
        if source is None:
            remedy = "Start with: aloud chat --wav FILE, which puts recordings in the microphone's place."
            raise AloudError("The microphone is in use, not recordings.", remedy)
        source.play(Path(wav))
    except AloudError as error:
        view.tell_error(error)
        return
    ended = turn_end(talk.bus)
    await speak_wav(talk, source)
    await ended


class _Piped:
    """Questions from a pipe or a file: one a line, each answered to its end before the next."""

    async def serve(self, talk: Conversation, obey: Callable[[str], Awaitable[bool]]) -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if not line.strip():
                continue
            ended = None if line.startswith("/") else turn_end(talk.bus)
            if not await obey(line):
                return
            if ended is not None:
                await ended


class _Typed:
    """Questions from a person at a terminal, with line editing and history; a new one interrupts."""

    async def serve(self, talk: Conversation, obey: Callable[[str], Awaitable[bool]]) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
        from prompt_toolkit.patch_stdout import patch_stdout

        loop = asyncio.get_running_loop()
        enter = HeldEnter(
            talk.press, talk.release, lambda after_s, call: loop.call_later(after_s, call).cancel
        )
        keys = KeyBindings()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text.strip() and not enter.down:
                event.current_buffer.validate_and_handle()
            else:
                enter.enter()

        @keys.add("escape", eager=True)
        def _(event: KeyPressEvent) -> None:
            enter.let_go()
            talk.stop()

        session: PromptSession[str] = PromptSession("", key_bindings=keys)
        with patch_stdout(raw=True), contextlib.suppress(EOFError):
            while await obey(await session.prompt_async("» ")):
                pass
