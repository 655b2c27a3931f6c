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
from engine.audio.reply import NEARLY_REAL_TIME, PlayoutEvent
from engine.choices import VoiceChoice
from engine.crossing import Cancelled, CancelToken, TextFeed
from engine.events import SpeechFinished
from engine.pace import Pace, ReplyPace
from engine.pcm import SpeechFrame
from engine.ports import SpeakableWord, Synthesizer
from engine.supervise import Supervisor
from engine.text.phrases import Phrases, Sieve
from engine.units import TurnId
from engine.workers import Worker

FULL_RETRY_S: Final = 0.02
POLL_EVERY_S: Final = 0.01


class Speaking:
    """The voice of one reply; used once. All but ``_speak`` runs on the conversation's loop.

    One that is not ``tapped`` is heard at this speaker and by nobody in the room.
    """

    def __init__(
        self,
        turn_id: TurnId,
        voice: Supervisor[Synthesizer],
        playout: Playout,
        choice: VoiceChoice,
        pace: Pace | None = None,
        *,
        tapped: bool = True,
    ) -> None:
        self.heard = asyncio.Event()  # set once nothing more of this reply will sound
        self._turn_id = turn_id
        self._voice = voice
        self._playout = playout
        self._choice = choice
        self._tapped = tapped
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

    def silence(self) -> int:
        """Cuts the voice, whose thread lets go between two frames, and the sound.

        Returns how many characters of the reply were heard. Harmless when done before.
        """
        self._token.cancel()
        self._feed.cancel()
        self._playout.flush(self._turn_id)
        last = self._playout.last_heard_word(self._turn_id)
        return last.source_end if last is not None else 0

    @property
    def cancelled(self) -> bool:
        """Whether the voice was called off."""
        return self._token.cancelled

    async def be_heard(self, tell: Callable[[PlayoutEvent], object]) -> None:
        """Speaks, and tells what leaves the speaker, until all of it has or ``silence`` was called.

        Raises as ``speak`` does (but not ``Cancelled``), and ``DeviceLost``.
        """
        made = asyncio.ensure_future(self.speak())
        try:
            while not self.cancelled:
                for event in self._playout.poll():
                    tell(event)
                    if isinstance(event, SpeechFinished):
                        return
                if made.done():
                    made.result()
                    await asyncio.sleep(POLL_EVERY_S)
                else:
                    await asyncio.wait([made], timeout=POLL_EVERY_S)
        finally:
            self.heard.set()
            made.cancel()
            await asyncio.gather(made, return_exceptions=True)

    async def speak(self) -> None:
        """Speaks until every word has been turned into sound (which may still be playing).

        Waits for the voice while it loads. Raises ``Cancelled`` after ``silence``, ``BackendCrashed``,
        and whatever keeps the voice from running.
        """
        begun = False
        while not begun:
            await asyncio.to_thread(self._playout.open)
            if self._token.cancelled:  # whoever silenced it found nothing to flush, and will not come again
                raise Cancelled
            # Not where it was closed again meanwhile.
            begun = self._playout.begin(self._turn_id, tapped=self._tapped)
        self._plan_lead()
        self._worker = await self._voice.worker()
        await self._voice.result_of(self._worker.call(self._speak))
        self._playout.finish(self._turn_id)

    def _speak(self, synthesizer: Synthesizer) -> None:
        """The job of the synthesizer's thread."""
        if not self._pace.rtf:  # the first reply: as fast as the voice was when it was warmed up
            self._pace.rtf = synthesizer.real_time_factor * self._choice.speed
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

    def _beat(self) -> None:
        if self._worker is not None:
            self._worker.beat()
