"""Sharing a conversation with a room, as the settings ask: server, page, name on the network, invitations.

All blocking work (certificates, mDNS, the server's start) happens in ``open``, ``refresh``, ``invite`` and
``close``, which are meant for a thread; the rest is quick.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import resources
from engine import paths
from engine.broadcast import discovery, tailscale
from engine.broadcast.messages import Listener, RoleName
from engine.broadcast.options import RoomOptions
from engine.broadcast.reach import Reach
from engine.broadcast.relay import attach
from engine.broadcast.server import Invitation, RoomServer
from engine.broadcast.tailscale import Tailscale
from engine.broadcast.tokens import INVITATION_S
from engine.bus import Undo
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.settings import Sharing as Choice
from engine.text.phrases import Phrases

if TYPE_CHECKING:
    from engine.broadcast.authority import Certificate

log = logging.getLogger(__name__)

ORIGINAL_ORIGIN: Final = "http://localhost:5173"
"""Where the original demo's React client is served from in development."""

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only when a person switched sharing with the network on


def page_folder() -> Path | None:
    """The built page, or None where it was not built."""
    folder = Path(next(iter(resources.__path__))) / "listener" / "dist"
    return folder if (folder / "index.html").is_file() else None


def room_options(choice: Choice, listen: str = "") -> RoomOptions:
    """The server's options under ``choice``. Makes a certificate where the room is to be encrypted.

    ``listen`` is an address to listen at in place of what ``choice`` implies. Blocks for some seconds at
    most. Raises ``AloudError`` where the certificate can't be written.
    """
    shared = choice.local_network
    names = frozenset({discovery.local_name()} if shared else ())
    others = frozenset(choice.allowed_origins)
    legacy = others | {ORIGINAL_ORIGIN} if choice.original_protocol else frozenset[str]()
    room = room_folder()
    certificate = make_certificate(choice) if choice.encrypted else None
    public, proxies = frozenset(choice.public_origins), frozenset(choice.proxies)
    own = tailscale.find(choice.port, "https" if choice.encrypted else "http")
    if own is not None:  # which may begin to pass the room on at any time, from this machine
        public, proxies = public | {own.origin}, proxies | {"127.0.0.1", "::1"}
    return RoomOptions(
        host=listen or (EVERYWHERE if shared else "127.0.0.1"),
        port=choice.port,
        names=names,
        public_origins=public,
        other_origins=others,
        legacy_origins=legacy,
        proxies=proxies,
        max_clients=choice.longest_audience,
        mode=choice.mode,
        sessions_file=room / "sessions.json",
        page=page_folder(),
        certificate=certificate.leaf if certificate else None,
        key=certificate.key if certificate else None,
        authority=certificate.authority if certificate else None,
        bus_url=choice.bus_url,
    )


def room_folder() -> Path:
    """Where the room keeps its sessions and its certificate."""
    folder = paths.data_dir() / "room"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def make_certificate(choice: Choice) -> "Certificate":
    """A certificate for where this machine is found now. Raises ``AloudError``."""
    from engine.broadcast.authority import ensure_certificate

    names = {"localhost"} | ({discovery.local_name()} if choice.local_network else set())
    return ensure_certificate(room_folder(), names, discovery.own_addresses())


class BlockedWords:
    """A ``QuestionFilter``: lets a question pass that holds none of the words or phrases that are blocked.

    Whole words count, in any case. Any thread may block others while questions come.
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._refused = Phrases(words)

    def block(self, words: Sequence[str]) -> None:
        """Blocks ``words`` from now on, and no others."""
        self._refused = Phrases(words)

    def __call__(self, question: str) -> bool:
        """Whether ``question`` may be asked."""
        return not self._refused.found_in(question)


class SharedRoom:
    """One conversation's room while it is shared; ``attach`` on the conversation's loop, once.

    ``on_listeners`` hears who is there, ``on_used`` the token of an invitation that somebody came in with,
    both on the net thread. ``listen`` as in ``room_options``.
    """

    def __init__(
        self,
        choice: Choice,
        on_listeners: Callable[[tuple[Listener, ...]], None] = lambda listeners: None,
        on_used: Callable[[str], None] = lambda token: None,
        *,
        listen: str = "",
    ) -> None:
        self._choice = choice
        self._on_listeners = on_listeners
        self._on_used = on_used
        self._listen = listen
        self._blocked = BlockedWords(choice.blocked_words)
        self._server: RoomServer | None = None
        self._reach: Reach | None = None
        self._undo: list[Undo] = []

    def open(self) -> None:
        """Opens the room and tells the network of it, where it is shared there.

        Blocks for up to a second or two. Raises ``PortInUse`` or another ``AloudError``.
        """
        options = replace(room_options(self._choice, self._listen), question_filter=self._blocked)
        server = RoomServer(options, on_listeners=self._on_listeners, on_used=self._on_used)
        server.start()
        self._server = server
        self._reach = Reach(options, server.port, on_network=self._choice.local_network)
        self._reach.look()
        log.info("the room is shared %s", "with the local network" if self._choice.local_network else "here")

    def refresh(self) -> bool:
        """Looks at the network anew; whether ``urls`` or ``tailscale`` are others now.

        Blocks, for a second or two where something has changed. A certificate that can't be renewed is
        logged, and the present one stays.
        """
        if self._reach is None or not self._reach.look():
            return False
        if self._choice.encrypted:
            try:
                make_certificate(self._choice)
                self.server.renew_certificate()
            except AloudError:
                log.warning("the room's certificate could not be renewed", exc_info=True)
        return True

    def attach(self, conversation: Conversation) -> None:
        """Lets the room follow ``conversation``; on its loop, after ``open``."""
        self._undo.append(attach(conversation, self.server))
        if self._choice.mode == "room":
            conversation.playout.delay_s = self.server.options.lead_s

            def at_once() -> None:
                conversation.playout.delay_s = 0.0

            self._undo.append(at_once)

    def invite(self, role: RoleName, lasts_s: float = INVITATION_S) -> Invitation:
        """A new invitation under the first of ``urls``; its token is good under the others, too. Blocks."""
        return self.server.invite(role, self.urls[0], lasts_s)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where guests find the page now, the best first; empty before ``open``."""
        return self._reach.urls if self._reach is not None else ()

    @property
    def tailscale(self) -> Tailscale | None:
        """Tailscale, where this machine has it and it runs."""
        return self._reach.tailscale if self._reach is not None else None

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
        reach, self._reach = self._reach, None
        if reach is not None:
            reach.close()
        server, self._server = self._server, None
        if server is not None:
            server.stop()
