"""One utterance, from the key going down to its text.

The microphone is pumped on the conversation's loop about fifty times a second; what was understood
so far is transcribed on the recogniser's thread meanwhile, so that at the key's release only the
tail is left to do, or nothing at all.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from engine.audio.capture import Capture
from engine.audio.captured import Captured
from engine.errors import AloudError, DeviceError, DeviceLost, UtteranceError
from engine.events import Event, LevelMeasured, ListeningStarted, PartialTranscript, UtteranceCaptured
from engine.pcm import SILENCE, Pcm, level_dbfs
from engine.ports import Transcriber
from engine.stt.live import Job, LiveTranscript
from engine.supervise import Supervisor
from engine.units import HEARING_RATE_HZ, TurnId

PUMP_EVERY_S: Final = 0.02
LEVEL_EVERY_S: Final = 0.05


class Listening:
    """Captures and transcribes one utterance; used once, on the conversation's loop.

    Made when the key goes down: ``capture`` begins at once, and whatever goes wrong there is told by
    ``hear``, whose task may begin later than the key comes up.

    ``on_partial`` is given what was understood so far and whether that is all that was said so far.
    ``notice`` is told of what went wrong without ending the utterance's turn.
    """

    def __init__(
        self,
        turn_id: TurnId,
        capture: Capture,
        ears: Supervisor[Transcriber],
        publish: Callable[[Event], None],
        on_partial: Callable[[str, bool], None],
        notice: Callable[[AloudError], None],
        *,
        partials: bool,
        longest_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turn_id = turn_id
        self._capture = capture
        self._ears = ears
        self._publish = publish
        self._on_partial = on_partial
        self._notice = notice
        self._partials = partials
        self._longest_s = longest_s
        self._clock = clock
        self._live = LiveTranscript()
        self._released = asyncio.Event()
        self._released_at_s = 0.0
        self._running: tuple[Job, Future[str]] | None = None
        self._loudest: Pcm = SILENCE
        self._level_at_s = 0.0
        self._over = False
        self._pumped_samples = 0
        self._heard_speech = False
        self._told = False
        self._failure: DeviceError | None = None
        self._on_device(capture.begin)

    def release(self) -> None:
        """The key is up: the utterance ends here, or after a tail of up to 200 ms of speech."""
        if not self._over and not self._released.is_set():
            self._released_at_s = self._clock()
            self._released.set()
            self._on_device(self._capture.release)

    def abandon(self) -> None:
        """Lets go of the microphone without a transcript. Harmless when the utterance is over."""
        if not self._over:
            self._over = True
            self._capture.abandon()

    async def hear(self) -> str:
        """Listens until the key is released and returns what was said.

        Raises an ``UtteranceError`` where nothing was, a ``DeviceError`` where the microphone fails,
        and whatever keeps the recogniser from running.
        """
        try:
            captured = await self._capture_all()
        except DeviceLost as lost:
            if not self._heard_speech:
                raise
            self._lose_microphone(lost)  # what was said until then is a question still
        else:
            if self._told:
                self._tell_captured(captured.duration_s)
            captured.verdict()
        self._live.release()
        return await self._finish()

    def _on_device(self, act: Callable[[], None]) -> None:
        try:
            act()
        except DeviceError as error:
            self._failure = error

    def _tell_captured(self, duration_s: float) -> None:
        at_s = self._clock()
        self._publish(UtteranceCaptured(self._turn_id, at_s, self._released_at_s or at_s, duration_s))

    def _lose_microphone(self, lost: DeviceLost) -> None:
        self._over = True
        self._notice(lost)
        self._tell_captured(self._pumped_samples / HEARING_RATE_HZ)

    async def _capture_all(self) -> Captured:
        began_at_s = self._clock()
        released = asyncio.ensure_future(self._released.wait())
        try:
            while not self._capture.whole:
                self._pump()
                if self._clock() - began_at_s > self._longest_s:
                    self.release()
                self._transcribe_ahead()
                # Wakes at once when the key comes up, then by the pump's own beat for the tail.
                waits = [] if released.done() else [released]
                if waits:
                    await asyncio.wait(waits, timeout=PUMP_EVERY_S)
                elif not self._capture.whole:
                    await asyncio.sleep(PUMP_EVERY_S / 4)
            self._pump()
            self._over = True
            return self._capture.end()
        finally:
            released.cancel()

    def _pump(self) -> None:
        if self._failure is not None:
            raise self._failure
        samples = self._capture.pump()
        if self._capture.live and not self._told:
            self._told = True
            self._publish(ListeningStarted(self._turn_id, self._clock()))
        self._pumped_samples += len(samples)
        self._heard_speech = self._heard_speech or self._capture.speech_end_samples > 0
        self._live.add(samples, self._capture.speaking, self._capture.speech_end_samples)
        if self._told:
            self._measure(samples)

    def _measure(self, samples: Pcm) -> None:
        if len(samples) and level_dbfs(samples) > level_dbfs(self._loudest):
            self._loudest = samples
        now_s = self._clock()
        if now_s - self._level_at_s >= LEVEL_EVERY_S:
            self._publish(LevelMeasured(self._turn_id, now_s, level_dbfs(self._loudest)))
            self._level_at_s, self._loudest = now_s, SILENCE

    def _transcribe_ahead(self) -> None:
        """Gives the idle recogniser the next piece worth doing, once it is loaded."""
        self._settle()
        if self._running is not None or not self._partials or not self._ears.ready:
            return
        job = self._live.next_job(self._clock())
        if job is not None:
            self._running = (job, self._ears.submit(lambda ears: ears.transcribe(job.samples)))

    def _settle(self) -> None:
        """Takes in the result of a piece that was transcribed ahead."""
        if self._running is None or not self._running[1].done():
            return
        (job, future), self._running = self._running, None
        if future.cancelled() or future.exception() is not None:
            self._live.failed(job)
            return
        self._live.done(job, future.result(), self._clock())
        if self._live.partial_text and self._capture.accepts(self._live.partial_text):
            self._publish(PartialTranscript(self._turn_id, self._clock(), self._live.partial_text))
            self._on_partial(self._live.final_text.strip(), self._live.covers_all)

    async def _finish(self) -> str:
        if self._running is not None:
            await asyncio.gather(asyncio.wrap_future(self._running[1]), return_exceptions=True)
            self._settle()
        while (job := self._live.final_job()) is not None:
            self._live.done(job, await self._transcribe(job), self._clock())
        question = self._live.final_text.strip()
        if question and not self._capture.accepts(question):
            raise UtteranceError("This question is not asked here.", "Ask it in other words.")
        return question

    async def _transcribe(self, job: Job) -> str:
        return await self._ears.call(lambda ears: ears.transcribe(job.samples))
