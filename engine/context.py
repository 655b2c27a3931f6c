"""What the language model is told of the conversation so far: what was heard, not what was written."""

from collections.abc import Iterable
from typing import Final

from engine.events import Outcome
from engine.ports import Message
from engine.turn import Turn

INTERRUPTED: Final = "(I interrupted you.)"
UNHEARD: Final = "(I interrupted you before you spoke.)"
"""How an interruption is marked: in the words of the person who interrupted, before what they said next.

A mark in the model's own message is copied by a small one: of 36 replies after such a message SmolLM2
copied "[interrupted]" into 17 and "…" into three; of 60 after these marks, none had any of them.
"""

SYSTEM_PROMPT: Final = (
    "You are Aloud, a voice assistant. Your reply is spoken while it is written, so answer the way a "
    "person talks: the answer first, in a few short sentences, without headings or tables unless asked. "
    "“(I interrupted you.)” before a question says that your last reply was heard only so far; go on from "
    "there, and never remark on it."
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

    An interrupted reply stands as far as its sound was played, and the next question is marked, so that
    the model never builds on words that nobody heard. Where nothing was heard, the next question stands
    in the same message. Turns that came to nothing are left out.
    """
    prompt = [Message("system", system_prompt or SYSTEM_PROMPT)]
    said, mark = "", ""
    for turn in turns:
        reply, interrupted = turn.heard_text.strip(), turn.outcome is Outcome.INTERRUPTED
        if not turn.question or not (reply or interrupted):
            continue
        said, mark = _said(said, mark, turn.question), ""
        if interrupted:
            mark = INTERRUPTED if reply else UNHEARD
        if reply:
            prompt += [Message("user", said), Message("assistant", reply)]
            said = ""
    if question is not None:
        prompt.append(Message("user", _said(said, mark, question)))
    return prompt


def _said(before: str, mark: str, question: str) -> str:
    """``question`` as the model reads it, after what was said ``before`` it in the same message."""
    return f"{before}\n{mark} {question}".strip() if before else f"{mark} {question}".strip()
