"""The sockets the room listens at."""

import errno
import socket

from engine.errors import AloudError, PortInUse


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at ``host``. Raises ``PortInUse``, or ``AloudError`` for a wrong address.

    Where IPv4's loopback is among what is listened at, so is IPv6's, since ``localhost`` may mean either.
    """
    try:
        first = socket.create_server((host, port), family=_family(host), backlog=1_024)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    sockets = [first]
    if host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - compared, not bound
        bound_port = first.getsockname()[1]
        try:
            sockets.append(socket.create_server(("::1", bound_port), family=socket.AF_INET6, backlog=1_024))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                first.close()
                raise _cannot_listen("::1", bound_port, error) from None
            # no IPv6 here
    return sockets


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _cannot_listen(host: str, port: int, error: OSError) -> AloudError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            "Port {port} is taken by another program.",
            "Close that program, or choose another port for the room in the settings.",
            port=port,
        )
    return AloudError(
        "The room can't be shared at {host}, port {port}: {reason}.",
        "Choose another address or port for the room in the settings.",
        host=host,
        port=port,
        reason=error.strerror or error,
    )
