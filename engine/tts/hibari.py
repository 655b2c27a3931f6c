"""hibari: a small English voice that is in the package, about a hundred times faster than real time.

Its model works out how many frames each phoneme lasts and keeps that to itself; naming that tensor
as a further output of the graph gives exact word times.
"""

import bisect
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.errors import BackendUnavailable, ExtraMissing, ModelDamaged
from engine.ports import SpeakableWord, Speech, WordSource
from engine.tts.by_phrase import Rendered, speak_by_phrase
from engine.tts.phrases import Phrase
from engine.tts.stretch import SLOWEST
from engine.wording import Wording

if TYPE_CHECKING:
    from hibari import Hibari

LONGEST_PHONEMES: Final = 400
"""Phonemes that the model takes at a time (``hibari.tts.MAX_PHONEMES``)."""

DURATIONS: Final = "/Cast_32_output_0"
"""The tensor of hibari 0.2's graph with each phoneme's length, in frames of 25 ms."""

EARLY_SAMPLES: Final = 1_080
"""45 ms: by how much sound begins before its phoneme's frames do, in the mean of 14 words that follow
a pause (25 to 65 ms); half of it is the model's window of 50 ms."""

_WARM_TEXTS: Final = ("Ready.", "This is a phrase of some length, hibarily spoken to nobody at all.")


class HibariSynthesizer:
    """Keeps the Synthesizer port with hibari's voices.

    English only. The constructor loads the default voice (0.4 s) and raises ``ExtraMissing`` or
    ``ModelDamaged``; another voice is loaded when it is first asked for, and only from disk: nothing
    is downloaded. The same words and voice give the same samples. ``seed`` fixes the breath noise.
    """

    def __init__(self, *, seed: int = 0) -> None:
        try:
            from hibari.voices import DEFAULT, VOICES
        except ImportError as error:
            raise ExtraMissing(Wording("The built-in voice"), "hibari-tts") from error
        self._seed = seed
        self._names = (DEFAULT, *(name for name in VOICES if name != DEFAULT and _is_on_disk(name)))
        self._models: dict[str, _Model] = {DEFAULT: _Model(DEFAULT)}

    @property
    def real_time_factor(self) -> float:
        """See ``Synthesizer``: far below 1."""
        return 0.0

    def warm(self) -> None:
        """Runs every part of the default voice once, the one for unknown words included."""
        rng = np.random.default_rng(self._seed)
        for text in _WARM_TEXTS:
            phrase = tuple(SpeakableWord(word, 0, 0) for word in text.split())
            self._models[self._names[0]].render(phrase, 1.0, rng)

    def voices(self) -> Sequence[str]:
        """The voices on disk, the one in the package first."""
        return self._names

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        """Speaks one reply. Raises ``BackendUnavailable`` for a voice that is not on disk.

        Slower speech is the model's own; faster speech is stretched, which is understood better
        (at 1.6 the recogniser misses 3 % of the words, against 19 % of the model's own).
        """
        model = self._model(voice or self._names[0])
        rng = np.random.default_rng(self._seed)
        own_speed = max(SLOWEST, min(speed, 1.0))
        yield from speak_by_phrase(
            words, lambda phrase: model.render(phrase, own_speed, rng), speed=speed, own_speed=own_speed
        )

    def close(self) -> None:
        """Lets go of the models."""
        self._models.clear()

    def _model(self, voice: str) -> "_Model":
        if voice not in self._names:
            raise BackendUnavailable(
                "The built-in voice has no voice named {voice}.",
                "Choose one of: {voices}.",
                voice=voice,
                voices=", ".join(self._names),
            )
        if voice not in self._models:
            self._models[voice] = _Model(voice)
        return self._models[voice]


