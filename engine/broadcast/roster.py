"""Which of a server's clients have come, changed or gone since that was last told."""

import asyncio
from collections.abc import Callable
from typing import Final

from engine.broadcast.client import Client
from engine.broadcast.limits import Clock
from engine.broadcast.messages import Listener

INTERVAL_S: Final = 1.0

Tell = Callable[[tuple[Listener, ...], tuple[str, ...]], None]
"""Given who has come or changed, and the ids of who has gone."""


class Roster:
    """Collects, and tells at most once a second. Belongs to the net loop."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self._clock = clock
        self._tell = tell
        self._news: dict[str, Client | None] = {}  # None: gone
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._told_at_s = -INTERVAL_S

    def changed(self, client: Client) -> None:
        """``client`` has come, or is seen otherwise now."""
        self._news[client.listener] = client
        self._tell_soon()

    def gone(self, client: Client) -> None:
        """``client`` is not here any more."""
        self._news[client.listener] = None
        self._tell_soon()

    def _tell_soon(self) -> None:
        if self._timer is None:
            wait_s = max(0.0, self._told_at_s + INTERVAL_S - self._clock())
            self._timer = self._loop.call_later(wait_s, self._tell_now)

    def _tell_now(self) -> None:
        self._timer, self._told_at_s = None, self._clock()
        news, self._news = self._news, {}
        here = tuple(client.as_listener() for client in news.values() if client is not None)
        self._tell(here, tuple(name for name, client in news.items() if client is None))
