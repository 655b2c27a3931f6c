"""Who may knock at all: exact checks of ``Host`` and ``Origin``, before a byte of the room is sent.

A browser sends the name it resolved in ``Host`` and the site that opened the socket in ``Origin``.
Checking the first defeats DNS rebinding, the second cross-site sockets. Nothing here looks at tokens.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host as a URL has it, lower case, without brackets, and its port where that is spelt out."""

    host: str
    port: int | None


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that ``text`` spells, an IPv4 one also where it is wrapped in IPv6; None for a name."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_loopback(text: str) -> bool:
    """Whether ``text`` spells a loopback address; never true for a name, whatever it begins with."""
    address = address_of(text)
    return address is not None and address.is_loopback


def parse_host(header: str) -> HostPort | None:
    """A ``Host`` header's parts, or None for anything that is not exactly a host and perhaps a port."""
    text = header.lower()
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not isinstance(_plain_address(host), ipaddress.IPv6Address):
            return None
    else:
        host, colon, port_text = text.partition(":")
        rest = colon + port_text
        if not _NAME.fullmatch(host):
            return None
    if not rest:
        return HostPort(host, None)
    if not re.fullmatch(r":[0-9]{1,5}", rest) or not 0 < int(rest[1:]) < 65_536:
        return None
    return HostPort(host, int(rest[1:]))


def _plain_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Gate:
    """The lists that a request's ``Host`` and ``Origin`` are held against.

    ``names`` are host names this server is known by at its own port (an mDNS name, say).
    ``public_origins`` are whole origins at which a proxy serves it (``https://room.example.org``).
    ``other_origins`` are those of other websites that may connect.
    ``legacy_origins`` are the origins that clients of the original protocol may come from.
    """

    def __init__(
        self,
        scheme: str,
        port: int,
        *,
        names: frozenset[str] = frozenset(),
        public_origins: frozenset[str] = frozenset(),
        other_origins: frozenset[str] = frozenset(),
        legacy_origins: frozenset[str] = frozenset(),
    ) -> None:
        self._scheme = scheme
        self._port = port
        self._names = frozenset(name.lower() for name in names)
        self._public_origins = frozenset(map(_as_browsers_say, public_origins))
        self._other_origins = frozenset(map(_as_browsers_say, other_origins))
        self._legacy_origins = frozenset(map(_as_browsers_say, legacy_origins))
        self._public = {
            origin.host: {None, origin.port, port}  # as proxies pass it on: without a port, or with one
            for origin in filter(None, map(_host_of_origin, self._public_origins))
        }

    def host_allowed(self, header: str | None, local_address: str) -> bool:
        """Whether this server is known by ``header``.

        ``local_address`` is the address at which the connection came in: the one address literal
        that is right for it. ``localhost`` is right for loopback only.
        """
        parsed = parse_host(header) if header else None
        if parsed is None:
            return False
        if parsed.port in self._public.get(parsed.host, ()):
            return True
        if (parsed.port or _DEFAULT_PORTS[self._scheme]) != self._port:
            return False
        if parsed.host == "localhost":
            return is_loopback(local_address)
        address = address_of(parsed.host)
        if address is not None:
            return address == address_of(local_address)
        return parsed.host in self._names

    def origin_allowed(self, origin: str | None, host_header: str) -> bool:
        """Whether ``origin`` is the page served here under an allowed ``Host``, or an allowed website."""
        if not origin:
            return False
        own = f"{self._scheme}://{host_header.lower()}"
        return origin == own or origin in self._public_origins or origin in self._other_origins

    def legacy_origin_allowed(self, origin: str | None) -> bool:
        """Whether ``origin`` is one that clients of the original protocol may come from."""
        return origin is not None and origin in self._legacy_origins


def _as_browsers_say(origin: str) -> str:
    """An origin as a person may have written it, the way browsers send it."""
    return origin.strip().rstrip("/").lower()


def _host_of_origin(origin: str) -> HostPort | None:
    parts = urlsplit(origin)
    return parse_host(parts.netloc) if parts.scheme in _DEFAULT_PORTS else None
