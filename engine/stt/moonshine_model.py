"""Moonshine's two ONNX graphs on plain onnxruntime: an encoder of raw sound, a decoder with a cache.

The weights are those inside the package moonshine-voice, whose own library is not used: this way
takes 55 to 80 % of its time on the same CPU, and runs where that library has no wheel.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.errors import ModelDamaged, ModelMissing
from engine.pcm import Pcm
from engine.units import HEARING_RATE_HZ

ENCODER_FILE: Final = "encoder_model.ort"
DECODER_FILE: Final = "decoder_model_merged.ort"
VOCABULARY_FILE: Final = "tokenizer.bin"

_START: Final = 1
_END: Final = 2
_TOKENS_PER_S: Final = 6.5
"""No speech holds more tokens a second, so a decoder that goes on is going round in circles.
(The limit that the Moonshine authors give for English.)"""

_REMEDY: Final = "Reinstall Aloud with `make install`, or choose another recogniser in the settings."

Arrays = dict[str, npt.NDArray[Any]]


def read_vocabulary(data: bytes) -> list[bytes]:
    """The tokens of a ``tokenizer.bin``, by number.

    Each is a length and that many bytes; a length from 128 on takes two bytes, low seven bits
    first. Raises ``ModelDamaged`` where the data ends within a token.
    """
    tokens: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128 and at < len(data):
            length = length - 128 + 128 * data[at]
            at += 1
        tokens.append(data[at : at + length])
        at += length
    if at != len(data):
        raise ModelDamaged("Moonshine's vocabulary is cut off.", _REMEDY)
    return tokens


class MoonshineModel:
    """The loaded graphs. Use from one thread; every call blocks for its compute time.

    ``folder`` holds the three files. ``threads`` is how many cores one call may use; they sleep
    between calls, as the language model and the voice want them too. Raises ``ModelMissing`` and
    ``ModelDamaged``.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        for name in (ENCODER_FILE, DECODER_FILE, VOCABULARY_FILE):
            if not (folder / name).is_file():
                raise ModelMissing("Moonshine's {file} is missing.", _REMEDY, file=name)
        self._vocabulary = read_vocabulary((folder / VOCABULARY_FILE).read_bytes())
        self._encoder = _session(folder / ENCODER_FILE, threads)
        self._decoder = _session(folder / DECODER_FILE, threads)
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        self._kept = [name for name in self._outputs if ".encoder." not in name]
        empty = next(i for i in self._decoder.get_inputs() if ".decoder.key" in i.name).shape
        self._no_cache = {
            _past(name): np.zeros((1, empty[1], 0, empty[3]), np.float32) for name in self._outputs[1:]
        }

    def tokens(self, samples: Pcm, draft: Sequence[int] = ()) -> list[int]:
        """The most likely tokens of ``samples``, one after the other, without start and end.

        ``draft`` is a guess (the tokens of the same utterance when it was shorter): all of it is
        tried in one step, and what the model would have said itself is kept. It changes the
        time that a call takes and not its result.
        """
        limit = int(len(samples) / HEARING_RATE_HZ * _TOKENS_PER_S) + 2
        draft = list(draft[:limit])
        constant: Arrays = {
            "encoder_attention_mask": np.ones((1, len(samples)), np.int64),
            "encoder_hidden_states": self._encode(samples),
        }
        best, caches = self._first_step(constant, draft)
        agreed = 0
        while agreed < len(draft) and best[agreed] == draft[agreed]:
            agreed += 1
        for name in self._kept[1:]:  # forget what came after the first disagreement
            caches[_past(name)] = np.ascontiguousarray(caches[_past(name)][:, :, : agreed + 1])
        return self._continue(constant | caches, draft[:agreed], int(best[agreed]), limit)

    def text(self, tokens: Sequence[int]) -> str:
        """What ``tokens`` say."""
        data = b"".join(self._vocabulary[token] for token in tokens)
        return data.decode("utf-8", "replace").replace("▁", " ").strip()

    def _encode(self, samples: Pcm) -> npt.NDArray[Any]:
        mask = np.ones((1, len(samples)), np.int64)
        (states,) = self._encoder.run(None, {"input_values": samples[None], "attention_mask": mask})
        found: npt.NDArray[Any] = states
        return found

    def _first_step(self, constant: Arrays, draft: list[int]) -> tuple[npt.NDArray[Any], Arrays]:
        """The best next token after each token of start and draft, and the caches of all of them."""
        logits, *caches = self._decoder.run(
            self._outputs,
            constant
            | self._no_cache
            | {"input_ids": np.array([[_START, *draft]], np.int64), "use_cache_branch": np.array([False])},
        )
        return logits[0].argmax(axis=1), {
            _past(name): cache for name, cache in zip(self._outputs[1:], caches, strict=True)
        }

    def _continue(self, feeds: Arrays, tokens: list[int], token: int, limit: int) -> list[int]:
        feeds["use_cache_branch"] = np.array([True])
        names = [_past(name) for name in self._kept[1:]]
        while token != _END and len(tokens) < limit:
            tokens.append(token)
            feeds["input_ids"] = np.array([[token]], np.int64)
            logits, *caches = self._decoder.run(self._kept, feeds)
            feeds.update(zip(names, caches, strict=True))
            token = int(logits[0, -1].argmax())
        return tokens


def _past(present: str) -> str:
    return present.replace("present", "past_key_values")


def _session(file: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises a class of its own for each kind of damage
        raise ModelDamaged("Moonshine's {file} can't be read.", _REMEDY, file=file.name) from error
