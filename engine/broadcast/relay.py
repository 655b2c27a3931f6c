"""Ties a conversation to its room: events and sound out, questions and talk in."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from engine.audio.capture import Capture
from engine.audio.reply import FrameTap
from engine.audio.speech_detector import SpeechDetector
from engine.broadcast.clock import to_us
from engine.broadcast.microphone import RoomMicrophone
from engine.broadcast.server import RoomServer
from engine.bus import Bus, Undo
from engine.events import ConversationChanged, Event
from engine.pcm import SpeechFrame
from engine.turn import Turn

log = logging.getLogger(__name__)


class Choices(Protocol):
    """What the room looks at of the conversation's settings."""

    @property
    def muted(self) -> bool:
        """Whether the voice is off."""
        ...


class Conversation(Protocol):
    """What the room needs of a conversation, all of it used on the conversation's own loop."""

    @property
    def bus(self) -> Bus:
        """Its events."""
        ...

    @property
    def choices(self) -> Choices:
        """Its settings now."""
        ...

    @property
    def records(self) -> tuple[Turn, ...]:
        """The ended turns so far, oldest first."""
        ...

    @property
    def turn(self) -> Turn | None:
        """The turn under way, or the last one."""
        ...

    @property
    def frame_taps(self) -> list[FrameTap]:
        """Who hears its sound from the next reply on; on the voice's thread or the conversation's loop."""
        ...

    def ask(self, text: str) -> object:
        """A typed question; interrupts."""
        ...

    def press(self, capture: Capture | None = None) -> object:
        """Begins to listen, through ``capture`` instead of the own microphone; interrupts."""
        ...

    def release(self) -> object:
        """The utterance is whole."""
        ...

    def stop(self) -> object:
        """Ends the running turn."""
        ...

    def mute(self, muted: bool) -> object:
        """Switches the voice off or on."""
        ...


class _Relay:
    """Both directions. The room's ``Commands`` come on the net thread; all else is on the conversation's."""

    def __init__(
        self, conversation: Conversation, server: RoomServer, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._conversation = conversation
        self._server = server
        self._loop = loop

    # From the conversation

    def follow(self, event: Event) -> None:
        """Tells the room of ``event``."""
        if isinstance(event, ConversationChanged):
            self._server.replace(self._conversation.records, self._conversation.turn)
        else:
            self._server.publish(event)

    def hear(self, frame: SpeechFrame, play_at_s: float) -> None:
        """Sends a frame; on any thread."""
        self._server.audio(frame, to_us(play_at_s))

    # From the room

    def ask(self, text: str) -> None:
        self._hop(lambda: self._conversation.ask(text))

    def press(self, microphone: RoomMicrophone) -> None:
        capture = Capture(microphone, SpeechDetector(), accepts=self._server.options.may_be_asked)
        self._hop(lambda: self._conversation.press(capture))

    def release(self) -> None:
        self._hop(self._conversation.release)

    def stop(self) -> None:
        self._hop(self._conversation.stop)

    def mute(self, muted: bool) -> None:
        self._hop(lambda: self._conversation.mute(muted))

    def _hop(self, call: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            log.debug("the conversation is closed")


def attach(conversation: Conversation, server: RoomServer) -> Undo:
    """Lets ``server``'s room follow ``conversation`` and take part in it; returns what ends that.

    Called, as is the undo, on the conversation's loop. The server may be started and stopped at any
    time before or after.
    """
    relay = _Relay(conversation, server, asyncio.get_running_loop())
    server.recall(conversation.records, conversation.turn)
    server.muted(conversation.choices.muted)
    server.commands = relay
    undo_events = conversation.bus.subscribe(relay.follow)
    conversation.frame_taps.append(relay.hear)

    def undo() -> None:
        undo_events()
        if relay.hear in conversation.frame_taps:
            conversation.frame_taps.remove(relay.hear)
        server.detach()

    return undo
