"""Reading a TensorFlow checkpoint of format 2 ("tensor bundle") without TensorFlow.

It is two files: `.index`, a table of LevelDB's kind (github.com/google/leveldb, doc/table_format.md) from a tensor's
name to a `BundleEntryProto` (tensorflow/core/protobuf/tensor_bundle.proto), and `.data-00000-of-00001`, the raw
little-endian tensors. Checksums are left to the hash of what is made from it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from backend.assets.lock import AssetError

__all__ = ["read_checkpoint"]

_FOOTER_BYTES: Final = 48
_MAGIC: Final = 0xDB4775248B80FB57  # LevelDB's table magic, the last eight bytes of the file
_FLOAT: Final = 1  # DataType.DT_FLOAT of tensorflow/core/framework/types.proto
_DTYPE, _SHAPE, _OFFSET, _SIZE = 1, 2, 4, 5  # field numbers of BundleEntryProto


class _Place(NamedTuple):
    """Where a block of the table lies."""

    offset: int
    size: int


def read_checkpoint(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """All float32 tensors of a checkpoint by name, in the order of their names.

    Raises `AssetError` when `index` is no table of this kind or names bytes that `data` does not have.
    """
    if len(index) < _FOOTER_BYTES or struct.unpack("<Q", index[-8:])[0] != _MAGIC:
        raise AssetError(f"expected a TensorFlow checkpoint's index, got {len(index)} bytes of something else")
    footer = index[-_FOOTER_BYTES:]
    _, at = _place(footer, 0)  # the meta index: filters, of which there are none
    blocks, _ = _place(footer, at)
    tensors = {}
    for _, handle in _entries(index, blocks):
        for name, entry in _entries(index, _place(handle, 0)[0]):
            fields = dict(_fields(entry))
            if name and fields.get(_DTYPE) == _FLOAT:  # the nameless entry is the bundle's header
                tensors[name.decode()] = _tensor(name.decode(), fields, data)
    return tensors


def _tensor(name: str, fields: dict[int, int | bytes], data: bytes) -> np.ndarray:
    offset, size = int(fields.get(_OFFSET, 0)), int(fields.get(_SIZE, 0))
    dims = _fields(_bytes(fields.get(_SHAPE, b"")))
    shape = [int(dict(_fields(_bytes(dim))).get(1, 0)) for _, dim in dims]
    if offset + size > len(data) or size != 4 * int(np.prod(shape)):
        raise AssetError(f"{name}: expected {size} bytes for shape {shape} at {offset}, got {len(data) - offset}")
    return np.frombuffer(data, "<f4", count=size // 4, offset=offset).reshape(shape)


def _entries(table: bytes, place: _Place) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each entry of one block; a key shares its beginning with the one before."""
    if table[place.offset + place.size] != 0:
        raise AssetError(f"expected an uncompressed block at {place.offset} of the checkpoint's index, got another")
    block = table[place.offset : place.offset + place.size]
    (restarts,) = struct.unpack_from("<I", block, place.size - 4)
    end = place.size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + rest]
        at += rest
        yield key, block[at : at + size]
        at += size


def _place(data: bytes, at: int) -> tuple[_Place, int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return _Place(offset, size), at


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf message: whole numbers, or bytes where it has a length."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
        elif kind == 2:
            size, at = _varint(message, at)
            yield tag >> 3, message[at : at + size]
            at += size
        else:
            size = {1: 8, 5: 4}[kind]
            yield tag >> 3, int.from_bytes(message[at : at + size], "little")
            at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
