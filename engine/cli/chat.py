"""``aloud chat``: the conversation in a terminal, by keyboard and by voice.

At a terminal Enter on an empty line listens for as long as the key repeats, that is, as it is held; a
single tap listens until the next one. Where lines come from a pipe, each is answered before the next.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from engine.audio.wav_file import WavFileSource
from engine.cli.ask import speak_wav
from engine.cli.terminal import Screen, Streams, TerminalView
from engine.cli.waiting import turn_end
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.headless import conversation, default_sink, default_source, read_settings, sound_trouble

HELP = """Type a question and press Enter. Enter on an empty line talks: hold it while you speak, or tap it
before and after. /wav FILE asks with a recording, /mute and /unmute switch the voice, Escape or a new
question interrupts, /quit (or Control-D) leaves."""


class LineSource(Protocol):
    """Where the lines come from and what the conversation is shown on."""

    @property
    def screen(self) -> Screen:
        """Where the conversation is shown."""

    async def serve(
        self,
        talk: Conversation,
        obey: Callable[[str], Awaitable[None]],
        leaves: Callable[[str], bool],
    ) -> None:
        """Has each line obeyed, until one ``leaves`` or there are no more."""


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
    is_typed = sys.stdin.isatty() and sys.stdout.isatty()
    lines = _typing() if is_typed else _Piped()
    view = TerminalView(lines.screen, typed_too=is_typed)
    for problem in (*problems, *filter(None, (sound_trouble(),))):
        view.tell_error(problem)
    async with conversation(settings, sink=sink, source=source) as talk:
        talk.bus.subscribe(view)
        view.tell(HELP)
        view.tell(f"Brain: {talk.brain.name}. Ears: {talk.ears.name}. Voice: {talk.voice.name}.")
        if path is not None:
            why = "" if args.out is not None else "There is no speaker to use, so "
            view.tell(f"{why}{'the' if why else 'The'} voice is written to {path}.")
        if microphone is not None:
            view.tell("There is no microphone: type, or ask with /wav FILE.")
        commands = Commands(talk, source, view)
        for wav in args.wav:
            await commands.ask_wav(wav)
        await lines.serve(talk, commands.obey, leaves)


def leaves(line: str) -> bool:
    """Whether a line says to leave."""
    return line.strip() in ("/quit", "/exit")


class Commands:
    """What lines do. ``source``: where recordings are put in the microphone's place, if they can be."""

    def __init__(self, talk: Conversation, source: WavFileSource | None, view: TerminalView) -> None:
        self._talk = talk
        self._source = source
        self._view = view

    async def obey(self, line: str) -> None:
        """Does what ``line`` says. A recording is obeyed once it is answered, a question at once."""
        command, _, rest = line.strip().partition(" ")
        match command:
            case "/help":
                self._view.tell(HELP)
            case "/mute" | "/unmute":
                self._talk.mute(command == "/mute")
            case "/stop":
                self._talk.stop()
            case "/wav":
                await self.ask_wav(rest.strip())
            case _ if command.startswith("/"):
                self._view.tell(f"{command} is not a command. {HELP}")
            case _:
                self._talk.ask(line)

    async def ask_wav(self, wav: str | Path) -> None:
        """Asks with a recording, and waits for the end of the answer."""
        try:
            if self._source is None:
                remedy = "Start with: aloud chat --wav FILE, which puts recordings in the microphone's place."
                raise AloudError("The microphone is in use, not recordings.", remedy)
            self._source.play(Path(wav))
        except AloudError as error:
            self._view.tell_error(error)
            return
        ended = turn_end(self._talk.bus)
        await speak_wav(self._talk, self._source)
        await ended


class _Piped:
    """Questions from a pipe or a file: one a line, each answered to its end before the next."""

    def __init__(self) -> None:
        self.screen: Screen = Streams()

    async def serve(
        self,
        talk: Conversation,
        obey: Callable[[str], Awaitable[None]],
        leaves: Callable[[str], bool],
    ) -> None:
        """As the port says."""
        while (line := await asyncio.to_thread(sys.stdin.readline)) and not leaves(line):
            if not line.strip():
                continue
            ended = None if line.startswith("/") else turn_end(talk.bus)
            await obey(line)
            if ended is not None:
                await ended


def _typing() -> LineSource:
    from engine.cli.prompt import Typing  # brings prompt_toolkit, which nothing else needs

    return Typing()
