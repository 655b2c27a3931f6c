"""What an edge knows of its own clients: how to vouch for them, and whom the host knows."""

from collections.abc import Iterable
from typing import Final

from engine.broadcast.messages import Listener
from engine.broadcast.tokens import Admission

ENTRIES: Final = 32
"""Clients told of at a time."""


class Roll:
    """Belongs to the net loop. ``let_in`` are the ids of the clients whom the present host knows."""

    def __init__(self) -> None:
        self.let_in: set[str] = set()
        self._sessions: dict[str, str] = {}
        self._entries: dict[str, Listener] = {}
        self._turn = 0

    @property
    def sessions(self) -> tuple[tuple[str, str], ...]:
        """Every client's id and the secret to vouch for it with."""
        return tuple(self._sessions.items())

    def admit(self, admission: Admission) -> None:
        """The host let this client in."""
        self._sessions[admission.listener] = admission.session
        self.let_in.add(admission.listener)

    def forget(self, listener: str) -> None:
        """The client is gone."""
        self._sessions.pop(listener, None)
        self.let_in.discard(listener)

    def note(self, changed: Iterable[Listener], gone: Iterable[str]) -> None:
        """How clients look to owners, and who is none any more."""
        self._entries.update((listener.listener, listener) for listener in changed)
        for name in gone:
            self._entries.pop(name, None)

    def some(self) -> tuple[Listener, ...]:
        """The next few, so that all are told of again in time, whatever was lost on the bus."""
        entries = tuple(self._entries.values())
        start = self._turn % max(len(entries), 1)
        self._turn = start + ENTRIES
        return entries[start : start + ENTRIES]
