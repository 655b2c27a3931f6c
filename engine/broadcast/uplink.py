"""The host's end of the bus: tells the edges everything once, and answers for their clients."""

import asyncio
import logging
from typing import Final

import msgspec
import numpy as np

from engine.broadcast.bus import Bus, open_bus
from engine.broadcast.host import Host
from engine.broadcast.messages import PrivateMessage, RoomMessage
from engine.broadcast.messages import encode as encode_message
from engine.broadcast.packets import encode_sound
from engine.broadcast.sound import SoundFrames
from engine.broadcast.tokens import new_id
from engine.broadcast.trunk import (
    BEAT_S,
    EDGE_AWAY_S,
    Answered,
    AskClock,
    AskSnapshot,
    Beat,
    ClockTold,
    Dismiss,
    DownMessage,
    Heard,
    Here,
    Knock,
    Leave,
    Roster,
    Snapshotted,
    Tell,
    UpMessage,
    Voice,
    Wish,
    decode_up,
    encode,
    encode_beat,
    encode_text,
    subject,
)
from engine.pcm import from_s16

log = logging.getLogger(__name__)

MAX_EDGES: Final = 256

LEFT_S: Final = 10.0
"""An edge that does not name a client for so long has lost it; one that was just let in it may not know."""


class EdgeOutlet:
    """One edge's clients, as the host's ``Outlet``; what all are told goes through the ``Uplink`` once."""

    def __init__(self, bus: Bus, down: str) -> None:
        self.heard_at_s = 0.0
        self.missing_since_s: dict[str, float] = {}  # clients that it does not say are there
        self._bus = bus
        self._down = down

    def text(self, message: RoomMessage) -> None:
        """Nothing: the uplink has told it."""

    def sound(self, sound: SoundFrames) -> None:
        """Nothing: the uplink has sent it."""

    def tell(self, listener: str, message: PrivateMessage) -> None:
        """As ``Outlet``."""
        self.send(Tell(listener, message))

    def close(self, listener: str, code: int, reason: str) -> None:
        """As ``Outlet``."""
        self.send(Dismiss(listener, code, reason))

    def send(self, message: DownMessage) -> None:
        """Sends to this edge."""
        self._bus.publish(self._down, encode(message))


class Uplink:
    """All edges together, as one of the host's outlets."""

    def __init__(self, host: Host, bus: Bus, room: str) -> None:
        self._host = host
        self._bus = bus
        self._room = room
        self._out = subject(room, "out")
        self._id = new_id()
        self._count = 0
        self._edges: dict[str, EdgeOutlet] = {}
        self._loop = asyncio.get_running_loop()
        self._admissions: set[asyncio.Task[None]] = set()

    def text(self, message: RoomMessage) -> None:
        """As ``Outlet``."""
        self._count += 1
        self._bus.publish(self._out, encode_text(self._count, encode_message(message)))

    def sound(self, sound: SoundFrames) -> None:
        """As ``Outlet``."""
        self._bus.publish(self._out, encode_sound(sound.packet))

    def tell(self, listener: str, message: PrivateMessage) -> None:
        """Nothing: no client is here."""

    def close(self, listener: str, code: int, reason: str) -> None:
        """Nothing: no client is here."""

    async def run(self) -> None:
        """Listens to the edges and shows them that the host lives, until cancelled."""
        unsubscribe = await self._bus.subscribe(subject(self._room, "up"), self._receive)
        try:
            while True:
                self._bus.publish(self._out, encode_beat(Beat(self._id, self._count)))
                self._forget_silent_edges()
                await asyncio.sleep(BEAT_S)
        finally:
            await unsubscribe()
            for outlet in self._edges.values():
                self._host.presence.outlet_lost(outlet)

    def _receive(self, data: bytes) -> None:
        try:
            message = decode_up(data)
            edge = self._edge(message.edge)
            if edge is not None:
                self._take(edge, message)
        except (msgspec.MsgspecError, ValueError):
            log.warning("something that is no edge writes on the bus")

    def _edge(self, name: str) -> EdgeOutlet | None:
        edge = self._edges.get(name)
        if edge is None:
            if len(self._edges) >= MAX_EDGES or not name.isalnum():
                return None
            edge = self._edges[name] = EdgeOutlet(self._bus, subject(self._room, "down", name))
        edge.heard_at_s = self._loop.time()
        return edge

    def _take(self, edge: EdgeOutlet, message: UpMessage) -> None:
        host = self._host
        match message:
            case AskSnapshot():
                edge.send(Snapshotted(self._id, self._count, host.room.snapshot(), host.manner))
            case AskClock():
                edge.send(ClockTold(message.edge_us, host.now_us()))
            case Knock():
                task = self._loop.create_task(self._admit(edge, message))
                self._admissions.add(task)
                task.add_done_callback(self._admissions.discard)
            case Leave():
                host.left(edge, message.listener)
            case Wish():
                host.do(message.listener, message.message)
                edge.send(Heard(message.request, message.listener in host.presence.connected_through(edge)))
            case Voice():
                host.talk(message.listener, from_s16(np.frombuffer(message.samples, "<i2")))
            case Roster():
                host.roster(edge, message.changed, message.gone)
            case Here():
                if message.host == self._id:  # else it has still to ask about them
                    self._compare(edge, message)

    def _compare(self, edge: EdgeOutlet, here: Here) -> None:
        """What was lost on the bus: an edge that was not told of a removal, a host not told of a leave."""
        now_s, listeners = self._loop.time(), frozenset(here.listeners)
        self._host.presence.dismiss_strangers(edge, listeners)
        missing = self._host.presence.connected_through(edge) - listeners
        edge.missing_since_s = {name: edge.missing_since_s.get(name, now_s) for name in missing}
        for name, since_s in edge.missing_since_s.items():
            if now_s - since_s > LEFT_S:
                self._host.left(edge, name)
        self._host.roster(edge, here.entries, ())
        self._host.presence.only_these(edge, listeners)

    async def _admit(self, edge: EdgeOutlet, knock: Knock) -> None:
        edge.send(Answered(knock.request, await self._host.admit(edge, knock.hello)))

    def _forget_silent_edges(self) -> None:
        now_s = self._loop.time()
        for name, edge in tuple(self._edges.items()):
            if now_s - edge.heard_at_s > EDGE_AWAY_S:
                log.warning("an edge has fallen silent")
                del self._edges[name]
                self._host.presence.outlet_lost(edge)


async def serve_edges(host: Host, bus_url: str, room: str) -> None:
    """Connects ``host`` to the bus and serves edges until cancelled. Raises ``AloudError`` for a bad URL."""
    bus = await open_bus(bus_url)
    uplink = Uplink(host, bus, room)
    host.outlets.append(uplink)
    try:
        await uplink.run()
    finally:
        host.outlets.remove(uplink)
        await bus.close()
