"""Kyutai TTS as a ``Synthesizer``: words in as they are written, sound out step by step.

Made, used and closed on one thread, the one that imports MLX; ``engine.workers`` sees to that.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.ports import Progress, SpeakableWord, Speech, WordSource
from engine.tts.kyutai.arrays import end_mlx, forget_frames, wired
from engine.tts.kyutai.calibrate import COMPILING_FRAMES, fitted, frame_factor, is_eager
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.loader import Bits, CodecName, LoadOptions, Precision, load_model, shorten
from engine.tts.kyutai.passage import Passage
from engine.tts.kyutai.script import Known, Script
from engine.tts.kyutai.step import TEMPERATURE, StepLoop
from engine.tts.kyutai.voices import Conditioning, VoiceShelf
from engine.tts.stretch import stretched

SEED: Final = 299_792_458
"""Every reply draws from the same keys, so the same text sounds the same (seed of moshi_mlx ``run_tts``)."""

_WARM_WORDS: Final = ("One", "two", "three.")


class KyutaiSynthesizer:
    """Speaks with the model in ``folder`` and the voices in ``voice_folders`` (its own by default).

    ``codebooks``: 8, 16, 24 or 32, or 0 for what this machine can do in real time, measured once
    (``calibrate.Records.forget`` has it measured again).
    ``anchored``: whether long replies begin afresh before the context is full. The rest is as in
    ``LoadOptions`` and ``StepLoop``. The same words, voice and ``seed`` give the same sound.

    The constructor loads everything and blocks for seconds, minutes at the very first start. Raises
    ``ModelMissing``, ``ModelDamaged`` or ``BackendUnavailable``.
    """

    def __init__(
        self,
        folder: Path,
        voice_folders: Sequence[Path] = (),
        *,
        bits: Bits = 8,
        codebooks: int = 0,
        codec: CodecName = "auto",
        precision: Precision = "exact",
        temperature: float = TEMPERATURE,
        seed: int = SEED,
        default_voice: str = "",
        anchored: bool = True,
        progress: Progress = lambda fraction, detail: None,
    ) -> None:
        self._seed = seed
        self._anchored = anchored
        self._real_time_factor = 0.0
        options = LoadOptions(bits, codec, precision)
        folders = voice_folders or (folder / "voices",)
        try:
            self._load(folder, folders, options, codebooks, default_voice, progress)
            self.loop = StepLoop(self.model, temperature)
        except BaseException as error:
            forget_frames(error)
            self.__dict__.clear()
            end_mlx()
            raise

    def _load(
        self,
        folder: Path,
        voice_folders: Sequence[Path],
        options: LoadOptions,
        codebooks: int,
        default_voice: str,
        progress: Progress,
    ) -> None:
        model = load_model(folder, options, progress)
        self._shelf = VoiceShelf(model, voice_folders, default_voice)
        default = self._shelf.conditioning("")
        self.model = shorten(model, codebooks) if codebooks else fitted(model, default, options, progress)
        self.codebooks = len(self.model.tree["slices"])

    def warm(self) -> None:
        """See ``Synthesizer``; compiles the step, which takes seconds on a CPU, and finds the pace."""
        words = [SpeakableWord(text, 0, 0) for text in _WARM_WORDS]
        ends_s = [time.monotonic() for piece in self.speak(Known(words)) if len(piece.samples)]
        self._real_time_factor = frame_factor(ends_s[COMPILING_FRAMES:])

    @property
    def real_time_factor(self) -> float:
        """See ``Synthesizer``."""
        return self._real_time_factor

    def voices(self) -> Sequence[str]:
        """See ``Synthesizer``. ``speak`` also takes up to five of them joined by "+"."""
        return self._shelf.names

    def conditioning(self, voice: str) -> Conditioning:
        """What the model is told for ``voice``; for who drives ``loop`` by hand."""
        return self._shelf.conditioning(voice)

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        """See ``Synthesizer``. Yields once a step of the model: 80 ms of sound, or none yet.

        With several voices, the words ``S1:`` to ``S5:`` pass the turn from one to another.
        """
        eager = is_eager(self._real_time_factor * speed)
        pieces = self._reply(words, self._shelf.conditioning(voice), self._shelf.speakers(voice), eager)
        if speed != 1.0:
            pieces = stretched(pieces, speed)
        with wired():
            yield from pieces

    def close(self) -> None:
        """Lets go of the weights and of MLX's streams on this thread, without which it may abort at exit."""
        del self.loop, self.model, self._shelf
        end_mlx()

    def _reply(
        self, words: WordSource, conditioning: Conditioning, speakers: int, eager: bool
    ) -> Iterator[Speech]:
        script = Script(words, self.model, speakers, self._anchored)
        keys = KeyChain(self._seed)
        spoken_samples = 0
        while script.more:
            passage = Passage(self.model, self.loop, script, spoken_samples, eager=eager)
            self.loop.begin(conditioning, keys)
            yield from passage.pieces()
            spoken_samples += passage.samples
