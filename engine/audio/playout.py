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
from engine.audio.timeline import Timeline
from engine.errors import AloudError
from engine.events import NO_TURN, SpeechFinished, SpeechStarted, WordSpoken
from engine.pcm import SpeechFrame, SpokenWord
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
class _Reply:
    """What is known of the reply that plays."""

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


class Playout:
    """Plays one reply at a time on ``sink``, which it alone uses, and knows what was heard of it.

    ``taps`` and ``delay_s`` count from the next reply on. So long after its first frame was made does
    a reply begin, to the sample, so that the room's listeners, whose sound comes over a network, hear
    it at the same time.
    """

    def __init__(self, sink: AudioSink, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()  # the reply, and which sink is open; held for microseconds
        self._device = threading.Lock()  # whoever opens or closes; not waited for on the loop
        self._open = False
        self._preparing = 0
        self._idle_since_s = 0.0
        self._reply = _Reply()
        self.taps: list[FrameTap] = []
        self.delay_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the speaker is held, or will be in a moment."""
        return self._open or self._preparing > 0

    @property
    def heard_samples(self) -> int:
        """How many samples of the reply have been heard as of the last poll; final after a flush."""
        return self._reply.heard_samples

    @property
    def underruns(self) -> int:
        """How many gaps have been heard in this reply."""
        return self._sink.underruns()

    def open(self) -> None:
        """Makes the speaker ready for a reply. Raises ``SpeakerUnavailable``. Harmless when open.

        Blocks while a device opens, which may take hundreds of milliseconds, so it is called on a
        thread; a device that died or stutters is opened anew.
        """
        with self._device:
            try:
                self._sink.open()
            except AloudError:
                self._open = False
                raise
            self._idle_since_s = self._clock()
            self._open = True

    def prepare(self) -> None:
        """As ``open``, on a thread of its own and without an error: the next ``open`` will tell."""

        def open_quietly() -> None:
            try:
                with contextlib.suppress(AloudError):
                    self.open()
            finally:
                with self._lock:
                    self._preparing -= 1

        with self._lock:
            self._preparing += 1
        threading.Thread(target=open_quietly, name="speaker", daemon=True).start()

    def begin(self, turn_id: TurnId, lead_s: float = 0.0, *, tapped: bool = True) -> bool:
        """Begins a reply; what was left of the one before is dropped. False where the speaker is not open.

        ``lead_s`` of it are held back before the first sample plays (see ``replan``). One that is not
        ``tapped`` is for this speaker alone: no tap hears it and nothing delays it. Raises
        ``DeviceLost``.
        """
        with self._lock:
            if self._open:
                self._sink.start()
                self._reply = _Reply(turn_id, True, lead_s)
                if tapped:
                    self._reply.taps, self._reply.delay_s = tuple(self.taps), self.delay_s
            return self._open

    def offer(self, frame: SpeechFrame) -> bool:
        """Takes a frame, or returns False where there is no room for it now. Never blocks.

        Called on the synthesizer's thread. A frame of another reply than the present one is dropped
        (and True returned). A lost device is told by ``poll``.
        """
        with self._lock:
            reply = self._reply
            if frame.turn_id != reply.turn_id or not reply.live or reply.failure is not None:
                return True
            self._move_on()
            if reply.queue and not reply.holding and reply.timeline.settled:
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
            if self._reply.live:
                self._move_on()

    def finish(self, turn_id: TurnId) -> None:
        """Says that reply ``turn_id`` has no more frames. From either thread; a stale one is dropped."""
        with self._lock:
            if turn_id == self._reply.turn_id and self._reply.live:
                self._reply.finished = True
                self._move_on()

    def flush(self, turn_id: TurnId) -> int:
        """Silence behind a fade of 10 ms; drops every later frame and returns the samples heard.

        0, and nothing happens, where reply ``turn_id`` never began.
        """
        with self._lock:
            if turn_id != self._reply.turn_id:
                return 0
            if self._reply.live:
                self._reply.heard_samples = self._without_silence(self._sink.flush())
                self._end_reply()
            return self._reply.heard_samples

    def poll(self) -> list[PlayoutEvent]:
        """What became audible since the last poll, in order. Raises the ``AloudError`` of a lost device."""
        with self._lock:
            if not self._reply.live:
                return []
            self._move_on()
            events = self._events()
            if self._reply.failure is not None:
                self._end_reply()
                raise self._reply.failure
            return events

    def last_heard_word(self, turn_id: TurnId) -> SpokenWord | None:
        """The last word of reply ``turn_id`` of which at least half was played; None where there is none."""
        with self._lock:
            reply = self._reply
            if turn_id != reply.turn_id:
                return None
            return reply.words.last_heard(reply.heard_samples, reply.offered_samples)

    def idle(self, now_s: float, keep_open_s: float) -> bool:
        """Whether the speaker is open and nothing has played for ``keep_open_s``. Never blocks."""
        return self._open and not self._reply.live and now_s >= self._idle_since_s + keep_open_s

    def close_if_idle(self, now_s: float, keep_open_s: float) -> None:
        """Lets go of the speaker where it is ``idle``. Blocks while it closes."""
        with self._device:
            with self._lock:
                if not self.idle(now_s, keep_open_s):
                    return
                self._open = False
            self._sink.close()

    def use(self, sink: AudioSink) -> bool:
        """Plays on another speaker from now on; False, and nothing happens, while a reply plays.

        Blocks while the old one closes.
        """
        with self._device:
            with self._lock:
                if self._reply.live:
                    return False
                self._open = False
                before, self._sink = self._sink, sink
            before.close()
        return True

    def close(self) -> None:
        """Drops what plays and lets go of the speaker. Blocks while it closes. Harmless when closed."""
        with self._device:
            with self._lock:
                self._reply.live = self._open = False
            self._sink.close()

    def _end_reply(self) -> None:
        self._reply.live = False
        self._reply.queue.clear()
        self._idle_since_s = self._clock()

    def _move_on(self) -> None:
        """Gives the sink as much of the queue as it takes, once the lead is there."""
        reply = self._reply
        self._hold_or_not()
        if reply.failure is not None:
            return
        try:
            if reply.queue and not reply.holding:
                self._write()
            if reply.finished and not reply.queue and not reply.finish_told:
                self._sink.finish()
                reply.finish_told = True
        except AloudError as error:
            reply.failure = error

    def _write(self) -> None:
        """Writes what the sink takes: the silence in front, then frame after frame, told to the taps."""
        reply = self._reply
        if not reply.timeline.settled:
            silence = reply.timeline.silence_due(
                self._clock(),
                self._sink.latency_s(),
                reply.first_frame_at_s + reply.delay_s,
                self._sink.started_at_s(),
            )
            reply.timeline.silence_samples += self._sink.write(np.zeros(silence, np.float32))
        while reply.queue and reply.timeline.settled:
            frame, begun = reply.queue[0], reply.begun_samples
            taken = self._sink.write(frame.samples[begun:])
            if taken and not begun:
                self._tell(frame)
            reply.queued_samples -= taken
            reply.begun_samples += taken
            if reply.begun_samples < len(frame.samples):
                return
            reply.queue.popleft()
            reply.begun_samples = 0

    def _tell(self, frame: SpeechFrame) -> None:
        at_s = self._reply.timeline.frame_at_s(
            len(frame.samples), self._sink.underruns(), self._clock(), self._sink.latency_s()
        )
        for tap in self._reply.taps:
            tap(frame, at_s)

    def _hold_or_not(self) -> None:
        reply = self._reply
        written = reply.written_samples()
        if not reply.offered_samples:
            return
        left_s = reply.expected_s - samples_to_s(written, SPEECH_RATE_HZ)
        wanted_s = lead_for(reply.rtf, left_s)
        if not reply.holding and wanted_s > 0 and not reply.queue and self._position() >= written:
            reply.holding = True  # it ran dry: what is left gets a lead of its own
        if reply.holding:
            lead_s = min(max(wanted_s, 0.0 if written else reply.lead_s), LONGEST_LEAD_S)
            queued_s = samples_to_s(reply.queued_samples, SPEECH_RATE_HZ)
            reply.holding = not reply.finished and queued_s < lead_s

    def _position(self) -> int:
        """How far the reply was heard; a lost device is remembered for ``poll``."""
        if self._reply.failure is None:
            try:
                return self._without_silence(self._sink.position_samples())
            except AloudError as error:
                self._reply.failure = error
        return self._reply.heard_samples

    def _without_silence(self, position: int) -> int:
        return max(0, position - self._reply.timeline.silence_samples)

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
