"""Ports of this machine that stay a test's own, also while nothing listens at them."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

# Below the range from which the system takes ports by itself, so that no connection ever gets one.
PORTS = range(20_000, 30_000)
FOLDER = Path(tempfile.gettempdir()) / f"aloud-test-ports-{os.getuid()}"

_held: list[IO[bytes]] = []  # for as long as this process lives


def free_port() -> int:
    """A port that nobody listens at, and that no other test of this machine is given meanwhile."""
    FOLDER.mkdir(exist_ok=True)
    for port in random.sample(PORTS, len(PORTS)):
        claim = (FOLDER / str(port)).open("wb")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()
            if socket.has_dualstack_ipv6():
                socket.create_server(("::1", port), family=socket.AF_INET6).close()
        except OSError:
            claim.close()
            continue
        _held.append(claim)
        return port
    raise RuntimeError("no port is free")
