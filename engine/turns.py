"""The turn in flight and the turns before it: where the turn machine meets the bus."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from engine.bus import Bus
from engine.errors import AloudError
from engine.events import NO_TURN, ConversationChanged, Event, Failed, TurnEnded
from engine.turn import Turn, TurnInput, advance
from engine.units import TurnId


class Turns:
    """Keeps the present turn, lets events advance it, and tells the bus; on the conversation's loop only.

    What belongs to a turn that has ended is dropped here and reaches nobody.
    """

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.monotonic) -> None:
        self.bus = bus
        self.current: Turn | None = None
        self._ended: list[Turn] = []
        self._clock = clock
        self._last_id = 0

    @property
    def ended(self) -> tuple[Turn, ...]:
        """The turns that held a question, oldest first."""
        return tuple(self._ended)

    def next_id(self) -> TurnId:
        """A number that no turn of this process had before."""
        self._last_id += 1
        return TurnId(self._last_id)

    def now_s(self) -> float:
        """The clock that the events' ``at_s`` are read from."""
        return self._clock()

    def is_live(self, turn_id: TurnId) -> bool:
        """Whether ``turn_id`` is the turn in flight."""
        return self.current is not None and self.current.turn_id == turn_id and self.current.live

    def publish(self, turn_id: TurnId, event: Event) -> None:
        """Publishes an event of a turn and lets the turn follow it. Raises ``IllegalTransition``."""
        if self.is_live(turn_id):
            if isinstance(event, TurnInput):
                self.step(turn_id, event, event)
            else:
                self.bus.publish(event)

    def step(self, turn_id: TurnId, step: TurnInput, event: Event | None = None) -> None:
        """Advances the turn by ``step``, publishing ``event`` with it, and ``TurnEnded`` if that ends it."""
        if self.current is None or not self.is_live(turn_id):
            return
        turn = self.current = advance(self.current, step)
        if event is not None:
            self.bus.publish(event)
        if turn.live or turn.outcome is None:
            return
        if turn.question:
            self._ended.append(turn)
        ended = TurnEnded(turn_id, self._clock(), turn.outcome, turn.question, turn.reply, turn.heard_text)
        self.bus.publish(ended)

    def notice(self, error: AloudError) -> None:
        """Tells of what went wrong without ending the turn."""
        self.bus.publish(Failed(NO_TURN, self._clock(), error))

    def forget(self, turn_ids: Collection[TurnId]) -> None:
        """Takes these out of the turns that came before; unknown ones are passed over."""
        self._ended = [turn for turn in self._ended if turn.turn_id not in turn_ids]
        self._changed()

    def recall(self, turns: Iterable[Turn]) -> None:
        """Puts forgotten turns back, each in its place: turns stand in the order of their numbers."""
        known = {turn.turn_id: turn for turn in (*self._ended, *turns)}
        self._ended = [known[turn_id] for turn_id in sorted(known)]
        self._changed()

    def resume(self, turns: Iterable[Turn]) -> None:
        """Replaces what came before by ``turns``, which are given numbers of this process."""
        self._ended = [replace(turn, turn_id=self.next_id()) for turn in turns]
        self._changed()

    def _changed(self) -> None:
        self.bus.publish(ConversationChanged(NO_TURN, self._clock()))
