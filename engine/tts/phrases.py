"""Where to cut a reply's words into phrases, for voices that speak a whole phrase at a time.

The first phrase is short, so that the first sound comes soon; a later one ends with its sentence
where there is sound enough in hand, and with the clause or a few words where it would run dry.
"""

from typing import Final

from engine.ports import SpeakableWord
from engine.text.sentences import ends_clause, ends_sentence

Phrase = tuple[SpeakableWord, ...]
"""Words that are spoken in one go; empty where it is better to wait."""

FIRST_WORDS: Final = 4
"""Fewest words of a first phrase that no punctuation ends: fewer sound like a stammer."""

FIRST_LONGEST: Final = 6
LONGEST: Final = 36
"""Most words of a phrase; about 200 phonemes, half of what hibari was trained on."""

CLAUSE_LEAD_S: Final = 1.5
"""With less sound in hand than this a clause is spoken without waiting for its sentence: a sentence
of 15 words takes a model of 10 words/s that long to write."""

WORDS_LEAD_S: Final = 0.4
"""With less than this a few words are spoken without waiting for the clause."""

_FUNCTION_WORDS: Final = frozenset(
    """
    a an the this that these those my your his her its our their some any no every each
    of in on at by for with from to into onto over under about after before between through during
    without within against among around as like than per near off up down out
    and or but nor so yet if because while when where who which whose what how why though
    although unless until is are was were be been being am has have had do does did
    can could will would shall should may might must
    i you he she it we they not very
    le la les l' un une des du de d' ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos
    leur leurs au aux à en dans sur sous par pour avec sans chez vers entre et ou mais donc or ni car que qui
    quand si comme où est sont était étaient a ont avait je tu il elle on nous vous ils elles ne se
    """.split()  # noqa: SIM905 - quoting each of 200 words would hide them
)
_LIGHT: Final = frozenset(("i", "you", "he", "she", "it", "we", "they", "not", "up", "down", "out", "off"))
_OPENING: Final = _FUNCTION_WORDS - _LIGHT
"""Words that lean on the next one: a phrase never ends with them."""


def leans_forward(word: SpeakableWord) -> bool:
    """Whether ``word`` belongs to what follows (an article, a preposition): no phrase ends with it."""
    return word.text.lower() in _OPENING  # punctuation attached to it would free it


def begins_group(word: SpeakableWord) -> bool:
    """Whether a new group of words begins with ``word``, so that a phrase may end before it."""
    return word.text.lower().rstrip(",.;:!?") in _FUNCTION_WORDS


class PhraseChunker:
    """Gathers words into phrases. Pure; every phrase's words together are the words that were pushed.

    ``lead_s`` is how much sound is made and not yet heard.
    """

    def __init__(self) -> None:
        self._words: list[SpeakableWord] = []
        self._is_first = True

    def push(self, word: SpeakableWord, lead_s: float) -> Phrase:
        """Takes the next word; returns a phrase that can be spoken now, or nothing."""
        if self._may_end_before(word, lead_s):
            phrase = self._take()
            self._words.append(word)
            return phrase
        self._words.append(word)
        return self._take() if self._ends_with(word, lead_s) else ()

    def hurry(self, lead_s: float) -> Phrase:
        """Asked when the text is late: what had better be spoken than waited with, or nothing."""
        count = len(self._words)
        if not count or leans_forward(self._words[-1]):
            return ()
        if self._is_first:
            return self._take() if count >= FIRST_WORDS else ()
        few = 3 if ends_clause(self._words[-1]) else FIRST_WORDS
        return self._take() if lead_s < WORDS_LEAD_S and count >= few else ()

    def flush(self) -> Phrase:
        """The words that are left at the end of the reply."""
        return self._take()

    def _may_end_before(self, word: SpeakableWord, lead_s: float) -> bool:
        count = len(self._words)
        if not count or self._is_one_token(word, self._words[-1]):
            return False
        if leans_forward(self._words[-1]):
            return False
        if self._is_first and count >= FIRST_LONGEST:
            return True
        if not begins_group(word):
            return False
        wants_words = self._is_first or lead_s < WORDS_LEAD_S
        return count >= (FIRST_WORDS if wants_words else LONGEST - FIRST_LONGEST)

    def _ends_with(self, word: SpeakableWord, lead_s: float) -> bool:
        count = len(self._words)
        if ends_sentence(word) or word.pause_s > 0 or count >= LONGEST:
            return True
        if ends_clause(word):
            return count >= (2 if self._is_first else 3) and (self._is_first or lead_s < CLAUSE_LEAD_S)
        is_whole = count < 2 or not self._is_one_token(word, self._words[-2])
        return self._is_first and count >= FIRST_LONGEST and is_whole and not leans_forward(word)

    def _is_one_token(self, word: SpeakableWord, last: SpeakableWord) -> bool:
        """Whether both were written as one ("$5": five dollars)."""
        return (last.source_start, last.source_end) == (word.source_start, word.source_end)

    def _take(self) -> Phrase:
        words, self._words = tuple(self._words), []
        self._is_first = self._is_first and not words
        return words
