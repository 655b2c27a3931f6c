"""A conversation whose turns are played by the test: real events, through the real turn machine."""

import time
from collections.abc import Collection, Iterable

from engine.bus import Bus
from engine.errors import AloudError, UtteranceError
from engine.events import (
    NO_TURN,
    BackendState,
    BackendStateChanged,
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
    UtteranceCaptured,
    VoiceMuted,
    WordSpoken,
)
from engine.pcm import SpokenWord
from engine.turn import Discarded, Interrupted, Muted, Turn, TurnState, spoken_turn, typed_turn
from engine.turns import Turns
from engine.units import TurnId


class FakePart:
    """Counts how often it was asked to try again."""

    def __init__(self) -> None:
        self.restarts = 0

    def restart(self) -> None:
        self.restarts += 1


class FakeConversation:
    """Keeps ``ConversationLike``; what the world would do (hear, write, speak) is called by the test."""

    def __init__(self, clock=time.monotonic) -> None:  # type: ignore[no-untyped-def]
        self.bus = Bus()
        self.turns = Turns(self.bus, clock)
        self.ears, self.brain, self.voice = FakePart(), FakePart(), FakePart()
        self.calls: list[str] = []
        self.muted = False
        self.closed = False
        self.slow_microphone = False
        self._clock = clock
        self._heard = 0

    # What the screen calls -------------------------------------------------------------------

    @property
    def turn(self) -> Turn | None:
        return self.turns.current

    @property
    def records(self) -> tuple[Turn, ...]:
        return self.turns.ended

    def start(self) -> None:
        self.calls.append("start")

    async def close(self) -> None:
        self.stop()
        self.closed = True

    def press(self, capture: object | None = None) -> None:
        self.stop()
        self.calls.append("press")
        self.turns.current = spoken_turn(self.turns.next_id(), muted=self.muted)
        self._heard = 0
        if not self.slow_microphone:
            self.listen()

    def release(self) -> None:
        self.calls.append("release")
        if self.turn and self.turn.live and self.turn.state is TurnState.LISTENING:
            now_s = self._clock()
            self.turns.publish(self.id, UtteranceCaptured(self.id, now_s, now_s, 1.2))

    def ask(self, text: str) -> None:
        if not text.strip():
            return
        self.stop()
        self.calls.append(f"ask {text}")
        self.turns.current = typed_turn(self.turns.next_id(), text.strip(), muted=self.muted)
        self._heard = 0
        self.bus.publish(TranscriptReady(self.id, self._clock(), text.strip(), typed=True))

    def stop(self) -> None:
        self.calls.append("stop")
        if self.turn and self.turn.live:
            self.turns.step(self.id, Interrupted(self.turn.reply[: self._heard]))

    def mute(self, muted: bool) -> None:
        self.muted = muted
        self.calls.append(f"mute {muted}")
        self.bus.publish(VoiceMuted(NO_TURN, self._clock(), muted))
        if muted and self.turn and self.turn.live and not self.turn.muted:
            self.turns.step(self.id, Muted())

    def forget(self, turn_ids: Collection[TurnId]) -> None:
        if self.turn is not None and self.turn.turn_id in turn_ids:
            self.stop()
        self.calls.append(f"forget {' '.join(str(turn_id) for turn_id in turn_ids)}")
        self.turns.forget(turn_ids)

    def recall(self, turns: Iterable[Turn]) -> None:
        self.turns.recall(turns)

    def resume(self, turns: Iterable[Turn]) -> None:
        self.stop()
        self.turns.resume(turns)

    # What the world does ---------------------------------------------------------------------

    @property
    def id(self) -> TurnId:
        assert self.turn is not None
        return self.turn.turn_id

    def part(
        self,
        port: Port,
        state: BackendState,
        name: str = "",
        *,
        progress: float | None = None,
        detail: str = "",
        remedy: str = "",
    ) -> None:
        self.bus.publish(
            BackendStateChanged(NO_TURN, self._clock(), port, name, state, progress, detail, remedy)
        )

    def ready(self) -> None:
        """Every part can be used."""
        for port in (Port.TRANSCRIBER, Port.LANGUAGE_MODEL, Port.SYNTHESIZER):
            self.part(port, BackendState.READY)

    def listen(self) -> None:
        """The microphone is live."""
        self.bus.publish(ListeningStarted(self.id, self._clock()))

    def level(self, level_dbfs: float) -> None:
        self.turns.publish(self.id, LevelMeasured(self.id, self._clock(), level_dbfs))

    def partial(self, text: str) -> None:
        self.turns.publish(self.id, PartialTranscript(self.id, self._clock(), text))

    def understand(self, text: str) -> None:
        self.turns.publish(self.id, TranscriptReady(self.id, self._clock(), text))

    def nothing_heard(self, error: UtteranceError) -> None:
        self.bus.publish(Failed(NO_TURN, self._clock(), error))
        self.turns.step(self.id, Discarded())

    def write(self, *deltas: str) -> None:
        for delta in deltas:
            self.turns.publish(self.id, ReplyDelta(self.id, self._clock(), delta))

    def write_slowly(self, text: str, size: int = 4) -> None:
        self.write(*(text[start : start + size] for start in range(0, len(text), size)))

    def complete(self) -> None:
        assert self.turn is not None
        self.turns.publish(self.id, ReplyCompleted(self.id, self._clock(), self.turn.reply))

    def start_speaking(self) -> None:
        now_s = self._clock()
        self.turns.publish(self.id, SpeechStarted(self.id, now_s, now_s - 0.05))

    def speak(self, word: str) -> None:
        """The next ``word`` of the reply begins to sound."""
        assert self.turn is not None
        start = self.turn.reply.index(word, self._heard)
        self._heard = start + len(word)
        spoken = SpokenWord(word, start * 1000, start, self._heard)
        self.turns.publish(self.id, WordSpoken(self.id, self._clock(), spoken))

    def finish(self) -> None:
        self.turns.publish(self.id, SpeechFinished(self.id, self._clock()))

    def fail(self, error: AloudError, *, in_turn: bool = True) -> None:
        turn_id = self.id if in_turn else NO_TURN
        event = Failed(turn_id, self._clock(), error)
        if in_turn:
            self.turns.publish(turn_id, event)
        else:
            self.bus.publish(event)
