"""The same server on another machine: clients but no conversation, nothing kept, the host's time."""

import time
from collections.abc import Callable

from engine.broadcast.clock import now_us
from engine.broadcast.hub import Hub
from engine.broadcast.options import RoomOptions
from engine.broadcast.remote import RemoteHost
from engine.broadcast.shell import Shell


class EdgeServer:
    """``aloud edge``: the room of the host at the other end of ``options.bus_url``.

    ``start`` and ``stop`` belong to one thread and block for a moment. ``local_us`` is this machine's
    monotonic clock.
    """

    def __init__(self, options: RoomOptions, *, local_us: Callable[[], int] = now_us) -> None:
        self.options = options
        self._local_us = local_us
        self._link: RemoteHost | None = None
        self._shell = Shell(options, self._make_link, self._attach, self._run, time.monotonic)

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self._shell.port

    def start(self) -> None:
        """Serves; clients wait at the door until the host is found. Raises as ``RoomServer.start``."""
        self._shell.start()

    def stop(self) -> None:
        """Closes every connection. Harmless when stopped."""
        self._shell.stop()

    def _make_link(self) -> RemoteHost:
        self._link = RemoteHost(self.options.bus_room, self._local_us)
        return self._link

    def _attach(self, hub: Hub) -> None:
        assert self._link is not None
        self._link.outlets.append(hub)

    async def _run(self) -> None:
        assert self._link is not None
        await self._link.run(self.options.bus_url)
