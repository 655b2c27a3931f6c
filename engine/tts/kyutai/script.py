"""The words of a reply on their way into the text machine, passage by passage."""

from collections.abc import Iterator, Sequence
from typing import Final

from engine.ports import SpeakableWord, WordSource
from engine.tts.kyutai.entries import EntryMaker
from engine.tts.kyutai.loader import LoadedModel
from engine.tts.kyutai.text_machine import TextMachine

FINAL_PADDING: Final = 4
"""Steps that follow the last word (moshi_mlx ``TTSModel.final_padding``)."""

_STEPS_A_WORD: Final = 12
"""Room, in steps, that is left for each word that is queued when a passage ends: about a second."""

_SENTENCE_ENDS: Final = (".", "!", "?", "…", ".”", '."', "!”", "?”")


class Known:
    """A ``WordSource`` of words that are all known."""

    def __init__(self, words: Sequence[SpeakableWord]) -> None:
        self._words = iter(words)

    def __iter__(self) -> Iterator[SpeakableWord]:
        return self

    def __next__(self) -> SpeakableWord:
        return next(self._words)

    def waits(self) -> bool:
        """Never: all words are there."""
        return False


class Script:
    """The words of one reply, and where it is cut into passages.

    A passage is what is spoken from one set of caches. It ends with the reply, or where a sentence
    ends once most of the model's context is used, or at any word where next to nothing of it is
    left: the model hears ``context_steps`` back and garbles what goes far beyond its training.
    """

    def __init__(self, words: WordSource, model: LoadedModel, speakers: int, anchored: bool) -> None:
        config = model.config
        self.known: list[SpeakableWord] = []
        self._words = words
        self._tokenizer = model.tokenizer
        self._speakers = speakers
        self._maker = EntryMaker(model.tokenizer, speakers)
        tail = config.delay_steps + FINAL_PADDING + _STEPS_A_WORD * (config.words_ahead + 1)
        self._last_step = max(1, config.context_steps - tail) if anchored else 1 << 62
        self._good_step = int(0.7 * self._last_step)
        self._ended = False
        self._told = 0
        self._sentence_ended = False

    @property
    def more(self) -> bool:
        """Whether there may be words that no passage has taken; true before the first is known."""
        return not self._ended

    def waits(self) -> bool:
        """Whether ``feed`` would block now."""
        return self._words.waits()

    def begin(self) -> None:
        """Begins a passage: its first word is marked with its speaker again."""
        self._maker = EntryMaker(self._tokenizer, self._speakers, self._maker.speaker)

    def tell(self, end: int) -> list[SpeakableWord]:
        """The known words up to index ``end`` that were not told before; each is told once."""
        words = self.known[self._told : end]
        self._told = max(self._told, end)
        return words

    def feed(self, machine: TextMachine) -> None:
        """Hands the next word to ``machine`` or finishes it. Blocks until the word is known.

        Raises ``Cancelled`` where the reply is called off meanwhile.
        """
        if machine.step >= self._last_step or (self._sentence_ended and machine.step >= self._good_step):
            self._sentence_ended = False
            machine.finish()
            return
        word = next(self._words, None)
        if word is None:
            self._ended = True
            machine.finish()
            return
        for entry in self._maker.entries(word.text, word.pause_s, len(self.known)):
            machine.add(entry)
        self._sentence_ended = word.text.endswith(_SENTENCE_ENDS)
        self.known.append(word)
