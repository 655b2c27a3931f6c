"""Parakeet TDT 0.6b v3: the better recogniser, 25 languages, once its weights are on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from engine.errors import ExtraMissing, ModelDamaged, ModelMissing
from engine.pcm import SILENCE, Pcm
from engine.stt.utterance import checked, cut_at_quiet, is_silent, padded
from engine.units import HEARING_RATE_HZ, s_to_samples

_MODEL: Final = "nemo-parakeet-tdt-0.6b-v3"
_SHORTEST_SAMPLES: Final = s_to_samples(0.5, HEARING_RATE_HZ)
"""The encoder takes steps of 80 ms and gives nonsense for one or two of them."""

_LONGEST_SAMPLES: Final = s_to_samples(60.0, HEARING_RATE_HZ)
"""Memory grows with the square of the length; a minute needs about 1 GB less than four."""

_DOWNLOAD: Final = "Download Parakeet again in the settings, or with `aloud models download parakeet`."


class ParakeetTranscriber:
    """The ``Transcriber`` port over onnx-asr, from a folder on this disk; nothing is fetched.

    ``folder`` holds ``encoder-model``, ``decoder_joint-model`` (with ``.int8`` before ``.onnx`` for
    that ``quantization``, None for full floats), ``vocab.txt`` and ``config.json``. ``providers`` is
    always given: onnxruntime's own choice on a Mac is CoreML, on which the int8 model is three
    times slower than on the CPU. Raises ``ModelMissing``, ``ModelDamaged`` and ``ExtraMissing``.
    """

    def __init__(
        self,
        folder: Path,
        quantization: str | None = "int8",
        providers: Sequence[str] = ("CPUExecutionProvider",),
    ) -> None:
        check_folder(folder, quantization)
        try:
            import onnx_asr
            import onnxruntime
        except ImportError as error:
            raise ExtraMissing("Parakeet", error.name or "onnx-asr") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._model: Any = onnx_asr.load_model(
                _MODEL, folder, quantization=quantization, providers=list(providers), sess_options=options
            )
        except Exception as error:  # onnxruntime and onnx-asr raise many kinds for a file cut short
            raise ModelDamaged(
                "Parakeet's files in {folder} can't be loaded.", _DOWNLOAD, folder=folder.name
            ) from error

    def warm(self) -> None:
        """Transcribes a second of near-silence."""
        self._model.recognize(padded(SILENCE, HEARING_RATE_HZ // 2), sample_rate=HEARING_RATE_HZ)

    def transcribe(self, samples: Pcm) -> str:
        """The text of ``samples``; "" for silence or no samples. Raises ``TypeError`` for integers."""
        samples = checked(samples)
        pieces = (piece for piece in cut_at_quiet(samples, _LONGEST_SAMPLES) if not is_silent(piece))
        texts = (self._piece(piece) for piece in pieces)
        return " ".join(text for text in texts if text)

    def close(self) -> None:
        """Lets go of the weights."""
        self._model = None

    def _piece(self, samples: Pcm) -> str:
        missing = _SHORTEST_SAMPLES - len(samples)
        if missing > 0:
            samples = padded(samples, (missing + 1) // 2)
        return str(self._model.recognize(samples, sample_rate=HEARING_RATE_HZ)).strip()


def check_folder(folder: Path, quantization: str | None = "int8") -> None:
    """Raises ``ModelMissing`` where a file is not in ``folder``, and ``ModelDamaged`` where it is empty."""
    suffix = f".{quantization}" if quantization else ""
    for name in (
        f"encoder-model{suffix}.onnx",
        f"decoder_joint-model{suffix}.onnx",
        "vocab.txt",
        "config.json",
    ):
        file = folder / name
        if not file.is_file():
            raise ModelMissing("Parakeet's {file} is not in {folder}.", _DOWNLOAD, file=name, folder=folder)
        if not file.stat().st_size:
            raise ModelDamaged("Parakeet's {file} is empty.", _DOWNLOAD, file=name)
