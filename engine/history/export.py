"""Conversations as files for a person: Markdown to read, JSON to keep and to bring back."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from engine.errors import HistoryError
from engine.events import Outcome
from engine.history.records import ConversationRecord, TurnRecord
from engine.history.store import History

FORMAT = "aloud-history"
VERSION = 1
ALL = 1_000_000


class ExportedTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A turn in the JSON file; the fields of ``TurnRecord``."""

    record_id: str
    began_at_s: float
    question: str
    reply: str
    heard_text: str
    outcome: Outcome | None
    typed: bool
    error: str
    timings_s: dict[str, float]


class ExportedConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation in the JSON file; the fields of ``ConversationRecord``."""

    conversation_id: str
    title: str
    named: bool
    began_at_s: float
    turns: list[ExportedTurn]


class ExportedHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON file. ``format`` and ``version`` tell a later Aloud what it reads."""

    format: str
    version: int
    conversations: list[ExportedConversation]


def to_json(conversations: Iterable[ConversationRecord]) -> bytes:
    """Everything that is kept of ``conversations``, as UTF-8 JSON that ``from_json`` reads back."""
    exported = ExportedHistory(FORMAT, VERSION, [_exported(each) for each in conversations])
    return msgspec.json.format(msgspec.json.encode(exported), indent=2) + b"\n"


def from_json(data: bytes) -> list[ConversationRecord]:
    """The conversations of a JSON file. Raises ``HistoryError`` that says where the file is wrong."""
    try:
        exported = msgspec.json.decode(data, type=ExportedHistory)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HistoryError(
            "This is not an Aloud history: {reason}.",
            "Choose a JSON file that Aloud has exported.",
            reason=error,
        ) from error
    if exported.format != FORMAT or exported.version > VERSION:
        raise HistoryError(
            "This file is {format} {version}; this Aloud reads {known_format} up to {known_version}.",
            "Update Aloud, or choose a JSON file that it has exported.",
            format=exported.format,
            version=exported.version,
            known_format=FORMAT,
            known_version=VERSION,
        )
    return [_record(each) for each in exported.conversations]


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What an import has done, by the names of its conversations, in the file's order.

    ``appeared`` were not to be seen before, ``grew`` gained turns, ``known`` had everything already.
    """

    appeared: tuple[str, ...]
    grew: tuple[str, ...]
    known: tuple[str, ...]
    turn_count: int


def bring_back(history: History, data: bytes) -> BroughtBack:
    """Adds the conversations of a JSON file to the history, those turns that it lacks: all or nothing.

    Doing it twice changes nothing. Blocks for the disk. Raises ``HistoryError`` or ``DiskFull``.
    """
    conversations = from_json(data)
    shown = {summary.conversation_id for summary in history.conversations(limit=ALL)}
    appeared: list[str] = []
    grew: list[str] = []
    known: list[str] = []
    turn_count = 0
    with history.together():
        for conversation in conversations:
            added = history.add(conversation)
            turn_count += added
            fate = known if not added else grew
            if conversation.conversation_id not in shown:
                fate = appeared
            fate.append(conversation.conversation_id)
    return BroughtBack(tuple(appeared), tuple(grew), tuple(known), turn_count)


def all_conversations(history: History) -> list[ConversationRecord]:
    """Every conversation, last changed first. Blocks for the disk. Raises ``HistoryError``."""
    return [history.conversation(each.conversation_id) for each in history.conversations(limit=ALL)]


def to_markdown(conversation: ConversationRecord) -> str:
    """A conversation to be read: each question and its reply, and where a reply was cut."""
    lines = [f"# {conversation.title or 'Conversation'}", "", _day(conversation.began_at_s), ""]
    for turn in conversation.turns:
        lines += [f"**You** ({_minute(turn.began_at_s)}): {turn.question}", ""]
        if reply := _reply(turn):
            lines += [reply, ""]
        if note := _note(turn):
            lines += [f"*{note}*", ""]
    return "\n".join(lines)


def _reply(turn: TurnRecord) -> str:
    return turn.heard_text if turn.outcome is Outcome.INTERRUPTED else turn.reply


def _note(turn: TurnRecord) -> str:
    match turn.outcome:
        case Outcome.INTERRUPTED:
            return "Interrupted here." if turn.heard_text else "Interrupted before a word was heard."
        case Outcome.FAILED:
            return f"Failed: {turn.error}" if turn.error else "Failed."
        case _:
            return ""


def _day(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", _local(at_s))


def _minute(at_s: float) -> str:
    return time.strftime("%H:%M", _local(at_s))


def _local(at_s: float) -> time.struct_time:
    try:
        return time.localtime(at_s)
    except (OverflowError, ValueError, OSError):  # a date that no calendar has, from a hand-made file
        return time.localtime(0)


def _exported(conversation: ConversationRecord) -> ExportedConversation:
    turns = [
        ExportedTurn(
            turn.record_id,
            turn.began_at_s,
            turn.question,
            turn.reply,
            turn.heard_text,
            turn.outcome,
            turn.typed,
            turn.error,
            dict(turn.timings_s),
        )
        for turn in conversation.turns
    ]
    return ExportedConversation(
        conversation.conversation_id, conversation.title, conversation.named, conversation.began_at_s, turns
    )


def _record(conversation: ExportedConversation) -> ConversationRecord:
    turns = tuple(
        TurnRecord(**{name: getattr(turn, name) for name in ExportedTurn.__struct_fields__})
        for turn in conversation.turns
    )
    return ConversationRecord(
        conversation.conversation_id, conversation.title, conversation.named, conversation.began_at_s, turns
    )
