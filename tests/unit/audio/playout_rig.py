"""A playout over a null sink in still time, and what to play with it."""

from dataclasses import dataclass, field

import numpy as np

from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.audio.reply import PlayoutEvent
from engine.pcm import Pcm, SpeechFrame, SpokenWord
from engine.units import FRAME_SAMPLES, TurnId
from tests.fakes.clock import StillClock

TURN = TurnId(7)
STALE = TurnId(6)
LOUD: Pcm = np.full(FRAME_SAMPLES, 0.5, np.float32)
QUIET: Pcm = np.zeros(FRAME_SAMPLES, np.float32)


@dataclass
class Rig:
    """A playout over a null sink, in still time."""

    clock: StillClock = field(default_factory=StillClock)
    capacity_samples: int = 1 << 18

    def __post_init__(self) -> None:
        self.sink = NullSink(clock=self.clock, keep=True, capacity_samples=self.capacity_samples)
        self.playout = Playout(self.sink, clock=self.clock)
        self.playout.open()
        self.made = 0

    def offer(self, samples: Pcm = LOUD, *words: str, turn_id: TurnId = TURN) -> bool:
        """Offers the next frame; each of ``words`` begins where it does."""
        spoken = tuple(SpokenWord(word, self.made, 0, 0) for word in words)
        taken = self.playout.offer(SpeechFrame(turn_id, self.made // FRAME_SAMPLES, samples, spoken))
        if taken and turn_id == TURN:
            self.made += len(samples)
        return taken

    def poll_after(self, seconds: float, every_s: float = 0.02) -> list[PlayoutEvent]:
        events = self.playout.poll()
        for _ in range(round(seconds / every_s)):
            self.clock.go(every_s)
            events += self.playout.poll()
        return events


def of(kind: type[PlayoutEvent], events: list[PlayoutEvent]) -> list[PlayoutEvent]:
    return [event for event in events if isinstance(event, kind)]
