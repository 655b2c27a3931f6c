"""``aloud models``: what is on disk, fetching it, checking it, removing it, using one's own folder."""

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from engine.errors import AloudError
from engine.models import voices
from engine.models.models import Models
from engine.models.states import ModelState, ModelStatus, Transfer
from engine.units import byte_text

BAR_CELLS = 30
PLAIN_LINE_EVERY_S = 5.0
"""How often progress is told where there is no terminal to redraw a line on."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers ``models`` and its subcommands; ``run`` is left in ``args.run``."""
    parser = subparsers.add_parser("models", help="list, download, check and remove model weights")
    parser.set_defaults(run=run, action="list")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="show every model and how it is on disk")
    download = actions.add_parser("download", help="fetch a model, or go on with a half one")
    download.add_argument("model_id", metavar="ID")
    download.add_argument("-y", "--yes", action="store_true", help="do not ask before downloading")
    verify = actions.add_parser("verify", help="read every byte and compare hashes")
    verify.add_argument("model_id", metavar="ID")
    remove = actions.add_parser("remove", help="delete a model's files, or forget a chosen folder")
    remove.add_argument("model_id", metavar="ID")
    remove.add_argument("-y", "--yes", action="store_true", help="do not ask before deleting")
    actions.add_parser("voices", help="list the voices that the hub offers for Kyutai TTS")
    add_voice = actions.add_parser("add-voice", help="fetch one of these voices")
    add_voice.add_argument("voice", metavar="NAME")
    use = actions.add_parser("use", help="take a model from a folder of your own")
    use.add_argument("model_id", metavar="ID")
    use.add_argument("folder", type=Path)


def run(
    args: argparse.Namespace,
    models: Models | None = None,
    out: TextIO | None = None,
    ask: TextIO | None = None,
) -> int:
    """Does what the command line asks: 0 when it was done, 1 when it was not, 130 for Control-C.

    Errors go to stderr. ``models``, ``out`` and ``ask`` (where a yes is read from) are this machine's
    unless given.
    """
    terminal = _Terminal(out or sys.stdout, ask or sys.stdin, sys.stderr)
    models = models or Models()
    try:
        match args.action:
            case "download":
                return _download(models, args.model_id, terminal, yes=args.yes)
            case "verify":
                return _verify(models, args.model_id, terminal)
            case "remove":
                return _remove(models, args.model_id, terminal, yes=args.yes)
            case "voices":
                return _voices(models, terminal)
            case "add-voice":
                voices.add(models, args.voice)
                terminal.say(f"The voice {args.voice} is here. Licence: {voices.licence(args.voice)}.")
                return 0
            case "use":
                state = models.use_folder(args.model_id, args.folder)
                terminal.say(f"{state.spec.title} is now taken from {state.folder}.")
                return 0
            case _:
                return _list(models, terminal)
    except AloudError as error:
        terminal.complain(f"{error}\n{error.remedy}")
        return 1
    except KeyboardInterrupt:
        terminal.complain("Stopped. What arrived is kept: the same command goes on from there.")
        return 130


class _Terminal:
    """Lines for a person, and one line that is drawn again and again where there is a terminal."""

    def __init__(self, out: TextIO, ask: TextIO, err: TextIO) -> None:
        self._out = out
        self._ask = ask
        self._err = err
        self._drawn = 0
        self._plain_at_s = 0.0

    def say(self, line: str = "") -> None:
        self.finish_line()
        print(line, file=self._out, flush=True)

    def complain(self, line: str) -> None:
        self.finish_line()
        print(line, file=self._err, flush=True)

    def redraw(self, line: str) -> None:
        if self._out.isatty():
            print("\r" + line.ljust(self._drawn), end="", file=self._out, flush=True)
            self._drawn = len(line)
        elif time.monotonic() - self._plain_at_s >= PLAIN_LINE_EVERY_S:
            self._plain_at_s = time.monotonic()
            print(line, file=self._out, flush=True)

    def finish_line(self) -> None:
        if self._drawn:
            print(file=self._out)
            self._drawn = 0

    def agrees(self, question: str, *, yes: bool) -> bool:
        """Asks, unless ``yes`` or where nobody can answer: a script that asks for it means it."""
        if yes or not self._ask.isatty():
            return True
        print(f"{question} [y/N] ", end="", file=self._out, flush=True)
        return self._ask.readline().strip().lower() in ("y", "yes")


