"""How much of a conversation a model with a short memory is shown. Pure functions."""

import math
import re
from collections.abc import Sequence
from typing import Final

from engine.ports import Message

_PIECES: Final = re.compile(r"[A-Za-z]{1,4}|[^\sA-Za-z]")
"""What a tokenizer never splits further in ordinary text: four letters, or one digit or mark."""

_TOKENS_PER_MESSAGE: Final = 8
"""What a chat template puts around a message, role and end marks included."""


def estimated_tokens(message: Message) -> int:
    """How many tokens ``message`` has, on the safe side: about 1.5 times too many for English prose.

    What is not ASCII counts by its bytes, which is what tokenizers fall back to.
    """
    pieces = sum(len(piece.encode()) if piece > "~" else 1 for piece in _PIECES.findall(message.text))
    return _TOKENS_PER_MESSAGE + pieces


def fitted(messages: Sequence[Message], budget_tokens: int) -> list[Message]:
    """The system messages, and as many of the last ones as fit into ``budget_tokens``, in order.

    Old turns go first and whole: what is left begins with a question. The last question stays even
    where it alone does not fit. They go by the half budget, so that the beginning of the prompt,
    which a server keeps in its cache, stays the same for many turns.
    """
    system = [message for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    budget_tokens = max(2, budget_tokens - sum(map(estimated_tokens, system)))
    excess = sum(map(estimated_tokens, rest)) - budget_tokens
    if excess <= 0:
        return system + rest
    step = budget_tokens // 2
    return system + _without_first(rest, step * math.ceil(excess / step))


def _without_first(messages: Sequence[Message], unwanted_tokens: int) -> list[Message]:
    """``messages`` from the first question behind ``unwanted_tokens``, or else from the last one."""
    begin, passed = 0, 0
    for index, message in enumerate(messages):
        if message.role == "user":
            begin = index
            if passed >= unwanted_tokens:
                break
        passed += estimated_tokens(message)
    return list(messages[begin:])
