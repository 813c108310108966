"""Which pitches sound, second by second: spectral peaks to a fine pitch histogram, from it tuning and chroma.

A frame's spectrum (Hann 8192, hop 4096) is whitened by its local mean, so that timbre and mix weigh less than harmony
("improves any type of music", essentia #492); local maxima are placed between bins by parabolic interpolation
(Smith & Serra 1987) and counted in bins of 10 cents. The tuning comes last, as the circular mean of the peaks'
distances to the tempered grid (Dressler & Streich 2007), so that no peak has to be heard twice.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import Tuning
from shared.units import A4_HZ, cents_to_ratio
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.framing import FrameStream, power_spectra

__all__ = ["BINS", "ROW_SECONDS", "Tonal", "TonalMaker", "chroma", "estimate_tuning", "interval_chroma"]

#: Histogram bins per octave: 10 cents each; bin 0 starts at C.
BINS: Final = 120
_COLUMNS: Final = 2 * BINS + 2  # all peaks, bass peaks, power in peaks, power
_PER_SEMITONE: Final = BINS // 12
_SIZE: Final = 8192
_HOP: Final = 4096
_LOW_HZ, _BASS_HZ, _HIGH_HZ = 55.0, 220.0, 2000.0
_FIRST, _LAST = (int(hz * _SIZE / ANALYSIS_RATE) for hz in (_LOW_HZ, _HIGH_HZ))
_ENVELOPE_BINS: Final = 41  # about 220 Hz: wider than a partial, narrower than a formant
_PEAK_OVER_MEAN: Final = 2.0  # a peak stands at least so far over its surroundings
#: Power below which is no music: -100 dB of full scale, and of the frame's loudest bin where that is louder, since the
#: moving mean is a difference of sums that has no more digits.
_FLOOR: Final = 1e-10
_C0_HZ: Final = A4_HZ * 2.0 ** (-57 / 12)
_FRAMES_PER_ROW: Final = 2
#: Seconds from one row of a `Tonal` to the next (0.19): fine enough for chords and downbeats.
ROW_SECONDS: Final = _FRAMES_PER_ROW * _HOP / ANALYSIS_RATE


class Tonal(NamedTuple):
    """Pitch histograms float32 [rows, BINS] of all peaks and of the bass, one row per `ROW_SECONDS`.

    Row i sums the frames centred on i * `ROW_SECONDS` and half a row later. tonalness: float32 [rows], share 0-1 of
    the rows' power that stands in peaks.
    """

    all: np.ndarray
    bass: np.ndarray
    tonalness: np.ndarray


class TonalMaker:
    """Streaming maker of a `Tonal`: `feed` mono float32 blocks, then `finish` once."""

    def __init__(self) -> None:
        self._stream = FrameStream(size=_SIZE, hop=_HOP)
        self._window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
        self._held = np.zeros((0, _COLUMNS))
        self._rows: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples]."""
        for frames in self._stream.feed(block):
            self._take(frames)

    def histogram(self) -> np.ndarray:
        """Pitch histogram float64 [BINS] of all that was heard so far."""
        rows = [*self._rows, self._held]
        total: np.ndarray = np.sum([part[:, :BINS].sum(axis=0) for part in rows], axis=0)
        return total

    def _take(self, frames: np.ndarray) -> None:
        held = np.concatenate([self._held, _histograms(power_spectra(frames, self._window))])
        whole = len(held) // _FRAMES_PER_ROW * _FRAMES_PER_ROW
        self._rows.append(held[:whole].reshape(-1, _FRAMES_PER_ROW, _COLUMNS).sum(axis=1).astype(np.float32))
        self._held = held[whole:]

    def finish(self) -> Tonal:
        """The histograms of all that was fed."""
        for frames in self._stream.flush():
            self._take(frames)
        if self._held.size:
            self._rows.append(self._held.sum(axis=0, keepdims=True).astype(np.float32))
        rows = np.concatenate(self._rows) if self._rows else np.zeros((0, _COLUMNS), np.float32)
        tonalness = rows[:, -2] / np.maximum(rows[:, -1], 1e-20)
        return Tonal(rows[:, :BINS], rows[:, BINS : 2 * BINS], tonalness)