def _list(models: Models, terminal: _Terminal) -> int:
    states = models.states()
    name_width = max(len(state.spec.model_id) for state in states)
    title_width = max(len(state.spec.title) for state in states)
    for state in states:
        spec = state.spec
        needs = f"{byte_text(spec.disk_bytes)} disk, {byte_text(spec.memory_bytes)} memory"
        terminal.say(
            f"{spec.model_id:{name_width}}  {spec.title:{title_width}}  {_status(state):24}  "
            f"{needs:30}  {spec.licence}"
        )
        if state.status in (ModelStatus.DAMAGED, ModelStatus.PARTIAL):
            terminal.say(f"{'':{name_width}}  {state.detail} {state.remedy}")
    return 0


def _status(state: ModelState) -> str:
    if state.is_local_folder:
        return f"{state.status.value} (own folder)"
    return f"{state.status.value} ({byte_text(state.bytes_on_disk)})" if state.bytes_on_disk else "missing"


def _download(models: Models, model_id: str, terminal: _Terminal, *, yes: bool) -> int:
    wanted = models.with_needs(model_id)
    waiting = [spec for spec in wanted if not models.state(spec.model_id).ready]
    if not waiting:  # asked for all the same: perhaps because it did not load
        terminal.say("It is here already; every byte of it is checked.")
        waiting = [spec for spec in wanted if not models.verify(spec.model_id).ready]
    if not waiting:
        terminal.say(f"{models.spec(model_id).title} is ready: {models.path(model_id)}")
        return 0
    for spec in waiting:
        extra = f" + {byte_text(spec.extra_disk_bytes)} made from it" if spec.extra_disk_bytes else ""
        terminal.say(
            f"{spec.title}: {byte_text(spec.download_bytes)} to download{extra}, "
            f"{byte_text(spec.memory_bytes)} of memory when loaded. Licence: {spec.licence}."
        )
    if not terminal.agrees("Download now?", yes=yes):
        return 1

    def show(state: ModelState) -> None:
        if state.transfer is not None and state.status is ModelStatus.DOWNLOADING:
            terminal.redraw(_bar(state.spec.title, state.transfer))

    undo = models.subscribe(show)
    try:
        state = models.download(model_id)
    finally:
        undo()
    terminal.say(f"{state.spec.title} is ready: {state.folder}" if state.ready else state.detail)
    return 0 if state.ready else 1


def _bar(title: str, transfer: Transfer) -> str:
    if transfer.checking:
        return f"{title}  checking {transfer.file}"
    cells = round((transfer.fraction or 0.0) * BAR_CELLS)
    line = f"{title}  [{'#' * cells}{'.' * (BAR_CELLS - cells)}] {byte_text(transfer.bytes_done)}"
    line += f" of {byte_text(transfer.bytes_total)}" if transfer.bytes_total else ""
    if transfer.rate_bytes_per_s > 0:
        line += f"  {byte_text(transfer.rate_bytes_per_s)}/s"
    left_s = transfer.seconds_left
    return line + (f"  {int(left_s) // 60}:{int(left_s) % 60:02} left" if left_s is not None else "")


def _voices(models: Models, terminal: _Terminal) -> int:
    for voice in voices.offered(models):
        terminal.say(f"{'*' if voice.here else ' '} {voice.name:60}  {voice.licence}")
    terminal.say("Those with a * are on this machine.")
    return 0


def _verify(models: Models, model_id: str, terminal: _Terminal) -> int:
    state = models.verify(model_id)
    if state.ready:
        terminal.say(f"Every byte of {state.spec.title} is right.")
        return 0
    terminal.say(f"{state.detail} {state.remedy}")
    return 1


def _remove(models: Models, model_id: str, terminal: _Terminal, *, yes: bool) -> int:
    state = models.state(model_id)
    if state.is_local_folder:
        models.remove(model_id)
        terminal.say(f"{state.spec.title} no longer uses its folder; the files are untouched.")
        return 0
    if not state.bytes_on_disk:
        terminal.say(f"{state.spec.title} is not on this machine.")
        return 0
    question = f"Delete {byte_text(state.bytes_on_disk)} of {state.spec.title} from the shared model cache?"
    if not terminal.agrees(question, yes=yes):
        return 1
    terminal.say(f"{byte_text(models.remove(model_id))} freed.")
    return 0
