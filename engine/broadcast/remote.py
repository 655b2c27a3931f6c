"""The host as an edge knows it: asked and followed over the bus."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from engine.broadcast.bus import Bus, open_bus
from engine.broadcast.effects import CLOSE_UNAUTHORISED
from engine.broadcast.link import HostAway, Manner, Outlet
from engine.broadcast.messages import ClientMessage, Error, Hello, Listener, RoleName
from engine.broadcast.roll import ENTRIES, Roll
from engine.broadcast.room import Room
from engine.broadcast.room_copy import RoomCopy
from engine.broadcast.tokens import Admission, new_id
from engine.broadcast.trunk import (
    BEAT_S,
    Answered,
    AskClock,
    AskSnapshot,
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
    decode_down,
    encode,
    subject,
)
from engine.broadcast.wishes import Wishes
from engine.pcm import Pcm, to_s16

log = logging.getLogger(__name__)

FIRST_PROBES_S: Final = 0.05
ANSWER_S: Final = 5.0


class RemoteHost:
    """The ``Link`` of an edge: the host, at the other end of the bus. Belongs to the net loop."""

    def __init__(self, room: str, local_us: Callable[[], int]) -> None:
        self.outlets: list[Outlet] = []
        self._edge = new_id()
        self._up = subject(room, "up")
        self._out = subject(room, "out")
        self._down = subject(room, "down", self._edge)
        self._local_us = local_us
        self._copy = RoomCopy(self.outlets, local_us, self._ask_snapshot, self._vouch_for_all)
        self._bus: Bus | None = None
        self._requests = itertools.count(1)
        self._knocking: dict[int, asyncio.Future[Admission | None]] = {}
        self._wishes = Wishes(self._not_done)
        self._roll = Roll()
        self._vouching: set[asyncio.Task[None]] = set()

    # As Link --------------------------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """The conversation so far."""
        return self._copy.room

    @property
    def manner(self) -> Manner:
        """How the room plays."""
        return self._copy.manner

    def now_us(self) -> int:
        """The host's clock."""
        return self._copy.now_us()

    async def admit(self, outlet: Outlet, hello: Hello) -> Admission | None:
        """As ``Link``: the host decides."""
        admission = await self._knock(hello)
        if admission is not None:
            self._roll.admit(admission)
        return admission

    async def _knock(self, hello: Hello) -> Admission | None:
        request = next(self._requests)
        answer: asyncio.Future[Admission | None] = asyncio.get_running_loop().create_future()
        self._knocking[request] = answer
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._copy.synced.wait()
                self._send(Knock(edge=self._edge, request=request, hello=hello))
                return await answer
        except TimeoutError:
            raise HostAway from None
        finally:
            del self._knocking[request]

    def admit_guest(self, outlet: Outlet, role: RoleName, name: str) -> Admission | None:
        """As ``Link``: never here, where there are no tokens to ask for."""
        return None

    def left(self, outlet: Outlet, listener: str) -> None:
        """As ``Link``."""
        self._roll.forget(listener)
        self._send(Leave(edge=self._edge, listener=listener))

    def do(self, listener: str, message: ClientMessage) -> None:
        """As ``Link``; a client whose wish the host does not hear is told so."""
        if not self._copy.synced.is_set():
            self._not_done(listener)
            return
        request = next(self._requests)
        self._wishes.add(request, listener, ANSWER_S)
        self._send(Wish(edge=self._edge, request=request, listener=listener, message=message))

    def _not_done(self, listener: str) -> None:
        for outlet in self.outlets:
            outlet.tell(listener, Error("unavailable", "The host can't be reached just now."))

    def talk(self, listener: str, samples: Pcm) -> None:
        """As ``Link``."""
        self._send(Voice(edge=self._edge, listener=listener, samples=to_s16(samples).tobytes()))

    def roster(self, outlet: Outlet, changed: tuple[Listener, ...], gone: tuple[str, ...]) -> None:
        """As ``Link``."""
        self._roll.note(changed, gone)
        for start in range(0, max(len(changed), 1), ENTRIES):
            self._send(Roster(edge=self._edge, changed=changed[start : start + ENTRIES], gone=gone))

    # The bus --------------------------------------------------------------------------------------

    async def run(self, bus_url: str) -> None:
        """Follows the host until cancelled. Raises ``AloudError`` for a bad URL."""
        bus = self._bus = await open_bus(bus_url)
        try:
            await bus.subscribe(self._down, self._receive_down)
            await bus.subscribe(self._out, self._copy.receive)
            while True:
                self._send(AskClock(edge=self._edge, edge_us=self._local_us()))
                if self._copy.needs_snapshot:
                    self._ask_snapshot()
                if self._copy.host_lost:
                    self._roll.let_in.clear()
                    self._copy.let_go()
                here, some = tuple(self._roll.let_in), self._roll.some()
                self._send(Here(edge=self._edge, host=self._copy.host_id, listeners=here, entries=some))
                await asyncio.sleep(BEAT_S if self._copy.synced.is_set() else FIRST_PROBES_S)
        finally:
            self._bus = None
            await bus.close()

    def _send(self, message: UpMessage) -> None:
        if self._bus is not None:
            self._bus.publish(self._up, encode(message))

    def _ask_snapshot(self) -> None:
        self._send(AskSnapshot(edge=self._edge))

    def _receive_down(self, data: bytes) -> None:
        try:
            self._take_down(decode_down(data))
        except msgspec.MsgspecError:
            log.warning("something that is no host writes on the bus")

    def _take_down(self, message: DownMessage) -> None:
        match message:
            case Snapshotted():
                self._copy.load(message)
            case ClockTold():
                self._copy.set_clock(message)
            case Answered():
                self._take_answer(message)
            case Heard():
                self._wishes.answered(message.request, message.known)
            case Tell() | Dismiss():  # once a client whose ``Answered`` came just before is in
                asyncio.get_running_loop().call_soon(self._pass_on, message)

    def _pass_on(self, message: Tell | Dismiss) -> None:
        if isinstance(message, Dismiss):
            self._roll.forget(message.listener)
        for outlet in self.outlets:
            if isinstance(message, Tell):
                outlet.tell(message.listener, message.message)
            else:
                outlet.close(message.listener, message.code, message.reason)

    def _take_answer(self, message: Answered) -> None:
        answer = self._knocking.get(message.request)
        if answer is not None and not answer.done():
            answer.set_result(message.admission)
        elif message.admission is not None:  # nobody waits for it any more
            self._send(Leave(edge=self._edge, listener=message.admission.listener))

    def _vouch_for_all(self) -> None:
        """The host may not know this edge's clients any more: it is another one, or was away."""
        self._roll.let_in.clear()
        for listener, session in self._roll.sessions:
            task = asyncio.create_task(self._vouch_for(listener, session))
            self._vouching.add(task)
            task.add_done_callback(self._vouching.discard)

    async def _vouch_for(self, listener: str, session: str) -> None:
        with contextlib.suppress(HostAway):  # then it is done again when it is back
            if await self._knock(Hello(session=session)) is not None:
                self._roll.let_in.add(listener)
            else:
                for outlet in self.outlets:
                    outlet.close(listener, CLOSE_UNAUTHORISED, "unauthorised")
