"""Words as the model takes them: normalised, cut into tokens, with the pauses between them.

The rules are those of moshi_mlx's ``script_to_entries`` (kyutai-labs/moshi, ``moshi_mlx/models/tts.py``),
applied to one word at a time. Needs the tokenizer and no MLX.
"""

import re
from typing import Any, Final

from engine.tts.kyutai.config import FRAME_RATE_HZ
from engine.tts.kyutai.text_machine import Entry

PADDING_BETWEEN: Final = 1
"""Steps forced between words, which makes the model articulate better (moshi_mlx ``run_tts``)."""

_SPEAKER_TOKENS: Final = (1, 2)
"""Tokens that begin a turn of the main and of the other speaker (moshi_mlx ``TokenIds``)."""

_TURN: Final = re.compile(r"S([1-5]):")


class EntryMaker:
    """Makes the entries of one stretch of speech; the first carries the mark of its speaker.

    ``speakers``: how many voices the reply has. With more than one, a word ``S1:`` to ``S5:`` is not
    spoken but begins that speaker's turn; the model itself only tells apart that the turn passes from
    one speaker to the other.
    """

    def __init__(self, tokenizer: Any, speakers: int = 1, speaker: int = 0) -> None:
        self.speaker = speaker
        self._tokenizer = tokenizer
        self._speakers = speakers
        self._marked: int | None = None

    def entries(self, text: str, pause_s: float, index: int) -> list[Entry]:
        """The entries of a word and the pause after it; none where nothing of it can be spoken.

        ``index`` goes to the first of them only, so that a word is told once.
        """
        turn = _TURN.fullmatch(text) if self._speakers > 1 else None
        if turn:
            self.speaker = (int(turn[1]) - 1) % self._speakers
            return []
        made: list[Entry] = []
        for part in _normalised(text):
            tokens = list(self._tokenizer.encode(part))
            mark = self.speaker % len(_SPEAKER_TOKENS)
            if self._marked != mark:
                self._marked = mark
                tokens.insert(0, _SPEAKER_TOKENS[mark])
            padding = max(0, PADDING_BETWEEN + len(tokens) - 1)
            made.append(Entry(tuple(tokens), padding, -1 if made else index))
        pause_steps = round(pause_s * FRAME_RATE_HZ)
        if made and pause_steps:
            made.append(Entry((), pause_steps))
        return made


def _normalised(text: str) -> list[str]:
    text = text.replace("’", "'").replace(":", " ").replace("(", "").replace(")", "")
    return text.split()
