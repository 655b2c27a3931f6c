"""Where spoken sentences and clauses end, told word by word."""

from typing import Final

from engine.ports import SpeakableWord

_SENTENCE: Final = (".", "!", "?")
_CLAUSE: Final = (*_SENTENCE, ",", ";", ":")


def ends_sentence(word: SpeakableWord) -> bool:
    """Whether a sentence ends with ``word``. Abbreviations have lost their full stop by then."""
    return word.text.endswith(_SENTENCE) and not word.text.endswith("...")


def ends_clause(word: SpeakableWord) -> bool:
    """Whether one would draw breath after ``word``."""
    return word.text.endswith(_CLAUSE) or word.pause_s > 0


class Sentences:
    """Gathers words into sentences, as they come. ``push`` and ``flush`` return a sentence or None."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def push(self, word: SpeakableWord) -> str | None:
        """Takes the next word; returns the sentence that it ends."""
        self._words.append(word.text)
        return self.flush() if ends_sentence(word) or word.pause_s > 0 else None

    def flush(self) -> str | None:
        """What has come of an unfinished sentence."""
        words, self._words = self._words, []
        return " ".join(words) or None
