"""What goes wrong between Aloud and a language model's server, told as something a person can act on."""

from collections.abc import Sequence
from typing import Any

from engine.errors import BrainError, BrainRefused, BrainUnreachable, KeyRefused


def told(error: Exception, server: str, model: str) -> BrainError:
    """``error`` (raised by the openai client or while reading its stream) as a ``BrainError``.

    ``server`` is the host's name and ``model`` the model's, for the message. What the server wrote
    is left out: it may quote the prompt or part of the key.
    """
    import openai

    if isinstance(error, openai.APITimeoutError):
        return BrainUnreachable(
            "{server} did not answer in time.", "Try again, or choose another server.", server=server
        )
    if isinstance(error, openai.APIConnectionError):
        return BrainUnreachable(
            "{server} can't be reached.",
            "Check the network and the address in the settings; a local server must be running.",
            server=server,
        )
    if isinstance(error, openai.APIStatusError):
        return _told_status(error, server, model)
    return not_a_reply(server)


def _told_status(error: Any, server: str, model: str) -> BrainError:
    status: int = error.status_code
    code = f"{error.code} {error.type} {error.message}".lower()
    if status in (401, 403):
        return KeyRefused(
            "{server} refuses the API key.", "Enter a valid key in the settings.", server=server
        )
    if status == 429 and "insufficient_quota" in code:
        return BrainRefused(
            "The account at {server} has no credit left.", "Add credit, or use another key.", server=server
        )
    if status == 429:
        return BrainRefused(
            "{server} gets too many requests.", "Wait a moment, then ask again.", server=server
        )
    if status in (400, 413) and ("context" in code or "too long" in code or status == 413):
        return BrainRefused(
            "The conversation has become longer than the model can read.",
            "Begin a new conversation, or choose a model with a longer context.",
        )
    if status == 404:
        return no_such_model(server, model, ())
    if status >= 500:
        return BrainRefused(
            "{server} has a fault of its own ({status}).",
            "Ask again in a moment.",
            server=server,
            status=status,
        )
    return BrainRefused(
        "{server} does not accept the request ({status}).",
        "Check the model and the address in the settings.",
        server=server,
        status=status,
    )


def no_such_model(server: str, model: str, available: Sequence[str]) -> BrainRefused:
    """A model that ``server`` does not have; ``available`` are those that it named."""
    if not available:
        return BrainRefused(
            "{server} has no model {model!r} at this address.",
            "Check the model's name and the address in the settings.",
            server=server,
            model=model,
        )
    some = ", ".join(available[:8]) + (", …" if len(available) > 8 else "")
    return BrainRefused(
        "{server} has no model {model!r}.",
        "Choose one that it has: {some}.",
        server=server,
        model=model,
        some=some,
    )


def not_a_reply(server: str) -> BrainRefused:
    """An answer that isn't one in the OpenAI way."""
    return BrainRefused(
        "{server} sent something that is not a reply.",
        "Check that the address in the settings is an OpenAI-compatible server's (it often ends in /v1).",
        server=server,
    )


def cut_off(server: str) -> BrainUnreachable:
    """A reply whose stream ended before the model had finished."""
    return BrainUnreachable(
        "The connection to {server} broke in the middle of the reply.", "Ask again.", server=server
    )


def worth_retrying(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return False  # it was given long enough once
    if isinstance(error, openai.RateLimitError):
        return "insufficient_quota" not in f"{error.code} {error.type}"
    return isinstance(error, openai.APIConnectionError | openai.InternalServerError | openai.ConflictError)
