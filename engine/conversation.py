"""The only orchestrator: a turn, read top to bottom.

Everything here runs on one asyncio loop and nothing here blocks it. A turn is one task; whatever
ends it early (a new key press, Escape, Stop) goes through ``stop``, which is synchronous, so the
sound is gone before the next line runs.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from engine import context
from engine.audio.capture import Capture
from engine.audio.playout import Playout
from engine.audio.reply import FrameTap
from engine.bus import Bus
from engine.choices import Choices
from engine.errors import AloudError, UtteranceError
from engine.events import NO_TURN, ReplyCompleted, ReplyDelta, TranscriptReady, VoiceMuted
from engine.guarding import Body, guarded
from engine.listening import Listening
from engine.pace import Pace
from engine.ports import LanguageModel, Message, Synthesizer, Transcriber
from engine.preparing import Preparation
from engine.speaking import Speaking
from engine.supervise import Supervisor
from engine.tending import tend_devices
from engine.text import Speakable, prepare
from engine.turn import Interrupted, Muted, Turn, Unmuted, spoken_turn, typed_turn
from engine.turns import Turns
from engine.units import TurnId
from engine.voicing import Voicing


class Conversation:
    """Takes questions, spoken or typed, and answers them aloud, one turn at a time.

    ``bus`` tells all that happens. Its methods return at once and belong to the loop that ``start``
    ran on. It owns its backends: ``close`` closes them.
    """

    def __init__(
        self,
        capture: Capture,
        ears: Supervisor[Transcriber],
        brain: Supervisor[LanguageModel],
        voice: Supervisor[Synthesizer],
        playout: Playout,
        bus: Bus,
        choices: Choices | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bus = bus
        self.choices = choices or Choices()
        self.ears = ears
        self.brain = brain
        self.voice = voice
        self.capture = capture
        self.playout = playout
        self.turns = Turns(bus, clock)
        self._clock = clock
        self.pace = Pace()
        self._task: asyncio.Task[None] | None = None
        self._listening: Listening | None = None
        self._voicing = Voicing(self.turns)
        self._preparation = Preparation()
        self._idle: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def turn(self) -> Turn | None:
        """The turn in flight, or the last one."""
        return self.turns.current

    @property
    def busy(self) -> bool:
        """Whether a turn is in flight."""
        return self.turn is not None and self.turn.live

    @property
    def records(self) -> tuple[Turn, ...]:
        """The ended turns that the model is told of, oldest first."""
        return self.turns.ended

    @property
    def frame_taps(self) -> list[FrameTap]:
        """Who hears each frame of sound with its play-out time; see ``engine.audio.playout``."""
        return self.playout.taps

    def start(self) -> None:
        """Loads every backend behind whatever happens next; nothing waits for what it does not need."""
        for backend in (self.voice, self.ears, self.brain):
            backend.start()
        prepare(self.choices.language)

    async def close(self) -> None:
        """Stops what goes on and lets go of models, devices and threads."""
        self.closed = True
        self.stop()
        await self.settled()
        if self._idle is not None:
            self._idle.cancel()
            await asyncio.wait([self._idle])
        await self._preparation.close()
        self.capture.close()
        await asyncio.to_thread(self.playout.close)
        await asyncio.gather(self.ears.close(), self.brain.close(), self.voice.close())

    async def settled(self) -> None:
        """Returns once no turn is in flight."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def now_s(self) -> float:
        """The clock that the events' ``at_s`` are read from."""
        return self._clock()

    def tend(self) -> None:
        """Looks after the devices from now on until their time is over; begun by itself after each turn."""
        if not self.closed and (self._idle is None or self._idle.done()):
            self._idle = asyncio.ensure_future(tend_devices(self.capture, self.playout, self._clock))

    # The ways in -----------------------------------------------------------------------------

    def press(self, capture: Capture | None = None) -> None:
        """The key went down: whatever goes on is silenced, and the microphone listens.

        ``capture`` listens instead of the own microphone (somebody in the room talks, say).
        """
        self.stop()
        turn = spoken_turn(self.turns.next_id(), muted=self.choices.muted)
        listening = self._listen(turn.turn_id, capture or self.capture)
        self._run(turn, lambda: self._spoken(turn.turn_id, listening), listening)

    def release(self) -> None:
        """The key came up. Ignored where nothing listens."""
        if self._listening is not None:
            self._listening.release()

    def ask(self, question: str) -> None:
        """A typed question; whatever goes on is silenced. Ignored when blank."""
        if not question.strip():
            return
        self.stop()
        turn = typed_turn(self.turns.next_id(), question.strip(), muted=self.choices.muted)
        self._run(turn, lambda: self._answer(turn.turn_id, turn.question))
        self.bus.publish(TranscriptReady(turn.turn_id, self._clock(), turn.question, typed=True))

    def stop(self) -> None:
        """Silence, now: the turn in flight ends as far as it was heard. Ignored between turns.

        In this order: the voice is told, the speaker is flushed, the language model is cancelled,
        the heard text is cut where the sound stopped.
        """
        turn = self.turn
        if turn is None or not turn.live or self._task is None:
            return
        heard_text = self._voicing.silence()
        self._task.cancel()
        if self._listening is not None:
            self._listening.abandon()
        self._preparation.drop()
        self.turns.step(turn.turn_id, Interrupted(heard_text))

    def mute(self, muted: bool) -> None:
        """Switches the voice off or on. A reply that has begun goes on as text in both cases."""
        self.choices = replace(self.choices, muted=muted)
        self.bus.publish(VoiceMuted(NO_TURN, self._clock(), muted))
        turn = self.turn
        if turn is None or not turn.live or turn.muted == muted:
            return
        if muted:
            self._voicing.silence()
            self._voicing.forget()
            self.turns.step(turn.turn_id, Muted())
        elif turn.asking:
            self.playout.prepare()
            self.turns.step(turn.turn_id, Unmuted())

    def forget(self, turn_ids: Collection[TurnId]) -> None:
        """Leaves these turns out of what the model is told; the one in flight ends if it is among them."""
        if self.turn is not None and self.turn.turn_id in turn_ids:
            self.stop()
        self.turns.forget(turn_ids)

    def recall(self, turns: Iterable[Turn]) -> None:
        """Tells the model of forgotten turns again, each in its place."""
        self.turns.recall(turns)

    def resume(self, turns: Iterable[Turn]) -> None:
        """Goes on with another conversation, of which ``turns`` were already held."""
        self.stop()
        self.turns.resume(turns)

    # A turn ----------------------------------------------------------------------------------

    async def _spoken(self, turn_id: TurnId, listening: Listening) -> None:
        self._preparation.begin(self.brain, self._prompt(None))
        try:
            question = await listening.hear()
        finally:
            listening.abandon()
        if not question:
            raise UtteranceError("Nothing was understood.", "Speak a little louder or closer, and ask again.")
        self.turns.publish(turn_id, TranscriptReady(turn_id, self._clock(), question))
        await self._answer(turn_id, question)

    async def _answer(self, turn_id: TurnId, question: str) -> None:
        prompt = self._prompt(question)
        speaking = self._voicing.begin(turn_id, self.voice, self.playout, self.choices.voice, self.pace)
        try:
            async with asyncio.TaskGroup() as group:
                if speaking is not None:
                    group.create_task(self._voicing.be_heard(turn_id, speaking))
                await self._write(turn_id, prompt, speaking)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _write(self, turn_id: TurnId, prompt: Sequence[Message], speaking: Speaking | None) -> None:
        """The reply as text: each delta into the view and its words into the voice, at once."""
        self._preparation.hand_over()
        brain = await self.brain.call(lambda brain: brain)
        speakable = Speakable(self.choices.language, self.choices.voice.speakers)
        written: list[str] = []
        try:
            async with contextlib.aclosing(brain.reply(prompt)) as deltas:
                async for delta in deltas:
                    written.append(delta)
                    self.turns.publish(turn_id, ReplyDelta(turn_id, self._clock(), delta))
                    if speaking is not None:
                        speaking.say(speakable.feed(delta))
        except AloudError:
            if speaking is not None and written:  # what was received is still worth hearing
                speaking.say(speakable.end())
                speaking.end()
                await speaking.heard.wait()
            raise
        if speaking is not None:
            speaking.say(speakable.end())
            speaking.end()
        self.turns.publish(turn_id, ReplyCompleted(turn_id, self._clock(), "".join(written)))

    # The parts of it -------------------------------------------------------------------------

    def _listen(self, turn_id: TurnId, capture: Capture) -> Listening:
        return Listening(
            turn_id,
            capture,
            self.ears,
            lambda event: self.turns.publish(turn_id, event),
            lambda text, whole: self._preparation.read_ahead(self._prompt(text), likely=whole),
            self.turns.notice,
            partials=self.choices.partials,
            longest_s=self.choices.longest_utterance_s,
            clock=self._clock,
        )

    def _prompt(self, question: str | None) -> list[Message]:
        return context.messages(self.choices.system_prompt, self.turns.ended, question)

    def _run(self, turn: Turn, body: Body, listening: Listening | None = None) -> None:
        self.turns.current, self._listening = turn, listening
        self._voicing.forget()
        whole = guarded(self.turns, turn.turn_id, body, self._voicing.silence, self._preparation.drop)
        self._task = asyncio.get_running_loop().create_task(whole)
        self._task.add_done_callback(lambda ended: self.tend())
        if not turn.muted:
            self.playout.prepare()
