"""The embedded recogniser: Moonshine tiny for English, whose weights come inside a package.

WER 6.7 % on recorded speech at about a thirtieth of real time on two old cores: enough to talk with at
once, and Parakeet is offered beside it.
"""

import importlib.util
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import BackendUnavailable
from engine.pcm import SILENCE, Pcm
from engine.stt.moonshine_model import MoonshineModel
from engine.stt.utterance import checked, cut_at_quiet, is_silent, padded
from engine.units import HEARING_RATE_HZ, s_to_samples

_PADDING_SAMPLES: Final = s_to_samples(0.3, HEARING_RATE_HZ)
"""Silence before and after every utterance: a word that begins with the first sample is misheard."""

_LONGEST_SAMPLES: Final = s_to_samples(20.0, HEARING_RATE_HZ)
"""The model grows slow and forgetful beyond about half a minute; long sound is heard in pieces."""


_HEARD_IN_NOISE: Final = frozenset({"", "you", "uh", "um", "thank you for watching"})
"""What the model says, word for word, of sound without speech: "You" for white and brown noise of any
loudness and length, a row of notes or "Uh?" for hum. Nobody asks a question that is just this."""


def packaged_folder() -> Path:
    """Where the package moonshine-voice keeps the weights; nothing of it is imported.

    Raises ``BackendUnavailable`` where it is not installed.
    """
    spec = importlib.util.find_spec("moonshine_voice")
    if spec is None or spec.origin is None:
        raise BackendUnavailable(
            "The embedded recogniser's weights are not installed.",
            "Run `make install`, download Parakeet in the settings, or type instead of speaking.",
        )
    return Path(spec.origin).parent / "assets" / "tiny-en"


class MoonshineTranscriber:
    """The ``Transcriber`` port over Moonshine.

    ``folder`` holds a Moonshine model with its vocabulary; None for the packaged one. Loading
    takes about 0.4 s. Raises ``BackendUnavailable``, ``ModelMissing`` and ``ModelDamaged``.
    """

    def __init__(self, folder: Path | None = None, threads: int = 2) -> None:
        self._model: MoonshineModel | None = MoonshineModel(folder or packaged_folder(), threads)
        self._last_samples = SILENCE
        self._last_tokens: list[int] = []

    def warm(self) -> None:
        """Transcribes a second of faint noise, as silence would be turned away before the model."""
        noise = np.random.default_rng(0).standard_normal(HEARING_RATE_HZ).astype(np.float32)
        self._piece(noise * np.float32(0.01))
        self._last_samples = SILENCE

    def transcribe(self, samples: Pcm) -> str:
        """The text of ``samples``; "" for silence or no samples.

        Remembers its last answer as a first guess, so that a buffer that grew is heard faster;
        the text does not depend on it. Raises ``TypeError`` for samples that are not floats.
        """
        samples = checked(samples)
        if is_silent(samples):
            return ""
        pieces = (
            self._piece(piece) for piece in cut_at_quiet(samples, _LONGEST_SAMPLES) if not is_silent(piece)
        )
        return " ".join(text for text in pieces if text)

    def close(self) -> None:
        """Lets go of the weights."""
        self._model = None

    def _piece(self, samples: Pcm) -> str:
        assert self._model is not None, "transcribe after close"
        grown = 0 < len(self._last_samples) <= len(samples) and np.array_equal(
            self._last_samples, samples[: len(self._last_samples)]
        )
        tokens = self._model.tokens(padded(samples, _PADDING_SAMPLES), self._last_tokens if grown else ())
        # The head is enough to know the utterance again, and a copy so that a reused buffer can't change it.
        self._last_samples = samples[:HEARING_RATE_HZ].copy()
        self._last_tokens = tokens
        text = self._model.text(tokens)
        words = "".join(c for c in text.lower() if c.isalnum() or c == " ").strip()
        return "" if words in _HEARD_IN_NOISE else text
