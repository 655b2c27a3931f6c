"""Who is in the room, everywhere, and what each owner was told of it: only what changed, a page at a time."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from engine.broadcast.messages import Listener, Listeners

INTERVAL_S: Final = 1.0
PAGE: Final = 64
"""Entries in a message: some 16 kB. An owner of a thousand guests knows all of them after a quarter of a
minute; before that, and while many of them change, nothing else has to wait for it."""


@dataclass(slots=True)
class _Owner:
    """What one owner has still to be told."""

    anew: bool = True
    owed: dict[str, None] = field(default_factory=dict)  # listeners' ids, the one to be told first in front


class People:
    """Belongs to the net loop.

    ``tell`` sends to one owner; ``on_listeners`` hears, on the net loop, of everybody whenever somebody
    comes, goes or changes. ``source`` below is whatever the listeners are connected through.
    """

    def __init__(
        self,
        tell: Callable[[str, Listeners], None],
        on_listeners: Callable[[tuple[Listener, ...]], None],
    ) -> None:
        self._tell = tell
        self._on_listeners = on_listeners
        self._entries: dict[str, tuple[object, Listener]] = {}
        self._owners: dict[str, _Owner] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._told_at_s = -INTERVAL_S

    def changed(self, source: object, listeners: Iterable[Listener], gone: Iterable[str]) -> None:
        """Some have come or changed, some have gone (if they are not somewhere else by now)."""
        concerned = set()
        for listener in listeners:
            self._entries[listener.listener] = (source, listener)
            concerned.add(listener.listener)
        for name in gone:
            if name in self._entries and self._entries[name][0] is source:
                del self._entries[name]
                concerned.add(name)
        if concerned:
            for owner in self._owners.values():
                owner.owed.update(dict.fromkeys(concerned))
            self._on_listeners(tuple(listener for _, listener in self._entries.values()))
            self._tell_soon()

    def keep(self, source: object, present: Collection[str]) -> None:
        """Nobody else is connected through ``source``."""
        self.changed(source, (), [name for name in self._of(source) if name not in present])

    def add_owner(self, name: str) -> None:
        """An owner is there, who knows nothing yet."""
        self._owners[name] = _Owner(owed=dict.fromkeys(self._entries))
        self._tell_soon()

    def drop_owner(self, name: str) -> None:
        """The owner is gone, or is none any more. Harmless for anybody else."""
        self._owners.pop(name, None)

    def _of(self, source: object) -> list[str]:
        return [name for name, (its, _) in self._entries.items() if its is source]

    def _tell_soon(self) -> None:
        if self._timer is None and any(owner.anew or owner.owed for owner in self._owners.values()):
            wait_s = max(0.0, self._told_at_s + INTERVAL_S - self._loop.time())
            self._timer = self._loop.call_later(wait_s, self._tell_owners)

    def _tell_owners(self) -> None:
        self._timer, self._told_at_s = None, self._loop.time()
        for name, owner in tuple(self._owners.items()):
            if owner.anew or owner.owed:
                self._tell(name, self._page(owner))
        self._tell_soon()

    def _page(self, owner: _Owner) -> Listeners:
        """The next that this owner is told."""
        names = list(owner.owed)[:PAGE]
        for name in names:
            del owner.owed[name]
        anew, owner.anew = owner.anew, False
        return Listeners(
            listeners=tuple(self._entries[name][1] for name in names if name in self._entries),
            gone=tuple(name for name in names if name not in self._entries),
            total=len(self._entries),
            anew=anew,
        )
