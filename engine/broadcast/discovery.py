"""Under which names and addresses the room can be found, and telling them to the local network."""

import ipaddress
import logging
import re
import socket
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

Undo = Callable[[], None]


def local_name() -> str:
    """This machine's mDNS name for the room, made from its host name: ``aloud-kitchen.local``."""
    label = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().partition(".")[0].lower()).strip("-")
    return f"aloud-{label or 'room'}"[:63] + ".local"


def own_addresses() -> list[str]:
    """The private IPv4 addresses at which others on the local network reach this machine."""
    import psutil  # 15 ms to import

    states = psutil.net_if_stats()
    found = []
    for interface, addresses in psutil.net_if_addrs().items():
        if interface not in states or not states[interface].isup:
            continue
        for address in addresses:
            if address.family == socket.AF_INET:
                parsed = ipaddress.ip_address(address.address)
                if parsed.is_private and not parsed.is_loopback:
                    found.append(address.address)
    return sorted(set(found))


def announce(name: str, port: int, scheme: str, addresses: Sequence[str]) -> Undo | None:
    """Answers mDNS questions for ``name`` with ``addresses`` until the returned function is called.

    Blocks for up to a second or so, both ways; uses a thread of its own meanwhile. None where the
    network does not allow it, which is logged; the addresses still work.
    """
    from zeroconf import Error, ServiceInfo, Zeroconf

    label = name.removesuffix(".local")
    info = ServiceInfo(
        f"_{scheme}._tcp.local.",
        f"{label}._{scheme}._tcp.local.",
        port=port,
        server=f"{name}.",
        addresses=[socket.inet_aton(address) for address in addresses],
        properties={"path": "/"},
    )
    try:
        responder = Zeroconf(interfaces=list(addresses))
    except OSError:
        log.warning("the room can't be announced on this network", exc_info=True)
        return None
    try:
        responder.register_service(info, allow_name_change=True)
    except (OSError, Error):
        log.warning("the room can't be announced on this network", exc_info=True)
        responder.close()
        return None

    def undo() -> None:
        responder.unregister_service(info)
        responder.close()

    return undo
