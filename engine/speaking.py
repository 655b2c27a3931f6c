"""One reply's voice: words go in on the loop, sound leaves through the playout.

The words cross to the synthesizer's thread in a ``TextFeed``; the sound crosses back in the
playout's ring. Frames are stamped with their turn here, so that a frame of a reply that was cut can
never be heard, sent, or shown.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from engine.audio.playout import Playout
from engine.choices import VoiceChoice
from engine.pace import Pace, ReplyPace
from engine.pcm import SpeechFrame
from engine.ports import SpeakableWord, Synthesizer
from engine.supervise import Supervisor
from engine.text.phrases import Phrases, Sieve
from engine.units import TurnId
from engine.workers import Cancelled, CancelToken, TextFeed, Worker

FULL_RETRY_S: Final = 0.02
NEARLY_REAL_TIME: Final = 0.9

FrameTap = Callable[[SpeechFrame, float], None]
"""Hears each frame, on the synthesizer's thread, with the time at which the host will play it."""


class Speaking:
    """The voice of one reply; used once. All but ``_speak`` runs on the conversation's loop."""

    def __init__(
        self,
        turn_id: TurnId,
        voice: Supervisor[Synthesizer],
        playout: Playout,
        taps: Iterable[FrameTap],
        choice: VoiceChoice,
        pace: Pace | None = None,
    ) -> None:
        self.heard = asyncio.Event()  # set once nothing more of this reply will sound
        self._turn_id = turn_id
        self._voice = voice
        self._playout = playout
        self._taps = tuple(taps)
        self._choice = choice
        self._token = CancelToken()
        self._worker: Worker[Synthesizer] | None = None
        self._feed = TextFeed(self._beat)
        self._sieve = Sieve(Phrases(choice.unspoken))
        self._pace = pace or Pace()
        self._reply_pace = ReplyPace(self._pace)

    def say(self, words: Iterable[SpeakableWord]) -> None:
        """Adds words to what is spoken, but for those that are to be left out."""
        self._put(self._sieve.feed(words))

    def end(self) -> None:
        """Says that the reply has no more words."""
        self._put(self._sieve.end())
        self._feed.end()

    def _put(self, words: Iterable[SpeakableWord]) -> None:
        for word in words:
            self._feed.put(word)
            self._reply_pace.words_written += 1

    def cancel(self) -> None:
        """Calls the voice off; its thread lets go between two frames."""
        self._token.cancel()
        self._feed.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether the voice was called off."""
        return self._token.cancelled

    async def speak(self) -> None:
        """Speaks until every word has been turned into sound (which may still be playing).

        Waits for the voice while it loads. Raises ``Cancelled`` after ``cancel``, ``BackendCrashed``,
        and whatever keeps the voice from running.
        """
        if not self._playout.is_open:
            await asyncio.to_thread(self._playout.open)
        self._playout.begin(self._turn_id)
        self._plan_lead()
        self._worker = await self._voice.worker()
        await self._voice.result_of(self._worker.call(self._speak))
        self._playout.finish(self._turn_id)

    def _speak(self, synthesizer: Synthesizer) -> None:
        """The job of the synthesizer's thread."""
        pieces = synthesizer.speak(self._feed, voice=self._choice.voice, speed=self._choice.speed)
        sequence = 0
        asked_at_s, waited_s = time.monotonic(), self._feed.waited_s
        try:
            for piece in pieces:
                self._beat()
                if self._token.cancelled:
                    raise Cancelled
                took_s = time.monotonic() - asked_at_s - (self._feed.waited_s - waited_s)
                self._reply_pace.add(piece.samples, len(piece.words), took_s)
                if len(piece.samples):
                    self._plan_lead()
                    self._hand_over(SpeechFrame(self._turn_id, sequence, piece.samples, piece.words))
                    sequence += 1
                asked_at_s, waited_s = time.monotonic(), self._feed.waited_s
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _plan_lead(self) -> None:
        """A voice slower than real time begins later rather than stutter."""
        if self._pace.rtf > NEARLY_REAL_TIME:
            self._playout.replan(self._pace.rtf, self._reply_pace.expected_s())

    def _hand_over(self, frame: SpeechFrame) -> None:
        while not self._playout.offer(frame):
            self._beat()
            if self._token.wait(FULL_RETRY_S):
                raise Cancelled
        for tap in self._taps:
            tap(frame, self._playout.due_at_s(frame))

    def _beat(self) -> None:
        if self._worker is not None:
            self._worker.beat()
