"""One reply's sound on its way to the speaker, and what of it has been heard.

The synthesizer's thread pushes frames in with ``offer``; the conversation's loop asks ``poll`` about
fifty times a second what became audible meanwhile. A frame of any reply but the present one is
dropped without a sound.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.audio.heard import WordClock
from engine.errors import AloudError
from engine.events import NO_TURN, SpeechFinished, SpeechStarted, WordSpoken
from engine.pcm import Pcm, SpeechFrame, SpokenWord
from engine.ports import AudioSink
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
class _Reply:
    """What is known of the reply that plays."""

    turn_id: TurnId = NO_TURN
    lead_s: float = 0.0
    rtf: float = 0.0
    expected_s: float = 0.0
    holding: bool = True
    queue: deque[Pcm] = field(default_factory=deque)
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
        self.queue.append(frame.samples)
        self.queued_samples += len(frame.samples)
        self.offered_samples += len(frame.samples)


class Playout:
    """Plays one reply at a time on ``sink``, which it alone uses, and knows what was heard of it.

    ``delay_s`` may be set between replies: by so much later than it could does a reply begin, so that
    the room's listeners, whose sound comes over a network, hear it at the same time.
    """

    def __init__(self, sink: AudioSink, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()  # the reply
        self._opening = threading.Lock()  # whether the sink is open; never waited for with the other held
        self._open = False
        self._idle_since_s = 0.0
        self._reply = _Reply()
        self.delay_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the speaker is held."""
        return self._open

    @property
    def heard_samples(self) -> int:
        """How many samples of the reply have been heard as of the last poll; final after a flush."""
        return self._reply.heard_samples

    @property
    def underruns(self) -> int:
        """How many gaps have been heard in this reply."""
        return self._sink.underruns()

    def open(self) -> None:
        """Makes the speaker ready ahead of a reply. Raises ``SpeakerUnavailable``. Harmless when open.

        Blocks while a device opens, which may take tens of milliseconds.
        """
        with self._opening:
            self._sink.open()
            self._open = True
            self._idle_since_s = self._clock()

    def prepare(self) -> None:
        """As ``open``, on a thread of its own and without an error: ``begin`` will tell. Never blocks."""

        def open_quietly() -> None:
            with contextlib.suppress(AloudError):
                self.open()

        if not self._open:
            threading.Thread(target=open_quietly, name="speaker", daemon=True).start()

    def begin(self, turn_id: TurnId, lead_s: float = 0.0) -> None:
        """Begins a reply; what was left of the one before is dropped.

        ``lead_s`` of it are held back before the first sample plays (see ``replan``). Raises
        ``SpeakerUnavailable``.
        """
        self.open()
        with self._lock:
            self._reply = _Reply(turn_id, lead_s)
            self._sink.start()

    def offer(self, frame: SpeechFrame) -> bool:
        """Takes a frame, or returns False where there is no room for it now. Never blocks.

        Called on the synthesizer's thread. A frame of another reply than the present one is dropped
        (and True returned). A lost device is told by ``poll``.
        """
        with self._lock:
            reply = self._reply
            if frame.turn_id != reply.turn_id or reply.failure is not None:
                return True
            self._move_on()
            if reply.queue and not reply.holding:
                return False
            reply.add(frame, self._clock())
            self._move_on()
            return True

    def replan(self, rtf: float, expected_s: float) -> None:
        """Plans the lead for a synthesizer that takes ``rtf`` seconds for each second of sound.

        ``expected_s``: how long the reply will be as far as its text is known. Counts until the reply
        plays, and again whenever it has run dry: then what is left gets a lead of its own, so that
        there is one pause and no stutter.
        """
        with self._lock:
            self._reply.rtf, self._reply.expected_s = rtf, expected_s
            if self._reply.turn_id != NO_TURN:
                self._move_on()

    def finish(self, turn_id: TurnId) -> None:
        """Says that reply ``turn_id`` has no more frames. From either thread; a stale one is dropped."""
        with self._lock:
            if turn_id == self._reply.turn_id:
                self._reply.finished = True
                self._move_on()

    def flush(self) -> int:
        """Silence behind a fade of 10 ms; drops every later frame and returns the samples heard."""
        with self._lock:
            if self._reply.turn_id != NO_TURN:
                self._reply.heard_samples = self._sink.flush()
                self._end_reply()
            return self._reply.heard_samples

    def poll(self) -> list[PlayoutEvent]:
        """What became audible since the last poll, in order. Raises the ``AloudError`` of a lost device."""
        with self._lock:
            if self._reply.turn_id == NO_TURN:
                return []
            self._move_on()
            events = self._events()
            if self._reply.failure is not None:
                self._end_reply()
                raise self._reply.failure
            return events

    def last_heard_word(self) -> SpokenWord | None:
        """The last word that counts as heard: its sound began and at least half of it was played."""
        with self._lock:
            return self._reply.words.last_heard(self._reply.heard_samples, self._reply.offered_samples)

    def due_at_s(self, frame: SpeechFrame) -> float:
        """When the frame that was offered last will be heard, as far as is known (``time.monotonic``).

        Called on the synthesizer's thread, right after ``offer`` took ``frame``.
        """
        with self._lock:
            if frame.turn_id != self._reply.turn_id:
                return self._clock()
            ahead = self._reply.offered_samples - len(frame.samples) - self._position()
            begins_s = max(self._clock(), self._reply.first_frame_at_s + self.delay_s)
            now_s = begins_s if not self._reply.written_samples() else self._clock()
            return now_s + samples_to_s(max(0, ahead), SPEECH_RATE_HZ)

    def close_if_idle(self, now_s: float, keep_open_s: float) -> None:
        """Lets go of the speaker where nothing has played for ``keep_open_s``."""
        if self._open and self._reply.turn_id == NO_TURN and now_s >= self._idle_since_s + keep_open_s:
            self.close()

    def use(self, sink: AudioSink) -> None:
        """Plays on another speaker from now on; what plays is dropped. Blocks while the old one closes."""
        self.close()
        with self._opening, self._lock:
            self._sink = sink

    def close(self) -> None:
        """Drops what plays and lets go of the speaker. Harmless when closed."""
        with self._opening, self._lock:
            self._reply.turn_id = NO_TURN
            self._open = False
            self._sink.close()

    def _end_reply(self) -> None:
        self._reply.turn_id = NO_TURN
        self._reply.queue.clear()
        self._idle_since_s = self._clock()

    def _move_on(self) -> None:
        """Gives the sink as much of the queue as it takes, once the lead is there."""
        reply = self._reply
        self._hold_or_not()
        try:
            while reply.queue and not reply.holding and reply.failure is None:
                taken = self._sink.write(reply.queue[0])
                reply.queued_samples -= taken
                if taken < len(reply.queue[0]):
                    reply.queue[0] = reply.queue[0][taken:]
                    return
                reply.queue.popleft()
            if reply.finished and not reply.queue and not reply.finish_told:
                self._sink.finish()
                reply.finish_told = True
        except AloudError as error:
            reply.failure = error

    def _hold_or_not(self) -> None:
        reply = self._reply
        written = reply.written_samples()
        left_s = reply.expected_s - samples_to_s(written, SPEECH_RATE_HZ)
        wanted_s = lead_for(reply.rtf, left_s)
        if not reply.holding and wanted_s > 0 and not reply.queue and self._position() >= written:
            reply.holding = True  # it ran dry: what is left gets a lead of its own
        if reply.holding:
            lead_s = min(max(wanted_s, 0.0 if written else reply.lead_s), LONGEST_LEAD_S)
            queued_s = samples_to_s(reply.queued_samples, SPEECH_RATE_HZ)
            delayed = not written and self._clock() < reply.first_frame_at_s + self.delay_s
            reply.holding = delayed or (not reply.finished and queued_s < lead_s)

    def _position(self) -> int:
        """How far the reply was heard; a lost device is remembered for ``poll``."""
        if self._reply.failure is None:
            try:
                return self._sink.position_samples()
            except AloudError as error:
                self._reply.failure = error
        return self._reply.heard_samples

    def _events(self) -> list[PlayoutEvent]:
        reply, now_s = self._reply, self._clock()
        position = reply.heard_samples = self._position()
        drained = reply.finish_told and reply.failure is None and self._sink.drained()
        events: list[PlayoutEvent] = []

        def when(offset: int) -> float:
            at_s = now_s - samples_to_s(max(0, position - offset), SPEECH_RATE_HZ)
            return at_s if reply.started_at_s is None else max(reply.started_at_s, at_s)

        audible = reply.offered_samples if reply.audible_from is None else reply.audible_from
        if reply.started_at_s is None and reply.offered_samples and (drained or position > audible):
            reply.started_at_s = when(audible)
            events.append(SpeechStarted(reply.turn_id, reply.started_at_s, reply.first_frame_at_s))
        if reply.started_at_s is not None:
            spoken = reply.words.begun(reply.offered_samples if drained else position)
            events += [WordSpoken(reply.turn_id, when(word.offset_samples), word) for word in spoken]
        if drained:
            events.append(SpeechFinished(reply.turn_id, now_s, self._sink.underruns()))
            self._end_reply()
        return events
