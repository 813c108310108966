"""The song as a picture and as rhythm sees it: waveform peaks, three coloured bands, onset strength, timbre.

One pass of short spectra (Hann 1024, hop 441 = 10 ms at 44.1 kHz) feeds all of them. Band edges follow DJ software's
low/mid/high split: below 200 Hz kick and bass, above 2.5 kHz hats and air.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import BANDS_PER_SECOND, PEAKS_PER_SECOND
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.framing import FrameStream, power_spectra

__all__ = ["Picture", "PictureMaker", "Timbre"]

_SIZE: Final = 1024
_HOP: Final = ANALYSIS_RATE // BANDS_PER_SECOND
_PEAK_HOP: Final = ANALYSIS_RATE // PEAKS_PER_SECOND
_EDGES_HZ: Final = (30.0, 200.0, 2500.0, 16000.0)
_EDGES: Final = tuple(round(hz * _SIZE / ANALYSIS_RATE) for hz in _EDGES_HZ)
_FLOOR_DB: Final = -60.0  # of full scale; quieter bands are drawn black
_COMPRESSION: Final = 1000.0  # log(1 + C x): Klapuri 1999's compression, so that soft onsets count


class Timbre(NamedTuple):
    """Per frame of 10 ms: RMS level (linear), spectral centroid in Hz, spectral flatness 0-1; float32 [frames] each."""

    rms: np.ndarray
    centroid_hz: np.ndarray
    flatness: np.ndarray


class Picture(NamedTuple):
    """peaks int8 [n, 2], bands uint8 [m, 3] (see `shared.schema.analysis`), onsets float32 [m, 3] per band, timbre."""

    peaks: np.ndarray
    bands: np.ndarray
    onsets: np.ndarray
    timbre: Timbre


class PictureMaker:
    """Streaming maker of a `Picture`: `feed` mono float32 blocks, then `finish` once."""

    def __init__(self) -> None:
        self._stream = FrameStream(size=_SIZE, hop=_HOP)
        self._window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
        self._last: np.ndarray | None = None
        self._tail = np.zeros(0, np.float32)
        self._peaks: list[np.ndarray] = []
        self._bands: list[np.ndarray] = []
        self._onsets: list[np.ndarray] = []
        self._timbre: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples]."""
        self._feed_peaks(block)
        for frames in self._stream.feed(block):
            self._feed_frames(frames)

    def finish(self) -> Picture:
        """The whole picture; the last partial peak and frame are filled up with silence."""
        if self._tail.size:
            self._feed_peaks(np.zeros(-self._tail.size % _PEAK_HOP, np.float32))
        for frames in self._stream.flush():
            self._feed_frames(frames)
        rms, centroid, flatness = _joined(self._timbre, 3, np.float32).T
        return Picture(
            _joined(self._peaks, 2, np.int8),
            _joined(self._bands, 3, np.uint8),
            _joined(self._onsets, 3, np.float32),
            Timbre(rms, centroid, flatness),
        )

    def _feed_peaks(self, block: np.ndarray) -> None:
        held = np.concatenate([self._tail, block])
        whole = held.size // _PEAK_HOP * _PEAK_HOP
        cells = held[:whole].reshape(-1, _PEAK_HOP)
        if cells.size:
            extremes = np.stack([cells.min(axis=1), cells.max(axis=1)], axis=1)
            self._peaks.append(np.rint(np.clip(extremes, -1.0, 1.0) * 127).astype(np.int8))
        self._tail = held[whole:]

    def _feed_frames(self, frames: np.ndarray) -> None:
        power = power_spectra(frames, self._window)[:, : _EDGES[-1]]
        low, mid, high = _EDGES[:3]
        sums = np.add.reduceat(power, (low, mid, high), axis=1)
        with np.errstate(divide="ignore"):
            level_db = 10 * np.log10(sums)
        scaled = np.clip(1.0 - level_db / _FLOOR_DB, 0.0, 1.0)
        self._bands.append(np.rint(scaled * 255).astype(np.uint8))
        self._feed_onsets(power, (low, mid, high))
        self._timbre.append(_timbre(frames, power))

    def _feed_onsets(self, power: np.ndarray, starts: tuple[int, int, int]) -> None:
        """Half-wave rectified difference of compressed magnitudes, summed per band (spectral flux)."""
        compressed = np.log1p(_COMPRESSION * np.sqrt(power))
        before = compressed[:1] if self._last is None else self._last
        rise = np.diff(np.concatenate([before, compressed]), axis=0)
        self._last = compressed[-1:]
        np.maximum(rise, 0.0, out=rise)
        counts = np.diff((*starts, power.shape[1]))
        self._onsets.append((np.add.reduceat(rise, starts, axis=1) / counts).astype(np.float32))


def _timbre(frames: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Columns RMS, centroid and flatness; a silent frame has centroid 0 and flatness 0."""
    rms = np.sqrt(np.mean(np.square(frames, dtype=np.float32), axis=1))
    total = power.sum(axis=1)
    safe = np.maximum(total, 1e-20)
    hz = np.arange(power.shape[1], dtype=np.float32) * (ANALYSIS_RATE / _SIZE)
    centroid = np.einsum("ij,j->i", power, hz) / safe
    geometric = np.exp(np.mean(np.log(power + 1e-20), axis=1))
    flatness = np.where(total > 1e-12, geometric / (safe / power.shape[1]), 0.0)
    return np.stack([rms, centroid, flatness], axis=1).astype(np.float32)


def _joined(parts: list[np.ndarray], columns: int, dtype: type[np.generic]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros((0, columns), dtype)
