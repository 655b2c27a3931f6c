"""A part of a reply that is spoken from one set of caches: steps in, pieces of sound out."""

from collections.abc import Generator

from engine.pcm import SILENCE, Pcm, SpokenWord
from engine.ports import Speech
from engine.tts.kyutai.codec import PendingSound
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.script import FINAL_PADDING, Script
from engine.tts.kyutai.silence import LeadingSilence
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.text_machine import INITIAL_PADDING, TextMachine
from engine.units import FRAME_SAMPLES


class Passage:
    """Speaks the words of ``script`` until it ends the passage.

    ``loop`` stands at its beginning. ``offset_samples`` is what the reply has emitted before, and
    ``samples`` what this passage has emitted so far. ``eager``: the first sound is given out before
    another step is queued; the second comes two steps later then, and every other one step.
    """

    def __init__(
        self, model: LoadedModel, loop: StepLoop, script: Script, offset_samples: int, *, eager: bool = False
    ) -> None:
        self.samples = 0
        self._codec = model.codec
        self._loop = loop
        self._script = script
        self._machine = TextMachine(model.config.words_ahead)
        self._tail_steps = model.config.delay_steps + FINAL_PADDING
        self._offset_samples = offset_samples
        self._eager = eager
        self._silence = LeadingSilence(INITIAL_PADDING * FRAME_SAMPLES)
        self._begun: list[tuple[int, int]] = []
        """Words not told yet: their index in the script and the step they began at."""

    def pieces(self) -> Generator[Speech, None, None]:
        """The passage, a piece a step; while the device works on a step, the piece before is yielded."""
        machine = self._machine
        pending: PendingSound | None = None
        self._script.begin()
        self._codec.reset()
        while not self._over:
            while not machine.ready:
                if pending is not None and self._script.waits():
                    yield self._speech(pending())
                    pending = None
                self._script.feed(machine)
            if machine.finished and not machine.fed:
                break
            stepped = self._loop.step(machine.preview())
            decoding = self._codec.decode(stepped.frame) if stepped.frame is not None else None
            if self._eager and decoding is not None and not self.samples:
                pending, decoding = decoding, None  # the first sound does not wait for another step
            if pending is not None or decoding is None:
                yield self._speech(SILENCE if pending is None else pending())
            begun = machine.advance(self._loop.is_word(stepped.answer)).begun
            if begun is not None and begun >= 0:
                self._begun.append((begun, machine.step - 1))
            pending = decoding
        yield self._speech(SILENCE if pending is None else pending(), last=True)

    @property
    def _over(self) -> bool:
        end = self._machine.end_step
        return end is not None and self._machine.step >= end + self._tail_steps

    def _speech(self, samples: Pcm, *, last: bool = False) -> Speech:
        samples = self._silence.cut(samples)
        self.samples += len(samples)
        told: list[SpokenWord] = []
        while self._begun and (last or self._position(self._begun[0][1]) < self.samples):
            index, step = self._begun.pop(0)
            told += self._told(index + 1, min(self._position(step), self.samples))
        if last and not self._script.more:
            told += self._told(len(self._script.known), self.samples)
        return Speech(samples, tuple(told))

    def _told(self, end: int, position: int) -> list[SpokenWord]:
        """The script's words up to ``end`` that were not told; what can't be spoken comes with the next."""
        words = self._script.tell(end)
        offset = self._offset_samples + position
        return [SpokenWord(word.text, offset, word.source_start, word.source_end) for word in words]

    def _position(self, step: int) -> int:
        """Where in the passage's emitted sound a word is heard that began at ``step``."""
        return max(0, step * FRAME_SAMPLES - self._silence.cut_samples)
