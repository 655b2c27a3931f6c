"""Markdown, as it is being written, made into words that can be spoken.

Four stages, each pure and each fed one character at a time, so that the words never depend on how
the text was cut into deltas::

    blocks     headings, lists, code, tables, rules    -> characters and breaks
    inline     emphasis, links, code spans, HTML, math -> plain characters
    normalise  numbers, units, symbols, abbreviations  -> words for one token, or for a few that are one
    speakable  tokens -> SpeakableWords, released as soon as they can't change any more
"""

from engine.text.sentences import Sentences, ends_clause, ends_sentence
from engine.text.speakable import Speakable, prepare, speakable_text

__all__ = ["Sentences", "Speakable", "ends_clause", "ends_sentence", "prepare", "speakable_text"]
