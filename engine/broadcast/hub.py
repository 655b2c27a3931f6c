"""This machine's clients: takes what they send, and sends each thing to all of them, built once."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Final

from engine.broadcast.address_limits import AddressLimits
from engine.broadcast.client import Client
from engine.broadcast.connection import RoomConnection
from engine.broadcast.door import Door
from engine.broadcast.effects import (
    CLOSE_FAULT,
    CLOSE_POLICY,
    CLOSE_REPLACED,
    CLOSE_TRY_LATER,
    Admit,
    Close,
    Do,
    Effect,
    Send,
    Talk,
)
from engine.broadcast.legacy import Connected, LegacyView, encode_legacy
from engine.broadcast.limits import Clock
from engine.broadcast.link import HostAway, Link
from engine.broadcast.messages import (
    MAX_TEXT_BYTES,
    Ask,
    Hello,
    Hushed,
    Limits,
    Press,
    PrivateMessage,
    Report,
    RoleChanged,
    RoomMessage,
    SetFormat,
    Talker,
    Welcome,
    encode,
)
from engine.broadcast.options import RoomOptions
from engine.broadcast.roster import Roster
from engine.broadcast.session import LEAST_TALK_S, MAX_TALK_S, ClientSession
from engine.broadcast.sound import SoundFrames, text_frame
from engine.broadcast.tokens import Admission
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ

log = logging.getLogger(__name__)

HELLO_TIMEOUT_S: Final = 5.0


class Hub:
    """The ``Outlet`` with sockets. Belongs to the net loop."""

    def __init__(self, options: RoomOptions, link: Link, door: Door, clock: Clock) -> None:
        self._options = options
        self._link = link
        self._door = door
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._clients: dict[str, Client] = {}
        self._legacy = LegacyView()
        self._limits = AddressLimits(options.questions_per_minute, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._roster = Roster(clock, lambda changed, gone: link.roster(self, changed, gone))

    # To clients -----------------------------------------------------------------------------------

    def text(self, message: RoomMessage) -> None:
        """As ``Outlet``."""
        if isinstance(message, Talker):
            self._move_floor(message.listener)
        legacy_message = self._legacy.of(message)
        frame = text_frame(encode(message))
        legacy_frame = text_frame(encode_legacy(legacy_message)) if legacy_message else None
        for client in self._clients.values():
            if not client.session.legacy:
                client.write_text(frame)
            elif legacy_frame is not None:
                client.write_text(legacy_frame)

    def sound(self, sound: SoundFrames) -> None:
        """As ``Outlet``."""
        for client in self._clients.values():
            if not client.write_sound(sound):
                self._roster.changed(client)

    def tell(self, listener: str, message: PrivateMessage) -> None:
        """As ``Outlet``."""
        client = self._clients.get(listener)
        if client is None:
            return
        if isinstance(message, RoleChanged):
            client.session.role = message.role
            self._roster.changed(client)
        elif isinstance(message, Hushed):
            client.hushed = message.hushed
            self._roster.changed(client)
        client.send(message)

    def close(self, listener: str, code: int, reason: str) -> None:
        """As ``Outlet``."""
        client = self._clients.pop(listener, None)
        if client is not None:
            client.session.end()
            self._spawn(client.close(code, reason))
            self._roster.gone(client)

    # From clients ---------------------------------------------------------------------------------

    async def serve(self, connection: RoomConnection) -> None:
        """One client from its first message to its end (the handler of ``websockets.serve``)."""
        session = ClientSession(
            legacy=connection.subprotocol is None,
            now_us=self._link.now_us,
            clock=self._clock,
            questions_per_minute=self._options.questions_per_minute,
        )
        address = self._door.address(connection)
        client = Client(connection, session, address, self._clock)
        connection.hand_to(partial(self._take, client))
        has_room = self._door.enter(address)
        hello_timer = self._loop.call_later(HELLO_TIMEOUT_S, self._no_hello, client)
        try:
            if not has_room:
                await client.close(CLOSE_TRY_LATER, "too many connections")
            elif session.legacy:
                await self._join_guest(client)
            await connection.wait_closed()
        finally:
            hello_timer.cancel()
            self._door.leave(address)
            self._forget(client)

    def _take(self, client: Client, data: bytes, is_text: bool) -> None:
        """A message from ``client``, as it arrives."""
        session = client.session
        try:
            if self._limits.bytes.take(client.address, len(data)):
                effects = session.flooded()
            else:
                effects = session.receive_text(data) if is_text else session.receive_binary(data)
            for effect in effects:
                self._carry_out(client, effect)
        except Exception:
            log.exception("a client's message could not be handled")
            self._carry_out(client, Close(CLOSE_FAULT, "a fault in the server"))

    def _carry_out(self, client: Client, effect: Effect) -> None:
        match effect:
            case Send():
                client.send(effect.message)
            case Talk():
                self._talk(client, effect)
            case Do():
                self._do(client, effect)
            case Admit():
                self._spawn(self._admit(client, effect.hello))
            case Close():
                self._forget(client)
                self._spawn(client.close(effect.code, effect.reason))

    def _do(self, client: Client, effect: Do) -> None:
        message = effect.message
        match message:
            case SetFormat():
                client.format = message.format
                self._roster.changed(client)
            case Report():
                client.report = message
                self._roster.changed(client)
            case Ask() | Press():
                self._ask(client, message)
            case _:
                self._link.do(client.listener, message)

    def _ask(self, client: Client, message: Ask | Press) -> None:
        refusals: list[Effect] = []
        if isinstance(message, Press):
            wait_s = self._limits.talk.wait_s(client.address, LEAST_TALK_S)
            refusals = client.session.talked_enough(wait_s) if wait_s else []
        if not refusals:
            wait_s = self._limits.questions.take(client.address)
            refusals = client.session.rate_limited(wait_s) if wait_s else []
        for refusal in refusals:
            self._carry_out(client, refusal)
        if not refusals:
            self._link.do(client.listener, message)

    def _talk(self, client: Client, effect: Talk) -> None:
        wait_s = self._limits.talk.take(client.address, len(effect.samples) / HEARING_RATE_HZ)
        if not wait_s:
            self._link.talk(client.listener, effect.samples)
            return
        for refusal in client.session.talked_enough(wait_s):
            self._carry_out(client, refusal)

    async def _admit(self, client: Client, hello: Hello) -> None:
        try:
            admission = await self._link.admit(self, hello)
        except HostAway:
            await client.close(CLOSE_TRY_LATER, "the host can't be reached")
            return
        if admission is None:
            for effect in client.session.refuse():
                self._carry_out(client, effect)
            return
        if client.session.closed:  # it took too long
            self._link.left(self, admission.listener)
            return
        client.format, client.delay_ms = hello.format, hello.delay_ms
        self._join(client, admission)
        client.send(self._welcome(client, admission))
        for sound in self._link.room.sound_to_play(self._link.now_us()):
            client.write_sound(sound)

    async def _join_guest(self, client: Client) -> None:
        admission = self._link.admit_guest(self, "typist", "original client")
        if admission is None:
            await client.close(CLOSE_POLICY, "the original protocol is not spoken here")
            return
        self._join(client, admission)
        client.send(Connected("Connected to Aloud.", admission.listener))

    def _join(self, client: Client, admission: Admission) -> None:
        before = self._clients.get(admission.listener)
        if before is not None:  # its own close has not come through yet
            self.close(admission.listener, CLOSE_REPLACED, "joined elsewhere")
        client.listener, client.name = admission.listener, admission.name
        client.hushed, client.joined_us = admission.hushed, self._link.now_us()
        client.session.admit(admission.role)
        self._clients[admission.listener] = client
        self._roster.changed(client)

    def _welcome(self, client: Client, admission: Admission) -> Welcome:
        options = self._options
        return Welcome(
            listener=admission.listener,
            role=admission.role,
            hushed=admission.hushed,
            session=admission.session,
            name=admission.name,
            format=client.format,
            rate_hz=SPEECH_RATE_HZ,
            lead_ms=self._link.manner.lead_ms,
            mode=self._link.manner.mode,
            server_us=self._link.now_us(),
            limits=Limits(MAX_TEXT_BYTES, options.questions_per_minute, MAX_TALK_S),
            snapshot=self._link.room.snapshot(),
        )

    def _no_hello(self, client: Client) -> None:
        if not client.session.admitted:
            self._spawn(client.close(CLOSE_POLICY, "no hello"))

    def _forget(self, client: Client) -> None:
        client.session.end()
        if self._clients.get(client.listener) is client:
            del self._clients[client.listener]
            self._link.left(self, client.listener)
            self._roster.gone(client)

    def _move_floor(self, listener: str) -> None:
        for client in self._clients.values():
            if client.listener == listener:
                client.session.give_floor()
            else:
                client.session.take_floor()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
