"""Waveforms for drawing: the least and the greatest sample of each 1/300 s, and how they travel as bytes.

Conventions: peaks are int8 [n, 2], lowest and highest of each cell, 127 is full scale and beyond. A song of three
minutes has 108 kB of them.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.schema.analysis import PEAKS_PER_SECOND

__all__ = ["PeakMaker", "pack_peaks", "unpack_peaks"]

#: Magic, version, cells per second, number of cells; then the cells, row by row.
_HEADER: Final = struct.Struct("<4sHHI")
_MAGIC: Final = b"KLPK"
_VERSION: Final = 1

Peaks = npt.NDArray[np.int8]


class PeakMaker:
    """Streaming maker of peaks: `feed` mono blocks of any length, then `finish` once.

    >>> maker = PeakMaker(44_100)
    >>> maker.feed(np.linspace(-1.0, 0.5, 147))
    >>> maker.finish().tolist()
    [[-127, 64]]
    """

    def __init__(self, sample_rate: int) -> None:
        """For a rate in Hz that is a multiple of 300, as 44.1, 48 and 96 kHz are."""
        if sample_rate <= 0 or sample_rate % PEAKS_PER_SECOND:
            raise KeylightError(f"expected a rate that is a multiple of {PEAKS_PER_SECOND} Hz, got {sample_rate} Hz")
        self._hop = sample_rate // PEAKS_PER_SECOND
        self._tail = np.zeros(0, np.float32)
        self._made: list[Peaks] = []

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take mono floats [samples]."""
        held = np.concatenate([self._tail, block])
        whole = held.size // self._hop * self._hop
        cells = held[:whole].reshape(-1, self._hop)
        if cells.size:
            extremes = np.stack([cells.min(axis=1), cells.max(axis=1)], axis=1)
            self._made.append(np.rint(np.clip(extremes, -1.0, 1.0) * 127).astype(np.int8))
        self._tail = held[whole:]

    def finish(self) -> Peaks:
        """All peaks, int8 [n, 2]; the last, partial cell is filled up with silence."""
        if self._tail.size:
            self.feed(np.zeros(-self._tail.size % self._hop, np.float32))
        return np.concatenate(self._made) if self._made else np.zeros((0, 2), np.int8)


def pack_peaks(peaks: Peaks) -> bytes:
    """Peaks int8 [n, 2] as bytes.

    >>> unpack_peaks(pack_peaks(np.array([[-3, 4]], np.int8))).tolist()
    [[-3, 4]]
    """
    if peaks.dtype != np.int8 or peaks.ndim != 2 or peaks.shape[1] != 2:
        raise KeylightError(f"expected peaks int8 [n, 2], got {peaks.dtype} {list(peaks.shape)}")
    return _HEADER.pack(_MAGIC, _VERSION, PEAKS_PER_SECOND, len(peaks)) + peaks.tobytes()


def unpack_peaks(data: bytes) -> Peaks:
    """The peaks in bytes; raises `KeylightError` that says what is wrong with them."""
    if len(data) < _HEADER.size or data[:4] != _MAGIC:
        raise KeylightError(f"expected peaks that begin with {_MAGIC!r}, got {data[:4]!r}")
    _, version, per_second, count = _HEADER.unpack_from(data)
    if version != _VERSION or per_second != PEAKS_PER_SECOND:
        raise KeylightError(
            f"expected peaks of version {_VERSION} at {PEAKS_PER_SECOND}/s, got version {version} at {per_second}/s"
        )
    if len(data) != _HEADER.size + 2 * count:
        raise KeylightError(f"expected {count} peaks in {_HEADER.size + 2 * count} bytes, got {len(data)} bytes")
    return np.frombuffer(data, np.int8, offset=_HEADER.size).reshape(-1, 2)
