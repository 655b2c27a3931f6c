"""The loop that everybody writes first: record, transcribe, ask, and speak sentence by sentence."""

import asyncio
import re
import time
from collections.abc import Iterator

import numpy as np

from engine.pcm import Pcm
from engine.ports import LanguageModel, Message, SpeakableWord, Synthesizer, Transcriber
from engine.supervise import Supervisor

SENTENCE = re.compile(r"(.+?[.!?])\s", re.DOTALL)
AUDIBLE = 0.003


class _Sentence:
    """The WordSource of a whole sentence."""

    def __init__(self, text: str) -> None:
        self._words = iter([SpeakableWord(word, 0, 0) for word in text.split()])

    def __iter__(self) -> Iterator[SpeakableWord]:
        return self._words

    def __next__(self) -> SpeakableWord:
        return next(self._words)

    def waits(self) -> bool:
        """Never: all of it is there."""
        return False


class NaiveLoop:
    """One conversation in sequence over the same three models; nothing overlaps and nothing is prepared."""

    def __init__(
        self,
        ears: Supervisor[Transcriber],
        brain: LanguageModel,
        voice: Supervisor[Synthesizer],
        system_prompt: str,
    ) -> None:
        self._ears = ears
        self._brain = brain
        self._voice = voice
        self._messages = [Message("system", system_prompt)]

    def forget(self) -> None:
        """Begins another conversation."""
        del self._messages[1:]

    async def turn(self, samples: Pcm) -> float:
        """Answers one utterance; seconds from its end to the first audible synthesized sample."""
        released_at_s, first_at_s = time.monotonic(), 0.0
        question = await self._ears.call(lambda ears: ears.transcribe(samples))
        self._messages.append(Message("user", question))
        unspoken, reply = "", ""
        async for delta in self._brain.reply(self._messages):
            unspoken, reply = unspoken + delta, reply + delta
            while (sentence := SENTENCE.match(unspoken)) is not None:
                unspoken = unspoken[sentence.end() :]
                first_at_s = first_at_s or await self._speak(sentence[1])
        if unspoken.strip():
            first_at_s = first_at_s or await self._speak(unspoken)
        self._messages.append(Message("assistant", reply))
        await asyncio.sleep(0)
        return first_at_s - released_at_s

    async def _speak(self, sentence: str) -> float:
        """When the sentence's first audible sample would be heard, were it played once it is whole."""

        def job(voice: Synthesizer) -> Pcm:
            return np.concatenate([piece.samples for piece in voice.speak(_Sentence(sentence))])

        sound = await self._voice.call(job)
        loud = np.flatnonzero(np.abs(sound) > AUDIBLE)
        return time.monotonic() + (float(loud[0]) / 24_000 if len(loud) else 0.0)
