"""The room as the conversation's side sees it: start, tell, silence, invite, stop."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from engine.broadcast.clock import now_us
from engine.broadcast.commands import Commands, Nobody
from engine.broadcast.host import Host
from engine.broadcast.hub import Hub
from engine.broadcast.limits import Clock
from engine.broadcast.link import Manner
from engine.broadcast.messages import Listener, Muted, Resync, RoleName, RoomMessage, Snapshot
from engine.broadcast.options import RoomOptions
from engine.broadcast.room import Room, with_turns
from engine.broadcast.shell import Shell
from engine.broadcast.telling import history_of, messages_of
from engine.broadcast.tokens import INVITATION_S, Doorkeeper, new_id
from engine.broadcast.uplink import serve_edges
from engine.events import Event, Outcome, TurnEnded, VoiceMuted
from engine.pcm import SpeechFrame
from engine.turn import Turn

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A URL that lets one client in, for ``lasts_s``; a secret until it was used."""

    url: str
    token: str
    role: RoleName
    lasts_s: float


class RoomServer:
    """The room of one conversation, served on a thread of its own.

    ``publish``, ``audio``, ``cut`` and ``muted`` may be called from any thread and never block. While
    the room is closed the conversation's text is kept for who joins later; the rest is dropped. All
    other calls belong to one thread and block for a moment.
    ``commands`` (what clients ask of the conversation), ``on_listeners`` (who is connected) and
    ``on_used`` (the token of an invitation that somebody came in with) are called on the net thread and
    must not block. ``clock`` counts monotonic seconds for the limits.
    """

    def __init__(
        self,
        options: RoomOptions,
        *,
        on_listeners: Callable[[tuple[Listener, ...]], None] = lambda listeners: None,
        on_used: Callable[[str], None] = lambda token: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.options = options
        self._commands: Commands = Nobody()
        self._on_listeners = on_listeners
        self._on_used = on_used
        self._lock = threading.Lock()
        self._told = Room(new_id())  # kept while the room is closed too, for who joins once it is open
        self._host: Host | None = None
        self._shell = Shell(options, self._make_host, self._attach, self._run, clock)

    def start(self) -> None:
        """Opens the room. Raises ``PortInUse``, or ``AloudError`` for another reason that it can't."""
        self._shell.start()
        log.info("the room is open at %s", self.url)

    def stop(self) -> None:
        """Closes the room and every connection. Harmless when closed."""
        self._shell.stop()
        self._host = None

    @property
    def commands(self) -> Commands:
        """What clients ask of the conversation; nothing until it is set."""
        return self._commands

    @commands.setter
    def commands(self, commands: Commands) -> None:
        self._commands = commands
        if self._host is not None:
            self._host.commands = commands

    def detach(self) -> None:
        """From now on clients ask in vain."""
        self.commands = Nobody()

    @property
    def port(self) -> int:
        """The port the room listens at."""
        return self._shell.port

    @property
    def url(self) -> str:
        """Where this machine's own browser finds the page."""
        return f"{self.options.scheme}://localhost:{self.port}/"

    def publish(self, event: Event) -> None:
        """Tells the room of ``event``. An interrupted or failed turn falls silent, as does a muted one."""
        if isinstance(event, VoiceMuted):
            self.muted(event.muted)
            return
        messages = messages_of(event)
        if isinstance(event, TurnEnded) and event.outcome in (Outcome.INTERRUPTED, Outcome.FAILED):
            self.cut(int(event.turn_id))
        self._tell(messages)

    def recall(self, ended: Iterable[Turn], running: Turn | None) -> None:
        """Tells the room of the turns before it followed the conversation; what it knows is skipped."""
        with self._lock:
            known = {turn.turn for turn in self._told.snapshot().turns}
            fresh = [turn for turn in ended if int(turn.turn_id) not in known]
            if running is not None and int(running.turn_id) in known:
                running = None
            messages = history_of(fresh, running, now_us())
            for message in messages:
                self._told.apply(message)
            if messages:
                self._resync(self._told.snapshot())

    def replace(self, ended: Iterable[Turn], running: Turn | None) -> None:
        """The turns so far are these and no others; everything else about the room stays as it is."""
        with self._lock:
            before = self._told.snapshot()
            snapshot = with_turns(before, history_of(ended, running, now_us()))
            self._told.apply(Resync(snapshot))
            if running is None or not running.live:
                self._do(lambda host: host.silence())
            self._resync(snapshot)

    def _resync(self, snapshot: Snapshot) -> None:
        self._do(lambda host: host.publish(Resync(snapshot)))

    def audio(self, frame: SpeechFrame, play_at_us: int) -> None:
        """Sends a frame whose first sample the host's speaker plays at ``play_at_us`` (``now_us``)."""
        self._do(lambda host: host.frame(frame, play_at_us))

    def cut(self, turn_id: int) -> None:
        """Silences a turn and those before it, in the room."""
        self._do(lambda host: host.cut(turn_id))

    def muted(self, muted: bool) -> None:
        """Tells the room that the conversation's voice was switched off, which silences it, or on."""
        with self._lock:
            if muted == self._told.muted:
                return
            if muted:
                self._do(lambda host: host.silence())
            self._apply((Muted(muted),))

    def invite(self, role: RoleName, base_url: str = "", lasts_s: float = INVITATION_S) -> Invitation:
        """A new invitation, to be opened at ``base_url`` (this machine's own URL if "")."""
        token = self._ask(lambda host: host.doorkeeper.invite(role, lasts_s))
        return Invitation(f"{base_url or self.url}#join={token}", token, role, lasts_s)

    def renew_certificate(self) -> None:
        """Takes the certificate as it is on the disk now, for new connections. Raises ``AloudError``."""
        self._shell.renew_certificate()

    def promote(self, listener: str, role: RoleName) -> bool:
        """Gives a client another role; False for nobody."""
        return self._ask(lambda host: host.presence.promote(listener, role))

    def hush(self, listener: str, hushed: bool) -> bool:
        """Keeps a client's microphone out, or lets it in again; False for nobody."""
        return self._ask(lambda host: host.presence.hush(listener, hushed))

    def remove(self, listener: str) -> bool:
        """Ends a client's session and connection; False for nobody."""
        return self._ask(lambda host: host.presence.remove(listener))

    def _tell(self, messages: tuple[RoomMessage, ...]) -> None:
        with self._lock:
            self._apply(messages)

    def _apply(self, messages: tuple[RoomMessage, ...]) -> None:
        for message in messages:
            self._told.apply(message)
        self._do(lambda host: host.publish(*messages))

    def _make_host(self) -> Host:
        host = Host(
            Doorkeeper(self.options.sessions_file, time.time, self._on_used),
            self._commands,
            now_us=now_us,
            manner=Manner(self.options.mode, round(self.options.lead_s * 1_000)),
            may_be_asked=self.options.may_be_asked,
            on_listeners=self._on_listeners,
        )
        with self._lock:  # nothing may be told between the snapshot and the host's first message
            host.publish(Resync(self._told.snapshot()))
            self._host = host
        return host

    def _attach(self, hub: Hub) -> None:
        assert self._host is not None
        self._host.outlets.append(hub)

    async def _run(self) -> None:
        """What goes on beside the clients: the uplink to edges, if there is a bus."""
        if self.options.bus_url and self._host is not None:
            await serve_edges(self._host, self.options.bus_url, self.options.bus_room)

    def _do(self, function: Callable[[Host], None]) -> None:
        host = self._host
        if host is not None:
            self._shell.call(lambda: function(host))

    def _ask(self, function: Callable[[Host], Result]) -> Result:
        def call() -> Result:
            assert self._host is not None
            return function(self._host)

        return self._shell.ask(call)
