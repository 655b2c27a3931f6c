"""Keeps tests off the network: whatever tries to leave this machine is refused and fails the test.

A Python audit hook sees every connect and every look-up of a name that goes through Python's sockets,
whatever library asks. uvloop's own sockets do not; what runs on it in tests stays on loopback by design.
Connecting a UDP socket sends nothing (it is how a machine learns its own address), so that is let through.
"""

import ipaddress
import socket
import sys
from typing import Any

attempts: list[str] = []
"""What was refused since a test last cleared it."""

_installed = False


class NetworkRefused(OSError):
    """A test tried to reach something other than this machine."""


def stays_here(host: str | bytes | None) -> bool:
    """Whether ``host`` is this machine: loopback, unspecified, multicast, or one of its own names."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if not name or name in ("localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified or address.is_multicast


def _refuse(what: str) -> None:
    attempts.append(what)
    raise NetworkRefused(f"tests stay on this machine, and this one tried to {what}")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto"):
        opened, address = arguments
        connects_udp = event == "socket.connect" and opened.type == socket.SOCK_DGRAM
        goes_by_ip = opened.family in (socket.AF_INET, socket.AF_INET6) and address
        if goes_by_ip and not connects_udp and not stays_here(address[0]):
            _refuse(f"reach {address[0]}, port {address[1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not stays_here(arguments[0]):
        try:
            ipaddress.ip_address(arguments[0])  # a look-up of a number asks nobody
        except ValueError:
            _refuse(f"look up {arguments[0]}")


def install() -> None:
    """Starts refusing, for the rest of the process. Harmless the second time."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_watch)
