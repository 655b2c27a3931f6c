"""What can be set about the room."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.broadcast.messages import Mode

log = logging.getLogger(__name__)

QuestionFilter = Callable[[str], bool]
"""Whether a question from the room, typed or spoken, may be asked. Called on the net loop and on the
conversation's; what it raises counts as no."""


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """How the room is shared. The defaults share it with this machine only.

    ``host``: the address to listen at; "127.0.0.1" is this machine, "0.0.0.0" the local network.
    ``port``: 0 picks a free one. ``names``: host names this server is known by, such as its mDNS name.
    ``public_origins``: origins at which a proxy in front serves it. ``other_origins``: websites of
    others that may connect to it. ``legacy_origins``: origins whose
    pages may use the original protocol, from this machine; none switches it off. ``proxies``:
    addresses of proxies whose ``X-Forwarded-For`` is believed. ``per_address``: connections that one
    address may have. ``lead_s``: by how much the room plays later than the host in personal mode, or
    how much later everything plays in room mode. ``certificate`` and ``key``: PEM files, for TLS.
    ``authority``: the PEM file of the authority that signed it, offered for download at
    ``/authority.crt``. ``page``: the folder of the built page, if it is to be served. ``bus_url``: the
    bus to edges on other machines, if there are any, on which the room is called ``bus_room``.
    """

    host: str = "127.0.0.1"
    port: int = 3000
    names: frozenset[str] = frozenset()
    public_origins: frozenset[str] = frozenset()
    other_origins: frozenset[str] = frozenset()
    legacy_origins: frozenset[str] = frozenset()
    proxies: frozenset[str] = frozenset()
    max_clients: int = 64
    per_address: int = 8
    questions_per_minute: int = 10
    mode: Mode = "personal"
    lead_s: float = 0.3
    sessions_file: Path | None = None
    page: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    bus_url: str = ""
    bus_room: str = "room"
    question_filter: QuestionFilter = bool

    def may_be_asked(self, question: str) -> bool:
        """What ``question_filter`` says; no where it fails, since what it can't judge is not asked."""
        try:
            return self.question_filter(question)
        except Exception:
            log.exception("the question filter failed")
            return False

    @property
    def scheme(self) -> Literal["http", "https"]:
        """How the page is reached."""
        return "https" if self.certificate else "http"
