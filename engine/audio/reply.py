"""What is known of one reply while it plays: its frames, its lead, and what of it has become audible.

Pure bookkeeping, without a device, a thread or a clock: ``Playout`` asks it under its lock.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.audio.heard import WordClock
from engine.audio.timeline import Timeline
from engine.errors import AloudError
from engine.events import NO_TURN, SpeechFinished, SpeechStarted, WordSpoken
from engine.pcm import SpeechFrame
from engine.units import FRAME_S, SPEECH_RATE_HZ, TurnId, samples_to_s

AUDIBLE: Final = 0.003
"""About -50 dBFS: what comes before the first louder sample is the silence in front of a reply."""

LONGEST_LEAD_S: Final = 15.0
"""Nobody waits longer than this for a voice that is too slow: it pauses once more instead."""

NEARLY_REAL_TIME: Final = 0.9
"""A synthesizer whose real-time factor is at most this needs no lead, whatever else the machine does."""

RTF_MARGIN: Final = 0.1
"""A synthesizer is taken to be a tenth slower than measured: what was measured varies."""

PlayoutEvent = SpeechStarted | WordSpoken | SpeechFinished

FrameTap = Callable[[SpeechFrame, float], None]
"""Hears each frame when the sink takes it, with the time at which its first sample leaves the speaker
(``time.monotonic``). Called on the synthesizer's thread or the conversation's loop; must not block."""


def lead_for(rtf: float, remaining_s: float) -> float:
    """How many seconds of ``remaining_s`` of sound must exist before its first may play without a gap.

    While all of it plays, which takes ``remaining_s``, the synthesizer makes what a lead L leaves to
    be made, which takes rtf * (remaining - L): no gap if that is not longer. One frame is added
    because sound comes in whole frames. 0 where the synthesizer is surely faster than real time. The
    margin grows from nothing between ``NEARLY_REAL_TIME`` and 1, so that a little more of the one
    never asks for much more of the other.
    """
    unsure = min(1.0, max(0.0, rtf - NEARLY_REAL_TIME) / (1.0 - NEARLY_REAL_TIME))
    slowest_rtf = rtf * (1.0 + RTF_MARGIN * unsure)
    if slowest_rtf <= 1.0 or remaining_s <= 0:
        return 0.0
    return min(remaining_s, remaining_s * (1.0 - 1.0 / slowest_rtf) + FRAME_S)


@dataclass(slots=True)
class Reply:
    """A reply from its first frame to its last sample; ``live`` until it was heard or silenced."""

    turn_id: TurnId = NO_TURN
    live: bool = False
    lead_s: float = 0.0
    taps: tuple[FrameTap, ...] = ()
    delay_s: float = 0.0
    rtf: float = 0.0
    expected_s: float = 0.0
    holding: bool = True
    queue: deque[SpeechFrame] = field(default_factory=deque)
    begun_samples: int = 0  # what the sink took of the first frame in the queue
    queued_samples: int = 0
    offered_samples: int = 0
    heard_samples: int = 0
    first_frame_at_s: float = 0.0
    audible_from: int | None = None
    started_at_s: float | None = None
    finished: bool = False
    finish_told: bool = False
    failure: AloudError | None = None
    words: WordClock = field(default_factory=WordClock)
    timeline: Timeline = field(default_factory=Timeline)

    def written_samples(self) -> int:
        """What the sink has taken."""
        return self.offered_samples - self.queued_samples

    def add(self, frame: SpeechFrame, now_s: float) -> None:
        """Queues a frame, and learns where sound is first to be heard."""
        if self.offered_samples == 0:
            self.first_frame_at_s = now_s
        if self.audible_from is None:
            loud = np.flatnonzero(np.abs(frame.samples) > AUDIBLE)
            self.audible_from = self.offered_samples + int(loud[0]) if len(loud) else None
        self.words.add(frame.words)
        self.queue.append(frame)
        self.queued_samples += len(frame.samples)
        self.offered_samples += len(frame.samples)

    def hold_or_not(self, position: Callable[[], int]) -> None:
        """Decides whether sound waits for a lead; ``position``: how many samples were heard."""
        written = self.written_samples()
        if not self.offered_samples:
            return
        left_s = self.expected_s - samples_to_s(written, SPEECH_RATE_HZ)
        wanted_s = lead_for(self.rtf, left_s)
        if not self.holding and wanted_s > 0 and not self.queue and position() >= written:
            self.holding = True  # it ran dry: what is left gets a lead of its own
        if self.holding:
            lead_s = min(max(wanted_s, 0.0 if written else self.lead_s), LONGEST_LEAD_S)
            queued_s = samples_to_s(self.queued_samples, SPEECH_RATE_HZ)
            self.holding = not self.finished and queued_s < lead_s

    def became_audible(
        self, position: int, now_s: float, *, drained: bool, underruns: int
    ) -> list[PlayoutEvent]:
        """What was heard first since the last call, now that ``position`` samples were, in order."""
        self.heard_samples = position
        events: list[PlayoutEvent] = []

        def when(offset: int) -> float:
            at_s = now_s - samples_to_s(max(0, position - offset), SPEECH_RATE_HZ)
            return at_s if self.started_at_s is None else max(self.started_at_s, at_s)

        audible = self.offered_samples if self.audible_from is None else self.audible_from
        if self.started_at_s is None and self.offered_samples and (drained or position > audible):
            self.started_at_s = when(audible)
            events.append(SpeechStarted(self.turn_id, self.started_at_s, self.first_frame_at_s))
        if self.started_at_s is not None:
            spoken = self.words.begun(self.offered_samples if drained else position)
            events += [WordSpoken(self.turn_id, when(word.offset_samples), word) for word in spoken]
        if drained:
            events.append(SpeechFinished(self.turn_id, now_s, underruns))
        return events
