"""One client's side of the protocol as a machine without sockets: bytes in, effects out.

It never raises for anything a client may send; at worst it asks for the connection to be closed.
The shell carries out the effects, in order, and tells the machine how an ``Admit`` went.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import Final

import msgspec

from engine.broadcast.effects import (
    CLOSE_POLICY,
    CLOSE_UNAUTHORISED,
    Admit,
    Close,
    Do,
    Effect,
    Send,
    Talk,
)
from engine.broadcast.legacy import LegacyError, decode_chat
from engine.broadcast.limits import Clock, TokenBucket
from engine.broadcast.messages import (
    MAX_TEXT_BYTES,
    Ask,
    ClientMessage,
    Error,
    ErrorCode,
    Hello,
    Press,
    Probe,
    ProbeReply,
    Release,
    RoleName,
    decode_client,
)
from engine.broadcast.packets import MalformedPacket, decode_talk
from engine.broadcast.roles import allows, may_talk
from engine.pcm import Pcm
from engine.units import HEARING_RATE_HZ

MAX_FAULTS: Final = 3
MESSAGES_PER_S: Final = 50.0
MESSAGES_AT_ONCE: Final = 100.0
TALK_PACKETS_AT_ONCE: Final = 600.0
BYTES_PER_S: Final = 65_536.0
BYTES_AT_ONCE: Final = 1_048_576.0
"""Half a minute of talk comes all at once after the network has stood still for so long."""

QUESTIONS_AT_ONCE: Final = 3.0
MAX_TALK_S: Final = 60
TALK_S_PER_S: Final = 0.5
TALK_S_AT_ONCE: Final = 120.0
LEAST_TALK_S: Final = 5.0
"""Nobody is given the floor who may not talk for so long."""

_FAULTS: Final[frozenset[ErrorCode]] = frozenset(
    {"malformed", "hello_first", "hello_twice", "forbidden", "too_long"}
)


class _Step(Enum):
    HELLO = "waits for hello"
    ADMITTING = "waits to be admitted"
    IN = "in"
    CLOSED = "closed"


class ClientSession:
    """What one client has shown itself to be, and what it may do next.

    ``now_us`` is the server clock; ``clock`` counts monotonic seconds for the limits.
    """

    def __init__(
        self,
        *,
        legacy: bool,
        now_us: Callable[[], int],
        clock: Clock,
        questions_per_minute: float = 10.0,
    ) -> None:
        self.legacy = legacy
        self.role: RoleName = "typist" if legacy else "listener"
        self._now_us = now_us
        self._step = _Step.IN if legacy else _Step.HELLO
        self._faults = 0
        self._messages = TokenBucket(MESSAGES_PER_S, MESSAGES_AT_ONCE, clock)
        self._talk_packets = TokenBucket(MESSAGES_PER_S, TALK_PACKETS_AT_ONCE, clock)
        self._bytes = TokenBucket(BYTES_PER_S, BYTES_AT_ONCE, clock)
        self._questions = TokenBucket(questions_per_minute / 60.0, QUESTIONS_AT_ONCE, clock)
        self._talk_time = TokenBucket(TALK_S_PER_S, TALK_S_AT_ONCE, clock)
        self._talk_left: int | None = None  # samples, while this client has the floor
        self._talk_sequence = -1

    @property
    def admitted(self) -> bool:
        """Whether the client is in."""
        return self._step is _Step.IN

    @property
    def closed(self) -> bool:
        """Whether the machine has asked for a close."""
        return self._step is _Step.CLOSED

    def admit(self, role: RoleName) -> None:
        """The ``Admit`` went well."""
        self._step = _Step.IN
        self.role = role

    def refuse(self) -> list[Effect]:
        """The ``Admit`` did not: its secret is no good."""
        error = self._error("unauthorised", "This invitation is not valid any more; ask for a new one.")
        return [*error, self._close(CLOSE_UNAUTHORISED, "unauthorised")]

    def end(self) -> None:
        """The connection is being closed from this side; what still comes is dropped."""
        self._step = _Step.CLOSED

    def give_floor(self) -> None:
        """The client may talk now."""
        self._talk_left = MAX_TALK_S * HEARING_RATE_HZ
        self._talk_sequence = -1

    def take_floor(self) -> None:
        """The client's talk is over; what it still sends is dropped."""
        self._talk_left = None

    def receive_text(self, text: str | bytes) -> list[Effect]:
        """What a text message leads to."""
        flooded = self._flooded(self._messages, text)
        if flooded is not None:
            return flooded
        if self.legacy:
            return self._receive_chat(text)
        try:
            message = decode_client(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._error("malformed", "This is not a message of the protocol.")
        return self._receive(message)

    def receive_binary(self, data: bytes) -> list[Effect]:
        """What a binary message leads to."""
        flooded = self._flooded(self._talk_packets, data)
        if flooded is not None:
            return flooded
        if not self.admitted:
            return self._error("hello_first", "Say hello first.")
        try:
            if self.legacy:
                raise MalformedPacket("the original protocol has none")
            packet = decode_talk(data)
        except MalformedPacket:
            return self._error("malformed", "This is not a packet of the protocol.")
        if not may_talk(self.role):
            return self._error("forbidden", "You may not talk here.")
        return self._talk(packet.sequence, packet.samples)

    def flooded(self) -> list[Effect]:
        """There are too many messages or bytes, from this client or from its address."""
        return [] if self.closed else [self._close(CLOSE_POLICY, "too many messages")]

    def _flooded(self, messages: TokenBucket, data: str | bytes) -> list[Effect] | None:
        if self.closed:
            return []
        size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
        return self.flooded() if messages.take() or self._bytes.take(size) else None

    def _receive(self, message: ClientMessage) -> list[Effect]:
        if isinstance(message, Hello):
            if self._step is not _Step.HELLO:
                return self._error("hello_twice", "You said hello already.")
            self._step = _Step.ADMITTING
            return [Admit(message)]
        if not self.admitted:
            return self._error("hello_first", "Say hello first.")
        if not allows(self.role, message):
            return self._error("forbidden", "You may not do this here.")
        match message:
            case Probe():
                received_us = self._now_us()
                return [Send(ProbeReply(message.id, message.client_us, received_us, self._now_us()))]
            case Ask():
                return self._ask(message.text)
            case Press():
                wait_s = self._talk_time.wait_s(LEAST_TALK_S)
                return self.talked_enough(wait_s) if wait_s else self._rate_limited() or [Do(message)]
            case Release():
                if self._talk_left is None:
                    return []  # the floor was taken back while this was on its way
                self.take_floor()
                return [Do(message)]
            case _:
                return [Do(message)]

    def _receive_chat(self, text: str | bytes) -> list[Effect]:
        try:
            return self._ask(decode_chat(text).prompt)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._error("malformed", 'Send {"type": "chat", "prompt": "..."}.')

    def _ask(self, text: str) -> list[Effect]:
        if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
            return self._error("too_long", f"A question may have {MAX_TEXT_BYTES} bytes at most.")
        if not text.strip():
            return self._error("malformed", "There is no question in this.")
        return self._rate_limited() or [Do(Ask(text))]

    def _rate_limited(self) -> list[Effect]:
        wait_s = self._questions.take()
        return self.rate_limited(wait_s) if wait_s else []

    def rate_limited(self, wait_s: float) -> list[Effect]:
        """Says that there were too many questions, from this client or from its address."""
        return self._error("rate_limited", "Too many questions; wait a little.", _tenths(wait_s))

    def talked_enough(self, wait_s: float) -> list[Effect]:
        """There is no time left to talk, for this client or for its address. What was said is a question."""
        talked = self._talk_left is not None
        self.take_floor()
        error = self._error("rate_limited", "You have talked a lot; wait a little.", _tenths(wait_s))
        return [Do(Release()), *error] if talked else error

    def _talk(self, sequence: int, samples: Pcm) -> list[Effect]:
        if self._talk_left is None:
            return []
        if sequence <= self._talk_sequence:
            return self._error("malformed", "Talk packets are out of order.")
        self._talk_sequence = sequence
        wait_s = self._talk_time.take(len(samples) / HEARING_RATE_HZ)
        if wait_s:
            return self.talked_enough(wait_s)
        kept = samples[: self._talk_left]
        self._talk_left -= len(kept)
        if self._talk_left:
            return [Talk(kept)]
        self.take_floor()
        return [Talk(kept), Do(Release()), *self._error("talk_too_long", f"{MAX_TALK_S} s are over.")]

    def _error(self, code: ErrorCode, text: str, retry_after_s: float = 0.0) -> list[Effect]:
        reply = LegacyError(text) if self.legacy else Error(code, text, retry_after_s)
        effects: list[Effect] = [Send(reply)]
        if code in _FAULTS:
            self._faults += 1
            if self._faults >= MAX_FAULTS:
                effects.append(self._close(CLOSE_POLICY, "three faults"))
        return effects

    def _close(self, code: int, reason: str) -> Close:
        self._step = _Step.CLOSED
        return Close(code, reason)


def _tenths(wait_s: float) -> float:
    """Rounded up, as it is told."""
    return math.ceil(wait_s * 10) / 10
