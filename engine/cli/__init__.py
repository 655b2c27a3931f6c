"""The console command ``aloud``: the whole voice loop without a screen, and what keeps it well."""

import argparse
import logging
import sys
from collections.abc import Sequence

from engine import __version__
from engine.cli import ask, chat, doctor, say, serve, transcribe, voice_report
from engine.errors import AloudError

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
    """Runs one command and returns its exit status: 0, 1 for an error with a remedy, 130 for Control-C."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.CRITICAL)
    try:
        status: int = args.run(args)
    except AloudError as error:
        print(f"aloud: {error} {error.remedy}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status


def _add_services(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from engine.history import cli as history
    from engine.models import cli as models

    for service in (models, history):
        service.add_parser(commands)
