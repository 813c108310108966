"""Writing a network as an ONNX file without the package `onnx`: the few messages of onnx.proto that it takes.

An ONNX file is one protobuf message (github.com/onnx/onnx, onnx/onnx.proto); the field numbers below are from there.
The same calls give the same bytes everywhere, so that the file's hash can be locked.

>>> graph = Graph("double")
>>> graph.node("Add", ["x", "x"], "y")
'y'
>>> graph.model(inputs={"x": ("n", 2)}, outputs={"y": ("n", 2)}, notes={})[:4].hex()
'08091208'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

__all__ = ["Graph"]

_IR_VERSION: Final = 9
_OPERATORS: Final = 18  # version of ONNX's own operator set
_TYPES: Final = {"float32": 1, "int64": 7, "float16": 10}  # TensorProto.DataType
_FLOAT: Final = _TYPES["float32"]
_INT, _INTS = 2, 7  # AttributeProto.AttributeType
_VARINT, _LENGTH = 0, 2  # protobuf wire types


class Graph:
    """A network in the making: constants and operations are added in the order in which they run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, name: str, array: np.ndarray) -> str:
        """Keep an array float32, float16 or int64 under `name`; returns the name."""
        data = np.ascontiguousarray(array)
        dims = b"".join(_number(1, size) for size in data.shape)
        raw = data.astype(data.dtype.newbyteorder("<"), copy=False).tobytes()
        self._constants.append(dims + _number(2, _TYPES[data.dtype.name]) + _text(8, name) + _message(9, raw))
        return name

    def half(self, name: str, array: np.ndarray) -> str:
        """Keep weights in half precision; the network widens them once when it is loaded, so it runs in float32."""
        stored = self.constant(f"{name}.half", array.astype(np.float16))
        return self.node("Cast", [stored], name, to=_FLOAT)

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: int | Sequence[int]) -> str:
        """Add one operation with one output; returns the output's name."""
        body = [*(_text(1, name) for name in inputs), _text(2, output), _text(3, output), _text(4, operator)]
        body += [_message(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join(body))
        return output

    def model(
        self,
        *,
        inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, Sequence[int | str]],
        notes: Mapping[str, str],
    ) -> bytes:
        """The whole file. inputs, outputs: shape by name, float32; a dimension in words is open."""
        graph = [
            *(_message(1, node) for node in self._nodes),
            _text(2, self._name),
            *(_message(5, constant) for constant in self._constants),
            *(_message(11, _value(name, shape)) for name, shape in inputs.items()),
            *(_message(12, _value(name, shape)) for name, shape in outputs.items()),
        ]
        return b"".join(
            [
                _number(1, _IR_VERSION),
                _text(2, "keylight"),
                _message(7, b"".join(graph)),
                _message(8, _text(1, "") + _number(2, _OPERATORS)),
                *(_message(14, _text(1, key) + _text(2, value)) for key, value in notes.items()),
            ]
        )


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto of a float32 tensor."""
    dims = [_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape]
    tensor = _number(1, _FLOAT) + _message(2, b"".join(_message(1, dim) for dim in dims))
    return _text(1, name) + _message(2, _message(1, tensor))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, _INTS)


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _message(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | _LENGTH) + _varint(len(body)) + body


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; a negative number as its 64-bit two's complement."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
