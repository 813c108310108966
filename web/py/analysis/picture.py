"""The song as a picture and as rhythm hears it: waveform peaks, band levels over time, coloured bands, timbre.

One pass of short spectra (Hann 1024, hop 441 = 10 ms at 44.1 kHz) feeds all of them: each spectrum is summed to 33
bands at once, and everything after that - onsets, sections, colours, brightness - works on the bands, which costs a
tenth of working on bins. The three colours' edges follow DJ software's low/mid/high split: below 200 Hz kick and bass,
above 2.5 kHz hats and air.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import BANDS_PER_SECOND
from shared.spectrum.peaks import PeakMaker
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.framing import FrameStream, power_spectra

__all__ = ["BAND_CENTRES_HZ", "BAND_COUNT", "LOW_BANDS", "MID_BANDS", "Picture", "PictureMaker", "Timbre"]

_SIZE: Final = 1024
_HOP: Final = ANALYSIS_RATE // BANDS_PER_SECOND
#: First bin of each band and the end of the last: single bins of 43 Hz at the bottom, then about six bands an octave,
#: up to 16 kHz, where lossy files end.
_EDGES: Final = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 28, 32, 37, 43, 50, 58, 67, 78, 90, 105, 122, 142, 165, 192,
    223, 260, 302, 372,
)  # fmt: skip
BAND_COUNT: Final = len(_EDGES) - 1
_BIN_HZ: Final = ANALYSIS_RATE / _SIZE
#: Geometric centre of each band in Hz.
BAND_CENTRES_HZ: Final = tuple(_BIN_HZ * ((a - 0.5) * (b - 0.5)) ** 0.5 for a, b in itertools.pairwise(_EDGES))
#: Bands below 200 Hz, and from there to 2.5 kHz.
LOW_BANDS: Final = slice(0, _EDGES.index(5))
MID_BANDS: Final = slice(_EDGES.index(5), _EDGES.index(58))
_FLOOR_DB: Final = -60.0  # of full scale; quieter bands are drawn black
_COMPRESSION: Final = 1000.0  # log(1 + C x): Klapuri 1999's compression, so that soft onsets count


class Timbre(NamedTuple):
    """Per frame of 10 ms: RMS level (linear), spectral centroid in Hz, flatness of the bands 0-1; float32 [frames]."""

    rms: np.ndarray
    centroid_hz: np.ndarray
    flatness: np.ndarray


class Picture(NamedTuple):
    """What the short spectra say.

    peaks int8 [n, 2] and bands uint8 [frames, 3] as in `shared.schema.analysis`. levels: float16 [frames, BAND_COUNT],
    compressed magnitude log(1 + 1000 x) of each band at 100 Hz, 0 is silence and 6.9 a full-scale sine. timbre.
    """

    peaks: np.ndarray
    bands: np.ndarray
    levels: np.ndarray
    timbre: Timbre


class PictureMaker:
    """Streaming maker of a `Picture`: `feed` mono float32 blocks, then `finish` once. An hour keeps 30 MB."""

    def __init__(self) -> None:
        self._stream = FrameStream(size=_SIZE, hop=_HOP)
        self._window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
        self._peaks = PeakMaker(ANALYSIS_RATE)
        self._bands: list[np.ndarray] = []
        self._levels: list[np.ndarray] = []
        self._timbre: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples]."""
        self._peaks.feed(block)
        for frames in self._stream.feed(block):
            self._feed_frames(frames)

    def finish(self) -> Picture:
        """The whole picture; the last partial peak and frame are filled up with silence."""
        for frames in self._stream.flush():
            self._feed_frames(frames)
        rms, centroid, flatness = _joined(self._timbre, 3, np.float32).T
        return Picture(
            self._peaks.finish(),
            _joined(self._bands, 3, np.uint8),
            _joined(self._levels, BAND_COUNT, np.float16),
            Timbre(rms, centroid, flatness),
        )

    def _feed_frames(self, frames: np.ndarray) -> None:
        power = power_spectra(frames, self._window)[:, : _EDGES[-1]]
        sums = np.add.reduceat(power, _EDGES[:-1], axis=1)
        self._levels.append(np.log1p(_COMPRESSION * np.sqrt(sums)).astype(np.float16))
        thirds = np.add.reduceat(sums, (LOW_BANDS.start, MID_BANDS.start, MID_BANDS.stop), axis=1)
        with np.errstate(divide="ignore"):
            level_db = 10 * np.log10(thirds)
        self._bands.append(np.rint(np.clip(1.0 - level_db / _FLOOR_DB, 0.0, 1.0) * 255).astype(np.uint8))
        self._timbre.append(_timbre(frames, sums))


def _timbre(frames: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Columns RMS, centroid and flatness; a silent frame has centroid 0 and flatness 0."""
    rms = np.sqrt(np.einsum("ij,ij->i", frames, frames) / frames.shape[1])
    total = sums.sum(axis=1)
    safe = np.maximum(total, 1e-20)
    centroid = np.einsum("ij,j->i", sums, np.asarray(BAND_CENTRES_HZ, np.float32)) / safe
    density = sums / np.diff(_EDGES).astype(np.float32)
    geometric = np.exp(np.mean(np.log(density + 1e-20), axis=1))
    flatness = np.where(total > 1e-12, geometric / np.maximum(density.mean(axis=1), 1e-20), 0.0)
    return np.stack([rms, centroid, flatness], axis=1).astype(np.float32)


def _joined(parts: list[np.ndarray], columns: int, dtype: type[np.generic]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros((0, columns), dtype)
