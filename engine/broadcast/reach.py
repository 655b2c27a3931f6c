"""Where guests find the room: under addresses of proxies, of Tailscale, and of the network as it is now."""

from engine.broadcast import discovery, tailscale
from engine.broadcast.discovery import Undo
from engine.broadcast.invitations import base_urls
from engine.broadcast.options import RoomOptions
from engine.broadcast.tailscale import Tailscale


class Reach:
    """One open room's addresses. All of it blocks, for seconds at most, and belongs to one thread at a time.

    ``on_network``: the room is open to the local network, which is told of it.
    """

    def __init__(self, options: RoomOptions, port: int, *, on_network: bool) -> None:
        self._options = options
        self._port = port
        self._on_network = on_network
        self._addresses: list[str] = []
        self._announced: Undo | None = None
        self.urls: tuple[str, ...] = ()
        self.tailscale: Tailscale | None = None

    def look(self) -> bool:
        """Looks at the network anew and announces the room where it changed; whether ``urls`` are others now.

        Under ``urls`` stand only addresses that answer: the name only where it could be announced.
        """
        before = (self.urls, self.tailscale)
        addresses = discovery.own_addresses() if self._on_network else []
        if addresses != self._addresses:
            self._announce(addresses)
        self.tailscale = tailscale.find(self._port, self._options.scheme)
        name = discovery.local_name() if self._announced else ""
        public = [f"{origin.rstrip('/')}/" for origin in sorted(self._options.public_origins)]
        if self.tailscale is not None:
            own = f"{self.tailscale.origin}/"
            public = [url for url in public if url != own] + ([own] if self.tailscale.serves else [])
        local = base_urls(self._options.scheme, self._port, name, self._addresses)
        here = f"{self._options.scheme}://localhost:{self._port}/"
        self.urls = (*public, *local) or (here,)
        return (self.urls, self.tailscale) != before

    def close(self) -> None:
        """Announces nothing any more. Harmless when it does not."""
        self._announce([])

    def _announce(self, addresses: list[str]) -> None:
        announced, self._announced = self._announced, None
        if announced is not None:
            announced()
        self._addresses = addresses
        if addresses:
            name = discovery.local_name()
            self._announced = discovery.announce(name, self._port, self._options.scheme, addresses)
