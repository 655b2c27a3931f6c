"""``aloud history``: list, search, show, export, import and delete what was said."""

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from engine.errors import AloudError, HistoryError
from engine.history.export import all_conversations, bring_back, to_json, to_markdown
from engine.history.search import search
from engine.history.store import History
from engine.paths import history_file


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers ``history`` and its subcommands; ``run`` is left in ``args.run``."""
    parser = subparsers.add_parser("history", help="list, search, export and delete conversations")
    parser.set_defaults(run=run, action="list", limit=50)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="show the conversations, last changed first")
    listing.add_argument("--limit", type=int, default=50)
    finding = actions.add_parser("search", help="find turns that have all of the words")
    finding.add_argument("words", nargs="+", metavar="WORD")
    finding.add_argument("--limit", type=int, default=20)
    showing = actions.add_parser("show", help="show a conversation")
    showing.add_argument("conversation_id", metavar="ID")
    exporting = actions.add_parser("export", help="write a conversation, or all, as Markdown or JSON")
    exporting.add_argument("conversation_id", metavar="ID", nargs="?", help="all of them without it")
    exporting.add_argument("--format", choices=("md", "json"), default="md")
    exporting.add_argument("-o", "--output", type=Path, help="a file instead of standard output")
    importing = actions.add_parser("import", help="bring conversations back from exported JSON")
    importing.add_argument("file", type=Path)
    deleting = actions.add_parser("delete", help="delete a conversation for good")
    deleting.add_argument("conversation_id", metavar="ID")
    clearing = actions.add_parser("clear", help="delete everything for good")
    for action in (deleting, clearing):
        action.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(
    args: argparse.Namespace,
    history: History | None = None,
    out: TextIO | None = None,
    ask: TextIO | None = None,
) -> int:
    """Does what the command line asks; 0 when it was done, 1 when it was not. Errors go to stderr.

    ``history``, ``out`` and ``ask`` (where a yes is read from) are this machine's unless given.
    """
    out = out or sys.stdout
    opened = history or History(history_file())
    try:
        if opened.notice is not None:
            print(f"{opened.notice} {opened.notice.remedy}", file=sys.stderr)  # noqa: T201  # a terminal's part
        match args.action:
            case "search":
                return _search(opened, " ".join(args.words), args.limit, out)
            case "show":
                print(to_markdown(opened.conversation(opened.find(args.conversation_id))), file=out)
                return 0
            case "export":
                return _export(opened, args, out)
            case "import":
                return _import(opened, args.file, out)
            case "delete" | "clear":
                return _delete(opened, args, out, ask or sys.stdin)
            case _:
                return _list(opened, args.limit, out)
    except AloudError as error:
        print(f"{error}\n{error.remedy}", file=sys.stderr)  # noqa: T201  # a terminal's part
        return 1
    finally:
        if history is None:
            opened.close()


def _list(history: History, limit: int, out: TextIO) -> int:
    summaries = history.conversations(limit=limit)
    for summary in summaries:
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.changed_at_s))
        print(f"{summary.conversation_id[:8]}  {day}  {summary.turn_count:4}  {summary.title}", file=out)
    if not summaries:
        print("Nothing has been said yet.", file=out)
    return 0


def _search(history: History, words: str, limit: int, out: TextIO) -> int:
    hits = search(history, words, limit=limit)
    for hit in hits:
        excerpt, shift = hit.excerpt, 0
        if out.isatty():
            for begin, end in hit.marks:  # bold on a terminal
                begin, end = begin + shift, end + shift
                excerpt = f"{excerpt[:begin]}\033[1m{excerpt[begin:end]}\033[0m{excerpt[end:]}"
                shift += len("\033[1m\033[0m")
        print(f"{hit.conversation_id[:8]}  {excerpt}", file=out)
    if not hits:
        print(f"Nothing has {words} in it.", file=out)
    return 0 if hits else 1


def _export(history: History, args: argparse.Namespace, out: TextIO) -> int:
    if args.conversation_id:
        conversations = [history.conversation(history.find(args.conversation_id))]
    else:
        conversations = all_conversations(history)
    if args.format == "json":
        text = to_json(conversations).decode()
    else:
        text = "\n".join(to_markdown(conversation) for conversation in conversations)
    if args.output is None:
        print(text, end="", file=out)
        return 0
    try:
        args.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HistoryError(
            f"{args.output} can't be written: {error.strerror}.", "Choose another file."
        ) from error
    print(f"{len(conversations)} conversations written to {args.output}.", file=out)
    return 0


def _import(history: History, file: Path, out: TextIO) -> int:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise HistoryError(f"{file} can't be read: {error.strerror}.", "Choose another file.") from error
    print(f"{bring_back(history, data).turn_count} turns brought back.", file=out)
    return 0


def _delete(history: History, args: argparse.Namespace, out: TextIO, ask: TextIO) -> int:
    everything = args.action == "clear"
    if everything:
        question = "Delete every conversation for good?"
    else:
        conversation = history.conversation(history.find(args.conversation_id))
        question = f"Delete “{conversation.title}” ({len(conversation.turns)} turns) for good?"
    if not args.yes and ask.isatty():
        print(f"{question} [y/N] ", end="", file=out, flush=True)
        if ask.readline().strip().lower() not in ("y", "yes"):
            return 1
    if everything:
        history.clear()
    else:
        history.delete(conversation.conversation_id)
        history.purge(conversation_ids=[conversation.conversation_id])
    print("Deleted.", file=out)
    return 0