def _histograms(power: np.ndarray) -> np.ndarray:
    """Rows of float64 [_COLUMNS], one per spectrum."""
    power = power[:, _FIRST - 1 : _LAST + 2]
    middle = power[:, 1:-1]
    loudest = np.maximum(middle.max(axis=1, keepdims=True), 1.0)
    envelope = np.maximum(_moving_mean(power, _ENVELOPE_BINS)[:, 1:-1], _FLOOR * loudest)
    peak = (
        (middle > power[:, :-2])
        & (middle >= power[:, 2:])
        & (middle > _FLOOR * loudest)
        & (middle > _PEAK_OVER_MEAN * envelope)
    )
    row, bin_ = np.nonzero(peak)
    left, mid, right = (np.log(power[row, bin_ + k] + 1e-20) for k in (0, 1, 2))
    bend = left - 2 * mid + right
    offset = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
    hz = (bin_ + _FIRST + offset) * (ANALYSIS_RATE / _SIZE)
    weight = np.sqrt(middle[row, bin_] / envelope[row, bin_]) * (middle[row, bin_] / middle.max(axis=1)[row]) ** 0.25
    cell = np.floor(np.log2(hz / _C0_HZ) * BINS + 0.5).astype(np.int64) % BINS
    count = len(power)
    rows = np.zeros((count, _COLUMNS))
    for first, chosen in ((0, slice(None)), (BINS, hz < _BASS_HZ)):
        flat = np.bincount(row[chosen] * BINS + cell[chosen], weight[chosen], minlength=count * BINS)
        rows[:, first : first + BINS] = flat.reshape(count, BINS)
    around = middle[row, bin_] + power[row, bin_] + power[row, bin_ + 2]
    rows[:, -2] = np.bincount(row, around, minlength=count)
    rows[:, -1] = middle.sum(axis=1)
    return rows


def _moving_mean(rows: np.ndarray, width: int) -> np.ndarray:
    """Mean over `width` columns, edges repeated."""
    half = width // 2
    padded = np.pad(rows.astype(np.float64), ((0, 0), (half + 1, half)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    mean: np.ndarray = (sums[:, width:] - sums[:, :-width]) / width
    return mean


def estimate_tuning(histogram: np.ndarray) -> Tuning | None:
    """Reference pitch from a pitch histogram float64 [BINS]; `None` when it is empty.

    The angle of the mean resultant vector over one semitone is the deviation, its length the confidence.

    >>> comb = np.zeros(BINS); comb[2::10] = 1.0
    >>> estimate_tuning(comb).cents
    20.0
    """
    total = histogram.sum()
    if not (math.isfinite(total) and total > 0):
        return None
    angles = np.arange(BINS) * (2 * np.pi / _PER_SEMITONE)
    vector = np.sum(histogram * np.exp(1j * angles)) / total
    cents = float(np.round(np.angle(vector) / (2 * np.pi) * 100.0, 3))
    return Tuning(hz=A4_HZ * cents_to_ratio(cents), cents=cents, confidence=float(abs(vector)))


def chroma(histogram: np.ndarray, *, cents: float) -> np.ndarray:
    """Pitch-class weights [..., 12] of histograms [..., BINS], C first, at a tuning `cents` from A4 = 440 Hz.

    Peaks fall off with a raised cosine over a semitone, so that vibrato neither counts fully nor is lost.
    """
    distance = np.arange(BINS)[:, None] - (np.arange(12) * _PER_SEMITONE + cents / 10)[None, :]
    distance = (distance + BINS / 2) % BINS - BINS / 2
    near = np.abs(distance) < _PER_SEMITONE / 2
    weights = np.where(near, np.cos(np.pi * distance / _PER_SEMITONE) ** 2, 0.0)
    folded: np.ndarray = np.einsum("...i,ij->...j", histogram, weights)
    return folded


def interval_chroma(histograms: np.ndarray, times_seconds: np.ndarray, *, cents: float) -> np.ndarray:
    """Mean chroma float64 [n, 12] between each two of n + 1 ascending times, from rows [rows, BINS] of a `Tonal`.

    A row counts as far as its `ROW_SECONDS` lie within the interval, so intervals may be shorter than a row.
    """
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(chroma(histograms, cents=cents), axis=0)])
    at = np.clip(times_seconds / ROW_SECONDS, 0.0, len(histograms))
    read = np.stack([np.interp(at, np.arange(len(sums)), column) for column in sums.T], axis=1)
    means: np.ndarray = np.diff(read, axis=0) / np.maximum(np.diff(at), 1e-9)[:, None]
    return means
