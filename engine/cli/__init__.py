"""The console command ``aloud``: the whole voice loop without a screen, and what keeps it well."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence

from engine import __version__
from engine.cli import ask, chat, doctor, say, serve, transcribe, voice_report
from engine.errors import AloudError
from engine.workers import still_running

COMMANDS = (chat, ask, say, transcribe, serve, voice_report, doctor)


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    root = argparse.ArgumentParser(
        prog="aloud", description="A voice on your machine: ask, and it answers aloud."
    )
    root.add_argument("--version", action="version", version=f"Aloud {__version__}")
    root.add_argument("--verbose", action="store_true", help="log what happens to the terminal")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    _add_services(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 1 for an error with a remedy, 130 for Control-C.

    Without ``arguments`` those of the process are taken, which ends here if a model is still at work.
    """
    try:
        status = _run(arguments)
    except KeyboardInterrupt:
        status = 130
    if arguments is None and still_running():
        _end_process(status)
    return status


def _end_process(status: int) -> None:
    """Ends the process without taking it down: MLX aborts where its thread is at work meanwhile."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.CRITICAL)
    try:
        status: int = args.run(args)
    except AloudError as error:
        print(f"aloud: {error} {error.remedy}".rstrip(), file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status


def _add_services(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from engine.history import cli as history
    from engine.models import cli as models

    for service in (models, history):
        service.add_parser(commands)
