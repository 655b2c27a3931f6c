"""The last stage and the way in: deltas of Markdown to words."""

import re
from typing import Final

from engine.ports import SpeakableWord
from engine.text.blocks import Blocks
from engine.text.groups import Around
from engine.text.inline import Inline
from engine.text.language import language_of
from engine.text.normalise import Said, normaliser_of
from engine.text.pieces import Piece

LONGEST_TOKEN: Final = 200
"""Characters after which text without white space is cut, so that it can't be held for ever."""

_STOPS: Final = {"。": ".", "！": "!", "？": "?", "，": ",", "、": ",", "；": ",", "…": "..."}
"""Marks that stand between words without white space."""

_TIGHT_DASHES: Final = "—―"
"""Dashes that stand between words without white space, and may stand between two amounts as well."""

_SPEAKS: Final = "$€£¥&@+=%"
"""Signs that, like letters and digits, begin a token that leaves nothing on the word before it."""


_TURN: Final = re.compile("(S[1-5])[\u00a0\u202f]?:")
"""What passes the turn to another speaker, in French perhaps with a space that does not break."""


class Speakable:
    """Makes the words of one reply, fed as it is written.

    The words are the same however the text is cut. A word is let go as soon as the one after it
    begins; only what may still change its meaning is held longer. Nothing blocks; belongs to one
    thread. ``language``: "en" or "fr"; any other is read as English. Where the voice has several
    ``speakers``, what passes the turn ("S2:") is a word of its own, for the voice and not to be spoken.
    """

    def __init__(self, language: str = "en", speakers: int = 1) -> None:
        self._speakers = speakers
        tables = language_of(language)
        self._blocks = Blocks(tables)
        self._inline = Inline(tables)
        self._normaliser = normaliser_of(tables.code)
        self._token: list[Piece] = []
        self._waiting: list[SpeakableWord] = []  # may still get punctuation or a pause
        self._held: list[list[Piece]] = []  # "$3", until it is known whether "million" follows
        self._previous = self._before = ""  # the last two that were said, as written
        self._may_end = False  # whether a capital would make what waits the end of a sentence

    def feed(self, delta: str) -> list[SpeakableWord]:
        """The words that ``delta`` makes certain, in order."""
        out: list[SpeakableWord] = []
        for char in delta:
            for piece in self._blocks.step(char):
                for plain in self._inline.step(piece):
                    self._take(plain, out)
        return out

    def end(self) -> list[SpeakableWord]:
        """The rest, once the reply has ended."""
        out: list[SpeakableWord] = []
        for piece in self._blocks.end():
            for plain in self._inline.step(piece):
                self._take(plain, out)
        for plain in self._inline.end():
            self._take(plain, out)
        self._finish(out)
        self._release(out)
        return out

    def _take(self, piece: Piece, out: list[SpeakableWord]) -> None:
        if piece.is_break:
            self._finish(out)
            self._mark(piece.text, piece.pause_s)
            self._previous = self._before = ""
            return
        char = piece.text
        if char.isspace() and not (char in "\u00a0\u202f" and self._token and self._token[-1].text.isdigit()):
            self._finish_token(out)
            return
        if char in _STOPS:
            self._finish(out)
            self._mark(_STOPS[char], 0.0)
            return
        if char in _TIGHT_DASHES:
            self._finish_token(out)
            self._token.append(piece)
            self._finish_token(out)
            return
        if not self._token and not self._held and (char.isalnum() or char in _SPEAKS):
            if self._may_end and char.isupper():
                self._mark(".", 0.0)
            if self._speakers == 1 or char != "S":  # which may become a turn, before which a sentence ends
                self._release(out)
        if char.isalnum() and _text(self._token[-3:]) == "...":
            self._finish_token(out)
        self._token.append(piece)
        if len(self._token) >= LONGEST_TOKEN:
            self._finish_token(out)

    def _finish(self, out: list[SpeakableWord]) -> None:
        """Ends the token and what is held, with nothing after them."""
        self._finish_token(out)
        self._finish_held("", out)

    def _finish_token(self, out: list[SpeakableWord]) -> None:
        token, self._token = self._token, []
        if not token:
            return
        text = _text(token)
        if self._speakers > 1 and (turn := _TURN.fullmatch(text)):
            self._pass_turn(SpeakableWord(f"{turn[1]}:", token[0].start, token[-1].end), out)
            return
        if self._held:
            held = [_text(part) for part in self._held]
            if self._normaliser.goes_on(held, text, self._previous):
                self._held.append(token)
                if self._normaliser.is_closed([*held, text]):
                    self._finish_held("", out)
                return
            self._finish_held(text, out)
        if self._normaliser.may_go_on(text, self._previous):
            self._held = [token]
            return
        self._say(token, text, "", out)

    def _pass_turn(self, turn: SpeakableWord, out: list[SpeakableWord]) -> None:
        """What was said before ends there, and nothing is ever added to the turn itself."""
        self._finish_held("", out)
        self._mark(".", 0.0)
        self._release(out)
        self._previous, self._before, self._may_end = "", "", False
        out.append(turn)

    def _finish_held(self, following: str, out: list[SpeakableWord]) -> None:
        held, self._held = self._held, []
        texts = [_text(token) for token in held]
        if len(held) > 1 and self._normaliser.is_one(texts):
            self._say([piece for token in held for piece in token], " ".join(texts), following, out)
        else:
            for token, text, after in zip(held, texts, [*texts[1:], following], strict=False):
                self._say(token, text, after, out)
        if held and self._may_end and following[:1].isupper():
            self._mark(".", 0.0)

    def _say(self, token: list[Piece], text: str, following: str, out: list[SpeakableWord]) -> None:
        said: Said = self._normaliser.say(text, Around(self._previous, self._before, following))
        if said.lead or not said.words:
            self._mark(said.lead or said.tail, 0.0)
        if not said.words:
            return
        self._before, self._previous = said.before or self._previous, said.written
        self._release(out)
        start, end = token[0].start, token[-1].end
        self._waiting = [SpeakableWord(word, start, end) for word in said.words]
        self._mark(said.tail, 0.0)
        self._may_end = said.may_end

    def _mark(self, mark: str, pause_s: float) -> None:
        """Puts punctuation on the word that waits, unless it has some that is stronger."""
        if not self._waiting:
            return
        last = self._waiting[-1]
        text = last.text
        if mark and (
            not text.endswith((".", "!", "?", ",", ";", ":")) or (text[-1] in ",;:" and mark in ".!?")
        ):
            text = text.rstrip(",;:") + mark
        pause_s = max(last.pause_s, pause_s)
        self._waiting[-1] = SpeakableWord(text, last.source_start, last.source_end, pause_s)

    def _release(self, out: list[SpeakableWord]) -> None:
        out += self._waiting
        self._waiting = []


def _text(token: list[Piece]) -> str:
    return "".join(piece.text for piece in token)


def prepare(language: str = "en") -> None:
    """Reads the tables that spell numbers, so that the first number of a reply costs no 30 ms."""
    speakable_text("1 2nd 1999", language)


def speakable_text(markdown: str, language: str = "en") -> str:
    """What is said for a whole text, its words joined by single spaces."""
    speakable = Speakable(language)
    return " ".join(word.text for word in [*speakable.feed(markdown), *speakable.end()])
