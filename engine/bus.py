"""The fan-out of events: synchronous, on the conversation's loop, holding no queue.

Whoever is slow owns a queue of its own. A subscriber that raises is logged and the others still
run, so one broken view never silences the rest.
"""

import logging
from collections.abc import Callable

from engine.events import Event

log = logging.getLogger(__name__)

Subscriber = Callable[[Event], None]
Undo = Callable[[], None]


class Bus:
    """Hands each published event to every subscriber, in the order they came.

    Not thread-safe: publish and subscribe on one thread (the conversation's loop).
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> Undo:
        """Adds ``subscriber`` and returns what takes it away again (harmless when called twice)."""
        entry = [subscriber]  # its own identity, so that one function may subscribe twice

        def call(event: Event) -> None:
            entry[0](event)

        self._subscribers.append(call)

        def undo() -> None:
            if call in self._subscribers:
                self._subscribers.remove(call)

        return undo

    def publish(self, event: Event) -> None:
        """Calls every subscriber with ``event``; never raises."""
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(event)
            except Exception:  # whatever it raises must not reach the turn
                log.exception("a subscriber failed on %s", type(event).__name__)
