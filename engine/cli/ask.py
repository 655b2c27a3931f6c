"""``aloud ask "question"``: one question, its answer streamed as text and spoken."""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

from engine.audio.wav_file import WavFileSource
from engine.cli.terminal import TerminalView
from engine.cli.waiting import turn_end
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.headless import conversation, default_sink, default_source, read_settings, sound_trouble

WAV_POLL_S = 0.01


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``ask``."""
    parser = commands.add_parser("ask", help="ask one question; the answer is written and spoken")
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="?", help="the question as text")
    asked.add_argument("--wav", type=Path, help="a WAV file that asks it instead")
    parser.add_argument("--out", type=Path, help="write the voice into this WAV file instead of the speaker")
    parser.add_argument("--mute", action="store_true", help="text only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``ask``."""
    if args.wav is None and not args.question.strip():
        raise AloudError("There is no question.", 'Ask one: aloud ask "What is the capital of France?"')
    return asyncio.run(_ask(args))


async def speak_wav(talk: Conversation, source: WavFileSource) -> None:
    """Holds the key for as long as the file in the microphone's place lasts."""
    talk.press()
    while not source.finished:  # noqa: ASYNC110 - the pump reads the file to its end and tells nobody
        await asyncio.sleep(WAV_POLL_S)
    talk.release()


async def _ask(args: argparse.Namespace) -> int:
    settings, problems = read_settings()
    sink, path = (None, None) if args.mute else default_sink(args.out)
    source = WavFileSource(args.wav) if args.wav is not None else default_source()
    view = TerminalView()
    if not args.mute and args.out is None and (trouble := sound_trouble()) is not None:
        view.tell_error(trouble)
    async with conversation(settings, sink=sink, source=source) as talk:
        talk.bus.subscribe(view)
        for problem in problems:
            view.tell_error(problem)
        if args.mute:
            talk.choices = replace(talk.choices, muted=True)
        ended = turn_end(talk.bus)
        if isinstance(source, WavFileSource):
            await speak_wav(talk, source)
        else:
            talk.ask(args.question)
        await ended
    if path is not None and not view.failed:
        view.tell(f"The voice is in {path}.")
    return 1 if view.failed else 0