class _Model:
    """One voice's graph and its way from text to phonemes."""

    def __init__(self, voice: str) -> None:
        from hibari.tts import Hibari
        from hibari.voices import voice_path

        try:
            graph = Path(voice_path(voice, download_missing=False)).read_bytes()
            self._hibari, self._tells_durations = _open(Hibari, voice, graph)
            self._hibari.g2p  # noqa: B018 - a property that loads dictionaries, 0.3 s
        except Exception as error:
            raise ModelDamaged(
                "The weights of the built-in voice {voice} can't be read: {reason}",
                "Install Aloud again, or remove the voice's file so that it is fetched anew.",
                voice=voice,
                reason=error,
            ) from error

    def render(self, phrase: Phrase, speed: float, rng: np.random.Generator) -> Rendered:
        """The sound of ``phrase`` and the sample at which each word begins."""
        ids, first_ids = self._phonemes(phrase)
        if len(ids) > LONGEST_PHONEMES and len(phrase) > 1:
            return self._halves(phrase, speed, rng)
        if len(ids) < 3:
            return Rendered(np.zeros(0, np.float32), [0] * len(phrase))
        from hibari import dsp

        feeds = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        outputs: list[Any] = self._hibari.sess.run(None, feeds)
        samples = dsp.synth(*(output[0] for output in outputs[:6]), rng)
        lengths = np.asarray(outputs[6]).reshape(-1) if self._tells_durations else np.ones(len(ids))
        early = EARLY_SAMPLES if self._tells_durations else 0
        ends = np.cumsum(lengths) * (len(samples) / np.sum(lengths))
        starts = [max(0, int(ends[first - 1]) - early) for first in first_ids]
        return Rendered(samples, starts)

    def _halves(self, phrase: Phrase, speed: float, rng: np.random.Generator) -> Rendered:
        middle = len(phrase) // 2
        left, right = self.render(phrase[:middle], speed, rng), self.render(phrase[middle:], speed, rng)
        starts = [*left.starts, *(start + len(left.samples) for start in right.starts)]
        return Rendered(np.concatenate((left.samples, right.samples)), starts)

    def _phonemes(self, phrase: Phrase) -> tuple[list[int], list[int]]:
        """The model's input for ``phrase``, and the index in it at which each word begins."""
        text = " ".join(word.text for word in phrase)
        begins = list(itertools.accumulate((len(word.text) + 1 for word in phrase[:-1]), initial=0))
        g2p, vocabulary = self._hibari.g2p, self._hibari.vocab
        ids, first_ids = [0], [-1] * len(phrase)
        at = 0
        for token in g2p.phonemize_tokens(g2p.tokenize(text)):
            word = bisect.bisect_right(begins, at) - 1
            if first_ids[word] < 0:
                first_ids[word] = len(ids)
            said = (token.phonemes or "") + (" " if token.whitespace else "")
            ids += [vocabulary[char] for char in said if char in vocabulary]
            at += len(token.text) + len(token.whitespace)
        known = len(ids) - 1
        for word in reversed(range(len(phrase))):  # a word without a token of its own begins with the next
            known = first_ids[word] = first_ids[word] if first_ids[word] >= 0 else known
        return [*ids, 0], first_ids


def _open(hibari: "type[Hibari]", voice: str, graph: bytes) -> tuple["Hibari", bool]:
    """The voice's model, and whether its graph tells durations."""
    try:
        return hibari(voice=voice, model=graph + _further_output(DURATIONS), threads=1), True
    except Exception:  # noqa: BLE001 - onnxruntime has no exception of its own for a name it does not find
        return hibari(voice=voice, model=graph, threads=1), False


def _further_output(name: str) -> bytes:
    """Bytes that, put after a serialised ONNX model, name one more output of int64.

    Protocol buffers merge a message that comes in two parts: this is a second part of the model's
    graph (field 7) that holds nothing but one output (field 12: name 1, type 2, tensor 1, element 1).
    """
    kind = _field(2, _field(1, bytes((0x08, 7))))
    return _field(7, _field(12, _field(1, name.encode()) + kind))


def _field(number: int, content: bytes) -> bytes:
    assert len(content) < 128  # one byte of length
    return bytes((number << 3 | 2, len(content))) + content


def _is_on_disk(voice: str) -> bool:
    from hibari.voices import voice_path

    try:
        return Path(voice_path(voice, download_missing=False)).is_file()
    except FileNotFoundError:
        return False
