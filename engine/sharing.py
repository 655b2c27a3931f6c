"""Sharing a conversation with a room, as the settings ask: server, page, name on the network, invitations.

All blocking work (certificates, mDNS, the server's start) happens in ``open`` and ``close``, which are
meant for a thread; the rest is quick.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import resources
from engine import paths
from engine.broadcast import discovery
from engine.broadcast.invitations import base_urls
from engine.broadcast.messages import Listener, RoleName
from engine.broadcast.options import RoomOptions
from engine.broadcast.relay import attach
from engine.broadcast.server import Invitation, RoomServer
from engine.bus import Undo
from engine.conversation import Conversation
from engine.settings import Sharing as Choice

log = logging.getLogger(__name__)

ORIGINAL_ORIGIN: Final = "http://localhost:5173"
"""Where the original demo's React client is served from in development."""

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only when a person switched sharing with the network on


def page_folder() -> Path | None:
    """The built page, or None where it was not built."""
    folder = Path(next(iter(resources.__path__))) / "listener" / "dist"
    return folder if (folder / "index.html").is_file() else None


def room_options(choice: Choice) -> RoomOptions:
    """The server's options under ``choice``. Makes a certificate where the room is to be encrypted.

    Blocks for some milliseconds. Raises ``AloudError`` where the certificate can't be written.
    """
    shared = choice.local_network
    names = frozenset({discovery.local_name()} if shared else ())
    origins = frozenset(choice.allowed_origins)
    legacy = origins | {ORIGINAL_ORIGIN} if choice.original_protocol else frozenset[str]()
    room = paths.data_dir() / "room"
    room.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate = None
    if choice.encrypted:
        from engine.broadcast.authority import ensure_certificate

        certificate = ensure_certificate(room, {"localhost", *names}, discovery.own_addresses())
    return RoomOptions(
        host=EVERYWHERE if shared else "127.0.0.1",
        port=choice.port,
        names=names,
        public_origins=origins,
        legacy_origins=legacy,
        max_clients=choice.longest_audience,
        mode=choice.mode,
        sessions_file=room / "sessions.json",
        page=page_folder(),
        certificate=certificate.leaf if certificate else None,
        key=certificate.key if certificate else None,
        authority=certificate.authority if certificate else None,
        bus_url=choice.bus_url,
    )


class BlockedWords:
    """A ``QuestionFilter``: lets a question pass that has words in it, and none of those that are blocked.

    Whole words count, in any case. Any thread may block others while questions come.
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._refused: frozenset[str] = frozenset()
        self.block(words)

    def block(self, words: Sequence[str]) -> None:
        """Blocks ``words`` from now on, and no others."""
        self._refused = frozenset(word.casefold() for word in words)

    def __call__(self, question: str) -> bool:
        """Whether ``question`` may be asked."""
        words = re.findall(r"\w+", question.casefold())
        return bool(words) and self._refused.isdisjoint(words)


class SharedRoom:
    """One conversation's room while it is shared; ``attach`` on the conversation's loop, once."""

    def __init__(
        self, choice: Choice, on_listeners: Callable[[tuple[Listener, ...]], None] = lambda listeners: None
    ) -> None:
        self._choice = choice
        self._on_listeners = on_listeners
        self._blocked = BlockedWords(choice.blocked_words)
        self._server: RoomServer | None = None
        self._undo: list[Undo] = []
        self.urls: tuple[str, ...] = ()

    def open(self) -> None:
        """Opens the room and tells the network of it, where it is shared there.

        Blocks for up to a second or two. Raises ``PortInUse`` or another ``AloudError``.
        """
        options = replace(room_options(self._choice), question_filter=self._blocked)
        server = RoomServer(options, on_listeners=self._on_listeners)
        server.start()
        self._server = server
        self.urls = (server.url,)
        if self._choice.local_network:
            addresses, name = discovery.own_addresses(), discovery.local_name()
            self.urls = base_urls(options.scheme, server.port, name, addresses)
            if addresses:
                self._undo.append(discovery.announce(name, server.port, options.scheme, addresses))
        log.info("the room is shared %s", "with the local network" if self._choice.local_network else "here")

    def attach(self, conversation: Conversation) -> None:
        """Lets the room follow ``conversation``; on its loop, after ``open``."""
        self._undo.append(attach(conversation, self.server))
        if self._choice.mode == "room":
            conversation.playout.delay_s = self.server.options.lead_s

            def at_once() -> None:
                conversation.playout.delay_s = 0.0

            self._undo.append(at_once)

    def invite(self, role: RoleName) -> tuple[Invitation, ...]:
        """A new invitation, under each of ``urls``; single use, and the same token in all of them."""
        first = self.server.invite(role, self.urls[0] if self.urls else "")
        others = (url for url in self.urls[1:])
        return (first, *(Invitation(f"{url}#join={first.token}", first.token, role) for url in others))

    def block(self, words: Sequence[str]) -> None:
        """Refuses typed questions with any of ``words`` from now on; nobody in the room notices else."""
        self._blocked.block(words)

    @property
    def server(self) -> RoomServer:
        """The server. Raises ``RuntimeError`` before ``open``."""
        if self._server is None:
            raise RuntimeError("the room is not open")
        return self._server

    def detach(self) -> None:
        """Lets the room no longer follow the conversation; on its loop, before ``close``."""
        for undo in self._undo[::-1]:
            undo()
        self._undo.clear()

    def close(self) -> None:
        """Closes the room. Blocks until its sockets are gone. Harmless when closed."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
