"""How much all clients of an address together may ask, say and send."""

from typing import Final

from engine.broadcast.limits import AddressBuckets, Clock
from engine.broadcast.session import BYTES_AT_ONCE, BYTES_PER_S, TALK_S_AT_ONCE, TALK_S_PER_S

PER_ADDRESS: Final = 3
"""An address may ask and send as much as this many clients."""

TALK_PER_ADDRESS: Final = 1.5
"""The same of talk, of which there is only one at a time."""


class AddressLimits:
    """One server's: of questions and presses, bytes, and seconds of talk."""

    def __init__(self, questions_per_minute: int, clock: Clock) -> None:
        per_minute = PER_ADDRESS * questions_per_minute
        self.questions = AddressBuckets(per_minute / 60.0, per_minute / 3.0, clock)
        self.bytes = AddressBuckets(PER_ADDRESS * BYTES_PER_S, PER_ADDRESS * BYTES_AT_ONCE, clock)
        self.talk = AddressBuckets(TALK_PER_ADDRESS * TALK_S_PER_S, TALK_PER_ADDRESS * TALK_S_AT_ONCE, clock)
