"""The text side of the model, as a pure machine: words in, the two text tokens of each step out.

At every step the model says whether it would begin the next word now or pad; this machine decides
what it is fed, by the rules of moshi_mlx's ``StateMachine`` (kyutai-labs/moshi,
``moshi_mlx/models/tts.py``), and gives the same tokens for the same words. It differs in three ways:
words may arrive while it runs, it says beforehand what either answer of the model would lead to
(so that the step need not wait for the answer), and it says when it must not run for want of words.

Knows neither MLX nor the tokenizer. Used on one thread.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple

NEW_WORD: Final = 0
"""The model's token for "the next word begins"; as input it stands in the second stream."""

PAD: Final = 3
"""The model's token for "nothing new"."""

NOTHING: Final = -1
"""An absent second-stream token; its embedding is zero."""

INITIAL_PADDING: Final = 2
"""Padding before the first word, in steps, so that it is not cut (moshi_mlx ``run_tts``)."""

MAX_PADDING: Final = 8
"""Most padding in a row that the model may choose, in steps (moshi_mlx ``run_tts``)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word's tokens, or a pause where there are none.

    ``padding``: steps that must pass after the word has begun before the next one may.
    ``index``: whatever the owner knows the word by; told back in ``Advance.begun``.
    """

    tokens: tuple[int, ...]
    padding: int
    index: int = -1


class TextInput(NamedTuple):
    """What the model is fed at the next step: a token of each stream (``NOTHING`` for none)."""

    main: int
    second: int


class Preview(NamedTuple):
    """What each answer of the model would lead to; ``forced`` where the answer does not matter."""

    if_word: TextInput
    if_pad: TextInput
    forced: bool


class Advance(NamedTuple):
    """What a step did. ``begun``: the index of the entry whose word began with it, or None."""

    fed: TextInput
    begun: int | None


class TextMachine:
    """The words of one reply on their way into the model.

    ``words_ahead``: how many words beyond the one that begins must be known, at least 1 (the
    published model wants 2). ``add`` and ``finish`` feed it; ``ready``, ``preview`` and ``advance`` run it.
    ``fed``: whether any word was added. ``end_step``: the step at which the model wanted a word and
    there was none left.
    """

    def __init__(
        self, words_ahead: int, initial_padding: int = INITIAL_PADDING, max_padding: int = MAX_PADDING
    ) -> None:
        self.step = 0
        self.end_step: int | None = None
        self._words_ahead = words_ahead
        self._max_padding = max_padding
        self.fed = False
        self.finished = False
        self._entries: deque[Entry] = deque()
        self._main: deque[int] = deque()
        self._second: deque[int] = deque()
        self._may_pad = initial_padding
        self._must_pad = initial_padding

    def add(self, entry: Entry) -> None:
        """Queues a word or a pause behind those already known. Not after ``finish``."""
        assert not self.finished
        self.fed = True
        self._entries.append(entry)

    def finish(self) -> None:
        """Says that no more words come, so that those held back may be spoken."""
        self.finished = True

    @property
    def ready(self) -> bool:
        """Whether the next step can be taken without knowing more words."""
        if self.finished or self._padding_forced:
            return True
        if not self._entries:
            return False
        return not self._entries[0].tokens or self._known_ahead() > self._words_ahead

    def preview(self) -> Preview:
        """What the next step will feed for each answer of the model. Only when ``ready``."""
        if self._padding_forced:
            fed = self._fed_by(word=False)
            return Preview(fed, fed, True)
        if self._may_pad <= 0:
            fed = self._fed_by(word=True)
            return Preview(fed, fed, True)
        if self.end_step is not None and not self._entries:  # no answer begins a word any more
            fed = self._fed_by(word=False)
            return Preview(fed, fed, True)
        if_word, if_pad = self._fed_by(word=True), self._fed_by(word=False)
        return Preview(if_word, if_pad, False)

    def advance(self, word: bool) -> Advance:
        """Takes the step; ``word`` is the model's answer (any, where the preview was forced)."""
        if self._padding_forced:
            word = False
        elif self._may_pad <= 0:
            word = True
        fed = self._fed_by(word)
        entry = self._entries.popleft() if word and self._entries else None
        if entry is not None:
            self._begin(entry)
        speaks = entry is not None and bool(entry.tokens)
        ends = word and entry is None and self.end_step is None
        if ends:
            self.end_step = self.step
        if not speaks and not ends:
            self._may_pad = max(0, self._may_pad - 1)
            self._must_pad = max(0, self._must_pad - 1)
        self._consume(new_word=fed.second == NEW_WORD)
        self.step += 1
        return Advance(fed, entry.index if entry is not None and speaks else None)

    @property
    def _padding_forced(self) -> bool:
        return bool(self._main) or self._must_pad > 0

    def _known_ahead(self) -> int:
        count = 0
        for entry in self._entries:
            count += bool(entry.tokens)
            if count > self._words_ahead:
                break
        return count

    def _fed_by(self, word: bool) -> TextInput:
        """What the step feeds if its answer, after all rules, is ``word``."""
        if word and self._entries and self._entries[0].tokens:
            return TextInput(self._entries[0].tokens[0], NEW_WORD)
        if word and not self._entries and self.end_step is None:
            return TextInput(PAD, NEW_WORD)
        return TextInput(self._main[0] if self._main else PAD, self._second[0] if self._second else NOTHING)

    def _begin(self, entry: Entry) -> None:
        self._must_pad = entry.padding
        if not entry.tokens:
            return
        self._may_pad = self._max_padding
        self._main.extend(entry.tokens)
        self._second.extend(self._tokens_ahead())

    def _tokens_ahead(self) -> tuple[int, ...]:
        remaining = self._words_ahead
        for entry in self._entries:
            if entry.tokens:
                remaining -= 1
                if remaining == 0:
                    return entry.tokens
        return ()

    def _consume(self, *, new_word: bool) -> None:
        if self._main:
            self._main.popleft()
        if not new_word and self._second:
            self._second.popleft()
