"""What the language model is told of the conversation so far: what was heard, not what was written."""

from collections.abc import Iterable
from typing import Final

from engine.events import Outcome
from engine.ports import Message
from engine.turn import Turn

INTERRUPTED: Final = "[interrupted]"

SYSTEM_PROMPT: Final = (
    "You are Aloud, a voice assistant. Your reply is spoken while it is written, so answer the way a "
    "person talks: the answer first, in a few short sentences, without headings or tables unless asked."
)

DEMO_SYSTEM_PROMPT: Final = "You are a friendly voice assistant. Answer in one short sentence."
"""For the packaged brain, which is too small to follow more: longer prompts made it answer in French."""

SPEAKERS_PROMPT: Final = (
    "Your reply is read by {count} voices. Where people talk with one another, begin each turn on a line of "
    "its own with the number of its voice, S1: to S{count}:, and with no other name."
)
"""Follows the system prompt where several voices are chosen."""


def messages(system_prompt: str, turns: Iterable[Turn], question: str | None) -> list[Message]:
    """The prompt for ``question`` after ``turns``; without a question, the part known before it.

    An interrupted reply stands as far as its sound was played, and is marked, so that the model
    never builds on words that nobody heard. Turns that came to nothing are left out.
    """
    prompt = [Message("system", system_prompt or SYSTEM_PROMPT)]
    for turn in turns:
        reply = turn.heard_text.strip()
        if turn.outcome is Outcome.INTERRUPTED:
            reply = f"{reply} {INTERRUPTED}".strip()
        if turn.question and reply:
            prompt += [Message("user", turn.question), Message("assistant", reply)]
    if question is not None:
        prompt.append(Message("user", question))
    return prompt
