"""What a client needs to know when it comes in: the conversation so far, and the sound still to be played.

A fold over the room's messages, so the same class serves the host and an edge on another machine.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, assert_never

from msgspec.structs import replace

from engine.broadcast.messages import (
    Backend,
    BackendSnapshot,
    Completed,
    Cut,
    Delta,
    Ended,
    Failed,
    Muted,
    Partial,
    Resync,
    RoomMessage,
    Snapshot,
    State,
    StateName,
    Talker,
    Transcript,
    TurnSnapshot,
    Words,
)
from engine.broadcast.sound import SoundFrames

MAX_TURNS: Final = 50
MAX_TEXT: Final = 65_536
"""Characters of ended turns that a snapshot holds; with the turns' limit it bounds ``welcome``."""


class Room:
    """The conversation as it was told to the clients. Belongs to one loop."""

    def __init__(self, room_id: str) -> None:
        self._room_id = room_id
        self._state: StateName = "idle"
        self._turn = 0
        self._partial = ""
        self._muted = False
        self._talker = Talker("", "")
        self._earlier = 0
        self._ended: deque[TurnSnapshot] = deque()
        self._live: TurnSnapshot | None = None
        self._backends: dict[str, BackendSnapshot] = {}
        self._cut = 0
        self._sound: deque[SoundFrames] = deque()

    @property
    def muted(self) -> bool:
        """Whether the voice is off for everybody."""
        return self._muted

    @property
    def state(self) -> StateName:
        """The running turn's state."""
        return self._state

    def snapshot(self) -> Snapshot:
        """The conversation so far."""
        return Snapshot(
            room=self._room_id,
            state=self._state,
            turn=self._turn,
            partial=self._partial,
            muted=self._muted,
            talker=self._talker.listener,
            talker_name=self._talker.name,
            earlier_turns=self._earlier,
            turns=(*self._ended, self._live) if self._live else tuple(self._ended),
            backends=tuple(self._backends.values()),
        )

    def apply(self, message: RoomMessage) -> None:
        """Takes in a message that the clients are sent."""
        match message:
            case State():
                self._state, self._turn = message.state, message.turn
                if message.state == "listening":
                    self._partial = ""
            case Partial():
                self._partial = message.text
            case Transcript() | Delta() | Completed() | Words():
                self._write(message)
            case Cut():
                self._cut = max(self._cut, message.turn)
                self._sound = deque(sound for sound in self._sound if sound.packet.epoch > self._cut)
            case Ended():
                self._end(message)
            case Talker():
                self._talker = message
            case Muted():
                self._muted = message.muted
            case Backend():
                self._backends[message.port] = BackendSnapshot(message.port, message.state, message.progress)
            case Resync():
                self._load(message.snapshot)
            case Failed():
                pass  # said once to who is there; the turn's end follows
            case _:
                assert_never(message)

    def takes(self, sound: SoundFrames) -> bool:
        """Whether the sound is to be heard: its turn was not cut."""
        return sound.packet.epoch > self._cut

    def keep(self, sound: SoundFrames, now_us: int) -> None:
        """Remembers sound that was sent, until it has been played."""
        self._forget_played(now_us)
        self._sound.append(sound)

    def sound_to_play(self, now_us: int) -> tuple[SoundFrames, ...]:
        """The sound that was sent and is still to be played, in order."""
        self._forget_played(now_us)
        return tuple(self._sound)

    def _forget_played(self, now_us: int) -> None:
        while self._sound and self._sound[0].ends_at_us <= now_us:
            self._sound.popleft()

    def _write(self, message: Transcript | Delta | Completed | Words) -> None:
        live = self._live
        if live is None or live.turn != message.turn:
            live = TurnSnapshot(message.turn)
        match message:
            case Transcript():
                self._partial = ""
                self._live = replace(live, question=message.text, typed=message.typed)
            case Delta():
                self._live = replace(live, reply=live.reply + message.text)
            case Completed():
                self._live = replace(live, reply=message.text, complete=True)
            case Words():
                self._live = replace(live, words=(*live.words, *message.words))
            case _:
                assert_never(message)

    def _end(self, message: Ended) -> None:
        complete = self._live is not None and self._live.turn == message.turn and self._live.complete
        typed = self._live is not None and self._live.turn == message.turn and self._live.typed
        self._live, self._partial = None, ""
        if message.outcome == "discarded":
            return
        self._ended.append(
            TurnSnapshot(
                message.turn, message.question, typed, message.reply, complete, message.heard, message.outcome
            )
        )
        while len(self._ended) > MAX_TURNS or (len(self._ended) > 1 and self._text_length() > MAX_TEXT):
            self._ended.popleft()
            self._earlier += 1

    def _text_length(self) -> int:
        return sum(len(turn.question) + len(turn.reply) + len(turn.heard) for turn in self._ended)

    def _load(self, snapshot: Snapshot) -> None:
        if snapshot.room != self._room_id:
            self._cut = 0  # the turns' numbers begin anew
        self._room_id, self._state, self._turn = snapshot.room, snapshot.state, snapshot.turn
        self._partial, self._muted = snapshot.partial, snapshot.muted
        self._talker = Talker(snapshot.talker, snapshot.talker_name)
        self._earlier = snapshot.earlier_turns
        self._ended = deque(turn for turn in snapshot.turns if turn.outcome is not None)
        self._live = next((turn for turn in snapshot.turns if turn.outcome is None), None)
        self._backends = {backend.port: backend for backend in snapshot.backends}
        interrupted = (turn.turn for turn in self._ended if turn.outcome == "interrupted")
        self._cut = max((self._cut, *interrupted))
        live_turn = self._live.turn if self._live else 0
        self._sound = deque(sound for sound in self._sound if sound.packet.epoch == live_turn)


def with_turns(before: Snapshot, told: Iterable[RoomMessage]) -> Snapshot:
    """``before`` with the turns that ``told`` tells of in place of its own, which lend what no event told."""
    room = Room(before.room)
    for message in told:
        room.apply(message)
    fresh = room.snapshot()
    known = {(turn.turn, turn.outcome): turn for turn in before.turns}
    return replace(
        before,
        state=fresh.state,
        turn=fresh.turn or before.turn,
        partial=fresh.partial,
        earlier_turns=fresh.earlier_turns,
        turns=tuple(known.get((turn.turn, turn.outcome), turn) for turn in fresh.turns),
    )
