"""Who in the room may talk: one client at a time, for a minute, into a microphone of its own."""

import asyncio
from collections.abc import Callable
from typing import Final

from engine.broadcast.messages import Ended, RoomMessage, State
from engine.broadcast.microphone import RoomMicrophone
from engine.broadcast.session import MAX_TALK_S
from engine.pcm import Pcm

FLOOR_S: Final = MAX_TALK_S + 5.0
"""The floor is taken back after this, sound or none."""


class Floor:
    """The right to talk, and the turn it goes with. Belongs to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listener = ""
        self._microphone: RoomMicrophone | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._turn: int | None = None  # known once the conversation listens

    @property
    def taken(self) -> bool:
        """Whether somebody has it."""
        return self._microphone is not None

    def is_of(self, listener: str) -> bool:
        """Whether ``listener`` has it."""
        return self.taken and self._listener == listener

    def give(self, listener: str, at_end: Callable[[], None]) -> RoomMicrophone:
        """Gives it to ``listener``; ``at_end`` is called when it has been held for too long."""
        self._listener, self._turn = listener, None
        self._microphone = RoomMicrophone()
        self._timer = self._loop.call_later(FLOOR_S, at_end)
        return self._microphone

    def free(self) -> None:
        """Takes it back. What was said stays to be read."""
        if self._timer is not None:
            self._timer.cancel()
        self._listener, self._microphone, self._timer, self._turn = "", None, None, None

    def hear(self, listener: str, samples: Pcm) -> None:
        """Sound from a client; dropped unless it has the floor."""
        if self._microphone is not None and self._listener == listener:
            self._microphone.put(samples)

    def lost_by(self, message: RoomMessage) -> bool:
        """Whether ``message`` ends it: its turn has ended, or another one listens."""
        if not self.taken:
            return False
        if isinstance(message, State) and message.state == "listening":
            if self._turn is None:
                self._turn = message.turn
            return self._turn != message.turn
        return isinstance(message, Ended) and message.turn == self._turn
