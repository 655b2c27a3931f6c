"""One reply's sound on its way to the speaker, and what of it has been heard.

The synthesizer's thread pushes frames in with ``offer``; the conversation's loop asks ``poll`` about
fifty times a second what became audible meanwhile. A frame of any reply but the present one is
dropped without a sound.
"""

import contextlib
import threading
import time
from collections.abc import Callable

import numpy as np

from engine.audio.reply import FrameTap, PlayoutEvent, Reply
from engine.errors import AloudError
from engine.pcm import SpeechFrame, SpokenWord
from engine.ports import AudioSink
from engine.units import TurnId


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
        self._reply = Reply()
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
                self._reply = Reply(turn_id, True, lead_s)
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
        reply.hold_or_not(self._position)
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
        position = self._position()
        drained = reply.finish_told and reply.failure is None and self._sink.drained()
        events = reply.became_audible(position, now_s, drained=drained, underruns=self._sink.underruns())
        if drained:
            self._end_reply()
        return events
