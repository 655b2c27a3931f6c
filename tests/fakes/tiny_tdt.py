"""A Parakeet-shaped model folder of 40 kB that onnx-asr loads for real and that always hears the same words.

Layout, tensor names and shapes are those of a NeMo TDT export: an encoder that shortens log-mel
features eightfold, and a joint decoder that gives token and duration logits with two LSTM states.
Here the first element of the first state counts the tokens said so far and picks the next.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PIECES = ("▁hello", "▁wor", "ld", "!")
TEXT = "hello world!"

_FEATURES, _WIDTH, _STATE, _STRIDE, _DURATIONS = 128, 8, 4, 8, 5
_STEP = 2
"""Every token says that it lasts two encoder frames."""


def write_tiny_tdt(folder: Path, suffix: str = ".int8") -> Path:
    """Writes the model into ``folder`` (made where it is missing) and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = ["<unk>", *PIECES, "<blk>"]
    _save(_encoder(), folder / f"encoder-model{suffix}.onnx")
    _save(_decoder(vocabulary), folder / f"decoder_joint-model{suffix}.onnx")
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(vocabulary))
    (folder / "vocab.txt").write_text(lines, encoding="utf-8")
    config = {"model_type": "nemo-conformer-tdt", "features_size": _FEATURES, "subsampling_factor": _STRIDE}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _encoder() -> onnx.GraphProto:
    weights = np.random.default_rng(0).standard_normal((_WIDTH, _FEATURES, _STRIDE)).astype(np.float32)
    nodes = [
        helper.make_node(
            "Conv",
            ["audio_signal", "weights"],
            ["outputs"],
            kernel_shape=[_STRIDE],
            strides=[_STRIDE],
            pads=[0, _STRIDE - 1],
        ),
        helper.make_node("Add", ["length", "rest"], ["longer"]),
        helper.make_node("Div", ["longer", "stride"], ["encoded_lengths"]),
    ]
    return helper.make_graph(
        nodes,
        "encoder",
        [_float("audio_signal", "batch", _FEATURES, "time"), _integer("length", TensorProto.INT64, "batch")],
        [
            _float("outputs", "batch", _WIDTH, "steps"),
            _integer("encoded_lengths", TensorProto.INT64, "batch"),
        ],
        _constants(
            weights=weights / _FEATURES,
            rest=np.array([_STRIDE - 1], np.int64),
            stride=np.array([_STRIDE], np.int64),
        ),
    )


def _decoder(vocabulary: list[str]) -> onnx.GraphProto:
    width = len(vocabulary) + _DURATIONS
    nodes = [
        # outputs: the row of the table for the number of tokens said so far
        helper.make_node("Slice", ["input_states_1", "zeros", "ones", "axes"], ["corner"]),
        helper.make_node("Reshape", ["corner", "flat"], ["said"]),
        helper.make_node("Cast", ["said"], ["row_number"], to=TensorProto.INT64),
        helper.make_node("Min", ["row_number", "last_row"], ["row_index"]),
        helper.make_node("Gather", ["table", "row_index"], ["row"]),
        helper.make_node("Reshape", ["row", "output_shape"], ["plain"]),
        # every input has a part in the result, as no graph may have one that nothing reads
        helper.make_node("ReduceSum", ["encoder_outputs"], ["sound"], keepdims=0),
        helper.make_node("Cast", ["targets"], ["targets_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["targets_float"], ["token"], keepdims=0),
        helper.make_node("Cast", ["target_length"], ["length_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["length_float"], ["length"], keepdims=0),
        helper.make_node("Sum", ["sound", "token", "length"], ["inputs"]),
        helper.make_node("Mul", ["inputs", "nothing"], ["no_inputs"]),
        helper.make_node("Add", ["plain", "no_inputs"], ["outputs"]),
        helper.make_node("Add", ["input_states_1", "one"], ["output_states_1"]),
        helper.make_node("Identity", ["input_states_2"], ["output_states_2"]),
    ]
    return helper.make_graph(
        nodes,
        "decoder_joint",
        [
            _float("encoder_outputs", "batch", _WIDTH, 1),
            _integer("targets", TensorProto.INT32, "batch", 1),
            _integer("target_length", TensorProto.INT32, "batch"),
            _float("input_states_1", 2, "batch", _STATE),
            _float("input_states_2", 2, "batch", _STATE),
        ],
        [
            _float("outputs", "batch", 1, 1, width),
            _float("output_states_1", 2, "batch", _STATE),
            _float("output_states_2", 2, "batch", _STATE),
        ],
        _constants(
            table=_table(vocabulary),
            zeros=np.zeros(3, np.int64),
            ones=np.array([1, 2**31, 1], np.int64),
            axes=np.arange(3, dtype=np.int64),
            flat=np.array([-1], np.int64),
            last_row=np.array([len(PIECES)], np.int64),
            output_shape=np.array([-1, 1, 1, width], np.int64),
            nothing=np.float32(0.0),
            one=np.float32(1.0),
        ),
    )


def _table(vocabulary: list[str]) -> np.ndarray[Any, Any]:
    """Token and duration logits for each number of tokens said: the pieces in order, then blanks."""
    table = np.full((len(PIECES) + 1, len(vocabulary) + _DURATIONS), -5.0, np.float32)
    for row, token in enumerate((*PIECES, "<blk>")):
        table[row, vocabulary.index(token)] = 5.0
        table[row, len(vocabulary) + (_STEP if row < len(PIECES) else 1)] = 5.0
    return table


def _float(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _integer(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def _constants(**values: Any) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def _save(graph: onnx.GraphProto, file: Path) -> None:
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), file)
