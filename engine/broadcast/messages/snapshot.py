"""The conversation so far, as one who comes in is told of it."""

from msgspec import Struct

from engine.broadcast.messages.common import OutcomeName, StateName


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """A spoken word: the characters ``start`` to ``end`` of the reply, heard from ``at_us`` on."""

    text: str
    start: int
    end: int
    at_us: int


class TurnSnapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """One turn as far as it has come; ``outcome`` is null while it runs."""

    turn: int
    question: str = ""
    typed: bool = False
    reply: str = ""
    complete: bool = False
    heard: str = ""
    outcome: OutcomeName | None = None
    words: tuple[Word, ...] = ()


class BackendSnapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """How far an exchangeable part of the voice loop is from being usable."""

    port: str
    state: str
    progress: float | None = None


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """The conversation so far; ``earlier_turns`` counts those left out in front of ``turns``."""

    room: str
    state: StateName
    turn: int
    partial: str
    muted: bool
    talker: str
    talker_name: str
    earlier_turns: int
    turns: tuple[TurnSnapshot, ...]
    backends: tuple[BackendSnapshot, ...]
