"""What all messages of ``aloud.2`` share: their base, and the kinds of value they hold."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

SUBPROTOCOL: Final = "aloud.2"

MAX_TEXT_BYTES: Final = 2_048
"""Longest question a client may write, in UTF-8."""

Format = Literal["s16le", "f32le", "none"]
RoleName = Literal["listener", "typist", "talker", "owner"]
Mode = Literal["personal", "room"]
StateName = Literal["idle", "listening", "transcribing", "thinking", "speaking"]
OutcomeName = Literal["completed", "discarded", "interrupted", "failed"]
ErrorCode = Literal[
    "malformed",
    "hello_first",
    "hello_twice",
    "forbidden",
    "too_long",
    "rate_limited",
    "talker_busy",
    "talk_too_long",
    "hushed",
    "unauthorised",
    "unknown_listener",
    "refused_text",
    "unavailable",
]

Secret = Annotated[str, Meta(max_length=128)]
Name = Annotated[str, Meta(max_length=40)]
ListenerId = Annotated[str, Meta(max_length=32)]
DelayMs = Annotated[int, Meta(ge=-2_000, le=2_000)]
Micros = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Millis = Annotated[float, Meta(ge=-3_600_000.0, le=3_600_000.0)]
Count = Annotated[int, Meta(ge=0, le=2**32 - 1)]


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What all messages share."""
