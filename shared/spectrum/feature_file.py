"""Features as bytes: magic, version, a table in JSON, then the arrays one after another, little-endian.

The table says what each array is; stems' arrays carry the stem's name before theirs ("drums/bands"). An hour without
stems is 65 MB, four minutes 4.3 MB.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.spectrum.feature_document import (
    BAND_COUNT,
    FEATURE_RATE,
    SERIES,
    WAVE_RATE,
    Features,
    FeatureSection,
    frame_count,
)

__all__ = ["decode_features", "encode_features"]

#: Magic, version, bytes of the table; the arrays follow it, each at a multiple of 8.
_HEADER: Final = struct.Struct("<4sII")
_MAGIC: Final = b"KLFT"
_VERSION: Final = 1
_ALIGN: Final = 8
_DTYPES: Final = {"bands": "<u1", "wave": "<i2", "beats": "<f8", "downbeats": "<f8"}
_SERIES_DTYPE: Final = "<f4"
_LONGEST_SECONDS: Final = 1e6


class _Array(msgspec.Struct, frozen=True):
    name: str
    dtype: str
    shape: tuple[int, ...]


class _Song(msgspec.Struct, frozen=True):
    seconds: float
    sections: tuple[FeatureSection, ...]


class _Table(msgspec.Struct, frozen=True, rename="camel"):
    frames_per_second: int
    wave_rate: int
    songs: dict[str, _Song]  # "" is the song itself, others its stems
    arrays: tuple[_Array, ...]


def encode_features(features: Features) -> bytes:
    """Features and their stems as bytes.

    >>> from shared.spectrum.feature_document import silent_features
    >>> decode_features(encode_features(silent_features(1.5))).seconds
    1.5
    """
    songs = {"": features, **features.stems}
    arrays = [(name, array) for prefix, song in songs.items() for name, array in _arrays(prefix, song)]
    table = msgspec.json.encode(
        _Table(
            FEATURE_RATE,
            WAVE_RATE,
            {prefix: _Song(float(song.seconds), song.sections) for prefix, song in songs.items()},
            tuple(_Array(name, array.dtype.str.replace("|", "<"), array.shape) for name, array in arrays),
        )
    )
    parts: list[Any] = [_HEADER.pack(_MAGIC, _VERSION, len(table)), table]
    size = _HEADER.size + len(table)
    for _, array in arrays:
        pad = -size % _ALIGN
        parts += [bytes(pad), np.ascontiguousarray(array).data.cast("B") if array.size else b""]
        size += pad + array.nbytes
    return b"".join(parts)


def decode_features(data: bytes | bytearray | memoryview) -> Features:
    """The features in bytes; the arrays are views of them. Raises `KeylightError` that says what is wrong."""
    table, at = _table(memoryview(data))
    arrays: dict[str, npt.NDArray[Any]] = {}
    for entry in table.arrays:
        at += -at % _ALIGN
        wanted = _dtype_of(entry.name)
        if entry.dtype != wanted:
            raise KeylightError(f"expected features whose {entry.name} are {wanted}, got {entry.dtype}")
        if any(length < 0 for length in entry.shape):
            raise KeylightError(f"expected features whose {entry.name} have a size, got the shape {list(entry.shape)}")
        count = int(np.prod(entry.shape, dtype=object))
        size = count * np.dtype(entry.dtype).itemsize
        if at + size > len(data):
            raise KeylightError(f"expected features of {at + size} bytes or more, got {len(data)}: the file is cut off")
        arrays[entry.name] = np.frombuffer(data, entry.dtype, count, at).reshape(entry.shape)
        at += size
    if at != len(data):
        raise KeylightError(f"expected features of {at} bytes, got {len(data)}")
    if "" not in table.songs:
        raise KeylightError("expected the features of a song, got those of stems alone")
    songs = {prefix: _song(prefix, song, arrays) for prefix, song in table.songs.items()}
    whole = songs.pop("")
    return Features(
        seconds=whole.seconds,
        bands=whole.bands,
        series=whole.series,
        wave=whole.wave,
        beats=whole.beats,
        downbeats=whole.downbeats,
        sections=whole.sections,
        stems=songs,
    )


def _arrays(prefix: str, song: Features) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    assert sys.byteorder == "little", "all that Python runs on here is"
    before = f"{prefix}/" if prefix else ""
    for name in _DTYPES:
        yield before + name, getattr(song, name).astype(_DTYPES[name], copy=False)
    for name in SERIES:
        yield before + name, song.series[name].astype(_SERIES_DTYPE, copy=False)


def _dtype_of(name: str) -> str:
    last = name.rpartition("/")[2]
    if last not in _DTYPES and last not in SERIES:
        raise KeylightError(f"expected features made of {', '.join((*_DTYPES, *SERIES))}, got {name!r}")
    return _DTYPES.get(last, _SERIES_DTYPE)


def _table(data: memoryview) -> tuple[_Table, int]:
    if len(data) < _HEADER.size or bytes(data[:4]) != _MAGIC:
        raise KeylightError(f"expected features that begin with {_MAGIC!r}, got {bytes(data[:4])!r}")
    _, version, size = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise KeylightError(
            f"expected features of version {_VERSION}, got version {version}: make them anew from the audio"
        )
    end = _HEADER.size + size
    if end > len(data):
        raise KeylightError(f"expected features of {end} bytes or more, got {len(data)}: the file is cut off")
    try:
        table = msgspec.json.decode(data[_HEADER.size : end], type=_Table)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeylightError(f"expected features with a table of arrays, got one that cannot be read: {error}") from None
    if (table.frames_per_second, table.wave_rate) != (FEATURE_RATE, WAVE_RATE):
        raise KeylightError(
            f"expected features at {FEATURE_RATE} frames and {WAVE_RATE} samples a second, "
            + f"got {table.frames_per_second} and {table.wave_rate}"
        )
    return table, end


def _song(prefix: str, song: _Song, arrays: dict[str, npt.NDArray[Any]]) -> Features:
    whose = f" of {prefix}" if prefix else ""
    if not 0.0 <= song.seconds <= _LONGEST_SECONDS:
        raise KeylightError(f"expected features{whose} of 0 to {_LONGEST_SECONDS:g} s, got {song.seconds} s")
    before = f"{prefix}/" if prefix else ""
    count = frame_count(song.seconds)
    found: dict[str, npt.NDArray[Any]] = {}
    for name in (*_DTYPES, *SERIES):
        if before + name not in arrays:
            raise KeylightError(f"expected features{whose} with {name}, got none")
        found[name] = arrays[before + name]
    for name, shape in {"bands": (count, BAND_COUNT), **dict.fromkeys(SERIES, (count,))}.items():
        if found[name].shape != shape:
            raise KeylightError(
                f"expected {name}{whose} of shape {list(shape)} for {song.seconds} s, got {list(found[name].shape)}"
            )
    for name in ("wave", "beats", "downbeats"):
        if found[name].ndim != 1:
            raise KeylightError(f"expected {name}{whose} in one row, got the shape {list(found[name].shape)}")
    for name in ("beats", "downbeats", *SERIES):
        if not np.isfinite(found[name]).all():
            raise KeylightError(f"expected {name}{whose} that are finite numbers, got others: the file is damaged")
    return Features(
        seconds=song.seconds,
        sections=song.sections,
        series={name: found[name] for name in SERIES},
        bands=found["bands"],
        wave=found["wave"],
        beats=found["beats"],
        downbeats=found["downbeats"],
    )
