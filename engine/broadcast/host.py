"""The room's own mind, on the machine that has the conversation: who is in, who has the floor, what is told.

No sockets here, and nothing that blocks; everything runs on the net loop.
"""

import asyncio
from collections.abc import Callable

from engine.broadcast.commands import Commands
from engine.broadcast.floor import Floor
from engine.broadcast.link import Manner, Outlet
from engine.broadcast.messages import (
    Ask,
    ClientMessage,
    Cut,
    Error,
    ErrorCode,
    Hello,
    Hush,
    Invite,
    Invited,
    Listener,
    Mute,
    Press,
    Promote,
    Release,
    Remove,
    RoleName,
    RoomMessage,
    Stop,
    Talker,
)
from engine.broadcast.options import QuestionFilter
from engine.broadcast.pacing import DueSound, Pacing
from engine.broadcast.presence import Presence, Present
from engine.broadcast.roles import allows
from engine.broadcast.room import Room
from engine.broadcast.sound import SoundFrames
from engine.broadcast.tokens import INVITATION_S, Admission, Doorkeeper
from engine.pcm import Pcm, SpeechFrame


class Host:
    """The ``Link`` of the machine that has the conversation. ``outlets`` are told everything.

    ``on_listeners`` hears (on the net loop) who is connected whenever that changes.
    """

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        commands: Commands,
        *,
        now_us: Callable[[], int],
        manner: Manner,
        may_be_asked: QuestionFilter = bool,
        on_listeners: Callable[[tuple[Listener, ...]], None] = lambda listeners: None,
    ) -> None:
        self.outlets: list[Outlet] = []
        self.doorkeeper = doorkeeper
        self._room = Room("")  # its id comes with the first snapshot
        self.commands = commands
        self._clock_us = now_us
        self._manner = manner
        lead_us = 1_000 * manner.lead_ms if manner.mode == "personal" else 0
        self._pacing = Pacing(lead_us, now_us, self._send)
        self._may_be_asked = may_be_asked
        self.presence = Presence(doorkeeper, self._drop_floor, on_listeners)
        self._loop = asyncio.get_running_loop()
        self._floor = Floor(self._loop)

    # From the conversation ------------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """The conversation so far."""
        return self._room

    @property
    def manner(self) -> Manner:
        """How the room plays."""
        return self._manner

    def now_us(self) -> int:
        """The server clock."""
        return self._clock_us()

    def publish(self, *messages: RoomMessage) -> None:
        """Tells everybody, in order."""
        for message in messages:
            self._room.apply(message)
            for outlet in self.outlets:
                outlet.text(message)
            if self._floor.lost_by(message):
                self._free_floor()

    def cut(self, turn: int) -> None:
        """Silences ``turn`` and those before it."""
        self._pacing.cut(turn)
        self.publish(Cut(turn, self.now_us()))

    def silence(self) -> None:
        """Silences whatever is spoken now; its turn goes on as text."""
        if self._pacing.epoch:
            self.cut(self._pacing.epoch)

    def frame(self, frame: SpeechFrame, play_at_us: int) -> None:
        """Takes a frame that the host plays at ``play_at_us``; it is sent when it is nearly due."""
        self._pacing.put(frame, play_at_us)

    def _send(self, due: DueSound) -> None:
        sound = SoundFrames(due.packet)
        if not self._room.takes(sound):
            return
        if due.words is not None:
            self.publish(due.words)
        self._room.keep(sound, self.now_us())
        for outlet in self.outlets:
            outlet.sound(sound)

    # From clients ---------------------------------------------------------------------------------

    async def admit(self, outlet: Outlet, hello: Hello) -> Admission | None:
        """As ``Link``; here it does not wait for anything."""
        return self.presence.admit(outlet, hello)

    def admit_guest(self, outlet: Outlet, role: RoleName, name: str) -> Admission | None:
        """As ``Link``: a client without a session."""
        return self.presence.admit_guest(outlet, role, name)

    def left(self, outlet: Outlet, listener: str) -> None:
        """As ``Link``; one that was replaced by a newer connection is not gone."""
        self.presence.left(outlet, listener)

    def roster(self, outlet: Outlet, changed: tuple[Listener, ...], gone: tuple[str, ...]) -> None:
        """As ``Link``; owners are told."""
        self.presence.roster(outlet, changed, gone)

    def do(self, listener: str, message: ClientMessage) -> None:
        """As ``Link``; the role is looked at again, as it is now."""
        present = self.presence.find(listener)
        if present is None:
            return
        if not allows(present.role, message):
            self._refuse(listener, "forbidden", "You may not do this here.")
            return
        match message:
            case Ask():
                self._ask(listener, message.text)
            case Press():
                self._press(listener, present)
            case Release():
                self._release(listener)
            case Stop():
                self.commands.stop()
            case Mute():
                self.commands.mute(message.muted)
            case Invite():
                token = self.doorkeeper.invite(message.role)
                present.outlet.tell(listener, Invited(token, message.role, int(INVITATION_S)))
            case Promote():
                if not self.presence.promote(message.listener, message.role):
                    self._refuse(listener, "unknown_listener", "There is nobody of this id.")
            case Hush():
                if not self.presence.hush(message.listener, message.hushed):
                    self._refuse(listener, "unknown_listener", "There is nobody of this id.")
            case Remove():
                if not self.presence.remove(message.listener):
                    self._refuse(listener, "unknown_listener", "There is nobody of this id.")
            case _:
                pass  # probes, formats and reports are the outlet's

    def talk(self, listener: str, samples: Pcm) -> None:
        """As ``Link``."""
        self._floor.hear(listener, samples)

    # The floor ------------------------------------------------------------------------------------

    def _ask(self, listener: str, text: str) -> None:
        if self._may_be_asked(text):
            self.commands.ask(text)
        else:
            self._refuse(listener, "refused_text", "This question is not asked here.")

    def _press(self, listener: str, present: Present) -> None:
        if present.hushed:
            self._refuse(listener, "hushed", "Your microphone is kept out just now.")
            return
        if self._floor.taken or self._room.state == "listening":
            self._refuse(listener, "talker_busy", "Somebody else is talking.")
            return
        self.commands.press(self._floor.give(listener, lambda: self._release(listener)))
        self.publish(Talker(listener, present.name))

    def _release(self, listener: str) -> None:
        if self._floor.is_of(listener):
            self.commands.release()
            self._free_floor()

    def _drop_floor(self, listener: str) -> None:
        """The talker left or may not talk any more: what it said is not a question."""
        if self._floor.is_of(listener):
            self.commands.stop()
            self._free_floor()

    def _free_floor(self) -> None:
        self._floor.free()
        self.publish(Talker("", ""))

    def _refuse(self, listener: str, code: ErrorCode, text: str) -> None:
        self.presence.tell(listener, Error(code, text))
