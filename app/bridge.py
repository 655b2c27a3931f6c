"""The whole seam between the engine and the screen: its events become Qt signals, clicks its commands.

The conversation lives on the same loop as Qt, so a signal is a plain call and needs no lock.
"""

from collections.abc import Collection, Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from engine.bus import Bus, Undo
from engine.events import (
    BackendStateChanged,
    ConversationChanged,
    Event,
    Failed,
    LevelMeasured,
    ListeningStarted,
    PartialTranscript,
    Port,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    VoiceMuted,
    WordSpoken,
)
from engine.turn import Turn
from engine.units import TurnId


class ConversationLike(Protocol):
    """What the screen needs of ``engine.conversation.Conversation``. No call blocks."""

    @property
    def bus(self) -> Bus:
        """Where everything that happens is told."""
        ...

    @property
    def turn(self) -> Turn | None:
        """The turn in flight, or the last one."""
        ...

    def press(self) -> None:
        """The key goes down: whatever is spoken falls silent, and the microphone listens."""
        ...

    def release(self) -> None:
        """The key comes up: what was said becomes a question."""
        ...

    def ask(self, text: str) -> None:
        """A typed question."""
        ...

    def stop(self) -> None:
        """Ends the turn in flight at once."""
        ...

    def mute(self, muted: bool) -> None:
        """Switches the voice off or on; replies go on as text."""
        ...

    @property
    def ears(self) -> "Restartable":
        """What keeps the recogniser alive."""
        ...

    @property
    def brain(self) -> "Restartable":
        """What keeps the language model alive."""
        ...

    @property
    def voice(self) -> "Restartable":
        """What keeps the synthesizer alive."""
        ...

    @property
    def records(self) -> tuple[Turn, ...]:
        """The ended turns that the model is told of, oldest first."""
        ...

    def forget(self, turn_ids: Collection[TurnId]) -> None:
        """Leaves these turns out of what the model is told; the one in flight ends if it is among them."""
        ...

    def recall(self, turns: Iterable[Turn]) -> None:
        """Tells the model of forgotten turns again, each in its place."""
        ...

    def resume(self, turns: Iterable[Turn]) -> None:
        """Goes on with a conversation of which ``turns`` were already held; they are numbered anew."""
        ...


class Restartable(Protocol):
    """What the screen needs of ``engine.supervise.Supervisor``."""

    def restart(self) -> None:
        """Tries again after a failure."""
        ...


def _nothing() -> None:
    pass


