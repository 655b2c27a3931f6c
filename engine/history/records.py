"""What the history keeps, as values. Times are seconds since 1970, as a clock on the wall tells them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.events import Outcome
from engine.turn import Turn, TurnState
from engine.units import TurnId

TITLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn as it is kept, perhaps while it is still under way (``outcome`` is None then).

    ``reply`` is what was written, ``heard_text`` the part whose sound was played. ``timings_s`` has
    the ``seconds`` of ``engine.metrics.TurnTimings`` by name. ``error`` says why a turn failed.
    """

    record_id: str
    began_at_s: float
    question: str
    reply: str = ""
    heard_text: str = ""
    outcome: Outcome | None = None
    typed: bool = False
    error: str = ""
    timings_s: Mapping[str, float] = field(default_factory=dict)

    def as_turn(self) -> Turn:
        """The turn as the conversation takes it up again (``Conversation.resume`` numbers it anew)."""
        outcome = self.outcome or Outcome.FAILED
        return Turn(
            TurnId(0),
            TurnState.ENDED,
            question=self.question,
            reply=self.reply,
            reply_complete=outcome is Outcome.COMPLETED,
            heard_text=self.heard_text,
            outcome=outcome,
        )


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as a list shows it. ``turn_count`` leaves out deleted turns."""

    conversation_id: str
    title: str
    began_at_s: float
    changed_at_s: float
    turn_count: int


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation with its turns, oldest first. ``named`` where a person gave the title."""

    conversation_id: str
    title: str
    named: bool
    began_at_s: float
    turns: tuple[TurnRecord, ...]


def new_id() -> str:
    """A name for a conversation or a turn that no other machine will use either."""
    return secrets.token_hex(8)


def title_of(question: str) -> str:
    """A short title for a conversation that begins with ``question``."""
    line = " ".join(question.split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    cut = line[: TITLE_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def clean(text: str) -> str:
    """Text that UTF-8 can hold: halves of characters become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")
