"""Words and phrases that are neither asked nor spoken: found in a text, or taken out of a voice."""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from engine.ports import SpeakableWord

_WORD: Final = re.compile(r"\w+")


class Phrases:
    """Finds any of ``phrases`` in whole words, whatever their case, spacing and punctuation.

    A phrase without letters or digits (a picture, say) is found wherever it stands. ``longest`` is how many
    words the longest has.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        folded = [phrase.casefold().strip() for phrase in phrases]
        self._sequences = {words for phrase in folded if (words := _words(phrase))}
        self._signs = tuple(phrase for phrase in folded if phrase and not _words(phrase))
        self.longest = max(map(len, self._sequences), default=0)

    def found_in(self, text: str) -> bool:
        """Whether one of them is in ``text``."""
        words = _words(text.casefold())
        return any(sign in text.casefold() for sign in self._signs) or any(
            words[start : start + length] in self._sequences
            for start in range(len(words))
            for length in range(1, self.longest + 1)
        )

    def may_begin_with(self, text: str) -> bool:
        """Whether ``text`` is the beginning of one of them, and not yet the whole."""
        words = _words(text.casefold())
        return bool(words) and any(
            len(words) < len(sequence) and sequence[: len(words)] == words for sequence in self._sequences
        )


class Sieve:
    """Takes the phrases out of words that come one after another, and holds back what may begin one."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._held: list[SpeakableWord] = []
        self._spoken: deque[SpeakableWord] = deque(maxlen=max(0, phrases.longest - 1))

    def feed(self, words: Iterable[SpeakableWord]) -> list[SpeakableWord]:
        """What is sure to be spoken now, of what came before and of ``words``."""
        sure: list[SpeakableWord] = []
        for word in words:
            self._held.append(word)
            self._take_out()
            while self._held and not self._phrases.may_begin_with(_text(self._held)):
                sure += self._speak(self._held.pop(0))
        return sure

    def end(self) -> list[SpeakableWord]:
        """The rest: nothing follows."""
        rest, self._held = self._held, []
        return [spoken for word in rest for spoken in self._speak(word)]

    def _take_out(self) -> None:
        """Drops the phrase that ends with the last held word, if one does."""
        for start in reversed(range(len(self._held))):
            if self._phrases.found_in(_text(self._held[start:])):
                del self._held[start:]
                return

    def _speak(self, word: SpeakableWord) -> list[SpeakableWord]:
        """``word``, unless it makes a phrase whole with what was left on both sides of another one."""
        if self._phrases.found_in(_text([*self._spoken, word])):
            return []
        self._spoken.append(word)
        return [word]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))


def _text(words: Sequence[SpeakableWord]) -> str:
    return " ".join(word.text for word in words)
