"""Who is told when a model changes: a window that shows it, the composition that loads it."""

import logging
import threading
from collections.abc import Callable

from engine.models.states import ModelState

log = logging.getLogger(__name__)

Watcher = Callable[[ModelState], None]
"""Told of a model's new state, on the thread on which it changed."""


Undo = Callable[[], None]


class Watchers:
    """The watchers of one ``Models``. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: list[Watcher] = []

    def subscribe(self, watcher: Watcher) -> Undo:
        """Calls ``watcher`` at every change of any model and at every step of a download; returns its undo.

        It runs on the thread on which the change happens and must not block.
        """

        def call(state: ModelState) -> None:
            watcher(state)

        with self._lock:
            self._watchers.append(call)

        def undo() -> None:
            with self._lock:
                if call in self._watchers:
                    self._watchers.remove(call)

        return undo

    def tell(self, state: ModelState) -> None:
        """Tells every watcher; one that raises is logged and the others still hear."""
        with self._lock:
            watchers = tuple(self._watchers)
        for watcher in watchers:
            try:
                watcher(state)
            except Exception:  # a broken view must not stop a download
                log.exception("a watcher of the models failed")
