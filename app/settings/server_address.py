"""The address of a server that writes answers: what a person calls it, and what is wrong with one."""

from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

_NEAR = ("127.", "10.", "192.168.", "172.", "169.254.", "fe80", "fd", "::1")


def server_name(base_url: str) -> str:
    """The host of ``base_url``, as a person knows it."""
    return (urlsplit(base_url).hostname or base_url) if base_url else "OpenAI"


def address_fault(address: str) -> str:
    """Why ``address`` can't be taken; "" where it can, or is empty."""
    tr = QCoreApplication.translate
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return tr("ServerAddress", "An address that begins with http:// or https://.")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        return tr(
            "ServerAddress",
            "Over http a key could be read on the way. Use https://, or a server close by.",
        )
    return ""


def _is_near(host: str) -> bool:
    return host == "localhost" or host.endswith(".local") or host.startswith(_NEAR) or "." not in host