class Bridge(QObject):
    """One signal an event type, one method a command.

    Without a conversation (before it is built, or after it failed to build) commands do nothing.
    """

    listening_started = Signal(ListeningStarted)
    level_measured = Signal(LevelMeasured)
    partial_transcript = Signal(PartialTranscript)
    utterance_captured = Signal(UtteranceCaptured)
    transcript_ready = Signal(TranscriptReady)
    reply_delta = Signal(ReplyDelta)
    reply_completed = Signal(ReplyCompleted)
    speech_started = Signal(SpeechStarted)
    word_spoken = Signal(WordSpoken)
    speech_finished = Signal(SpeechFinished)
    turn_ended = Signal(TurnEnded)
    backend_state_changed = Signal(BackendStateChanged)
    conversation_changed = Signal(ConversationChanged)
    failed = Signal(Failed)
    told = Signal(object)
    muted_changed = Signal(bool)
    connected = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._conversation: ConversationLike | None = None
        self._emit = {
            ListeningStarted: self.listening_started.emit,
            LevelMeasured: self.level_measured.emit,
            PartialTranscript: self.partial_transcript.emit,
            UtteranceCaptured: self.utterance_captured.emit,
            TranscriptReady: self.transcript_ready.emit,
            ReplyDelta: self.reply_delta.emit,
            ReplyCompleted: self.reply_completed.emit,
            SpeechStarted: self.speech_started.emit,
            WordSpoken: self.word_spoken.emit,
            SpeechFinished: self.speech_finished.emit,
            TurnEnded: self.turn_ended.emit,
            BackendStateChanged: self.backend_state_changed.emit,
            ConversationChanged: self.conversation_changed.emit,
            VoiceMuted: self._voice_muted,
            Failed: self.failed.emit,
        }
        self._undo: Undo = _nothing
        self.muted = False

    def connect_to(self, conversation: ConversationLike) -> None:
        """Shows ``conversation`` from now on; the one before, if any, is let go of."""
        self._undo()
        self._conversation = conversation
        self._undo = conversation.bus.subscribe(self.tell)
        conversation.mute(self.muted)
        self.connected.emit()

    def disconnect_from_conversation(self) -> None:
        """Neither hears nor commands the conversation any more."""
        self._undo()
        self._undo = _nothing
        self._conversation = None

    def tell(self, event: Event) -> None:
        """Emits the signal of ``event``, and ``told``, which carries every event."""
        self._emit[type(event)](event)
        self.told.emit(event)

    @property
    def has_conversation(self) -> bool:
        """Whether there is anybody to ask."""
        return self._conversation is not None

    @property
    def live(self) -> bool:
        """Whether a turn is in flight."""
        turn = self._conversation.turn if self._conversation else None
        return turn is not None and turn.live

    @property
    def turn_id(self) -> TurnId | None:
        """The turn in flight, or the last one; None before the first."""
        turn = self._conversation.turn if self._conversation else None
        return turn.turn_id if turn is not None else None

    def press(self) -> None:
        """The talk button or key goes down."""
        if self._conversation:
            self._conversation.press()

    def release(self) -> None:
        """The talk button or key comes up."""
        if self._conversation:
            self._conversation.release()

    def ask(self, text: str) -> None:
        """A typed question, which also ends the turn in flight."""
        if self._conversation and text.strip():
            self._conversation.ask(text.strip())

    def forget(self, turn_ids: Collection[TurnId]) -> tuple[Turn, ...]:
        """Leaves these turns out of what the model is told; returns them, for ``recall``."""
        if not self._conversation:
            return ()
        turn = self._conversation.turn
        if turn is not None and turn.live and turn.turn_id in turn_ids:
            self._conversation.stop()  # so that it is among the ended ones
        gone = tuple(turn for turn in self.records if turn.turn_id in turn_ids)
        self._conversation.forget(turn_ids)
        return gone

    def recall(self, turns: Iterable[Turn]) -> None:
        """Tells the model of forgotten turns again, each in its place."""
        if self._conversation:
            self._conversation.recall(turns)

    @property
    def records(self) -> tuple[Turn, ...]:
        """The ended turns that the model is told of, oldest first."""
        return self._conversation.records if self._conversation else ()

    def resume(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        """Goes on after ``turns`` and returns them as they are numbered now."""
        if self._conversation:
            self._conversation.resume(turns)
        return self.records

    def stop(self) -> None:
        """Escape or the Stop button."""
        if self._conversation:
            self._conversation.stop()

    def retry(self, port: Port) -> None:
        """Tries a part again that has failed; devices are tried again by the next turn anyway."""
        if self._conversation:
            parts = {
                Port.TRANSCRIBER: self._conversation.ears,
                Port.LANGUAGE_MODEL: self._conversation.brain,
                Port.SYNTHESIZER: self._conversation.voice,
            }
            if port in parts:
                parts[port].restart()

    def mute(self, muted: bool) -> None:
        """Switches the voice off or on."""
        if muted != self.muted:
            self.muted = muted
            if self._conversation:
                self._conversation.mute(muted)
            self.muted_changed.emit(muted)

    def _voice_muted(self, event: VoiceMuted) -> None:
        """Somebody in the room may have done it."""
        if event.muted != self.muted:
            self.muted = event.muted
            self.muted_changed.emit(event.muted)
