"""Which pitches sound, moment by moment: spectral peaks to a fine pitch histogram, from it tuning and chroma.

A frame's spectrum (Hann, 0.37 s) is whitened by its local mean, so that timbre and mix weigh less than harmony
("improves any type of music", essentia #492); local maxima are placed between bins by parabolic interpolation
(Smith & Serra 1987) and counted in bins of 10 cents. What a lower peak explains as its third or fifth partial is taken
off, since those partials sound a fifth and a major third that nobody played (after Gomez 2006, who folds them back).
The tuning comes last, as the circular mean of the peaks' distances to the tempered grid (Dressler & Streich 2007), so
that no peak has to be heard twice.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import Tuning
from shared.units import A4_HZ, cents_to_ratio
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.decimate import FACTOR, Decimator
from web.py.analysis.framing import FrameStream, power_spectra

__all__ = ["BINS", "ROW_SECONDS", "Tonal", "TonalMaker", "chroma", "estimate_tuning", "interval_chroma"]

#: Histogram bins per octave: 10 cents each; bin 0 starts at C.
BINS: Final = 120
_COLUMNS: Final = 2 * BINS + 2  # all peaks, bass peaks, power in peaks, power
_PER_SEMITONE: Final = BINS // 12
_RATE: Final = ANALYSIS_RATE / FACTOR
_SIZE: Final = 4096
_HOP: Final = 2048
#: Seconds from one row of a `Tonal` to the next (0.19): fine enough for chords and downbeats.
ROW_SECONDS: Final = _HOP / _RATE
_LOW_HZ, _BASS_HZ, _HIGH_HZ = 55.0, 220.0, 2000.0
_FIRST, _LAST = (int(hz * _SIZE / _RATE) for hz in (_LOW_HZ, _HIGH_HZ))
_ENVELOPE_BINS: Final = 81  # about 220 Hz: wider than a partial, narrower than a formant
_PEAK_OVER_MEAN: Final = 2.0  # a peak stands at least so far over its surroundings
#: Power below which is no music: -100 dB of full scale, and of the frame's loudest bin where that is louder, since the
#: moving mean is a difference of sums that has no more digits.
_FLOOR: Final = 1e-10
_C0_HZ: Final = A4_HZ * 2.0 ** (-57 / 12)
_OCTAVES: Final = (1, 8)  # C1 to below C8, of which peaks fill the middle
_CELLS: Final = (_OCTAVES[1] - _OCTAVES[0]) * BINS
_BASS_CELLS: Final = round((math.log2(_BASS_HZ / _C0_HZ) - _OCTAVES[0]) * BINS)
#: Distance in cells of the partials that are taken off, and how much of the lower peak's weight.
_PARTIALS: Final = tuple((round(math.log2(number) * BINS), share) for number, share in ((3, 0.6), (5, 0.5)))


class Tonal(NamedTuple):
    """Pitch histograms float32 [rows, BINS] of all peaks and of the bass, one row per `ROW_SECONDS`.

    Row i is centred on i * `ROW_SECONDS`. tonalness: float32 [rows], share 0-1 of the row's power that stands in peaks.
    """

    all: np.ndarray
    bass: np.ndarray
    tonalness: np.ndarray


class TonalMaker:
    """Streaming maker of a `Tonal`: `feed` mono float32 blocks, then `finish` once."""

    def __init__(self) -> None:
        self._decimator = Decimator()
        self._stream = FrameStream(size=_SIZE, hop=_HOP)
        self._window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
        self._rows: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples] at `ANALYSIS_RATE`."""
        self._take(self._decimator.feed(block))

    def _take(self, samples: np.ndarray) -> None:
        for frames in self._stream.feed(samples):
            self._rows.append(_histograms(power_spectra(frames, self._window)))

    def finish(self) -> Tonal:
        """The histograms of all that was fed."""
        self._take(self._decimator.flush())
        for frames in self._stream.flush():
            self._rows.append(_histograms(power_spectra(frames, self._window)))
        rows = np.concatenate(self._rows) if self._rows else np.zeros((0, _COLUMNS), np.float32)
        tonalness = rows[:, -2] / np.maximum(rows[:, -1], 1e-20)
        return Tonal(rows[:, :BINS], rows[:, BINS : 2 * BINS], tonalness)


def _histograms(power: np.ndarray) -> np.ndarray:
    """Rows float32 [_COLUMNS], one per spectrum."""
    power = power[:, _FIRST - 1 : _LAST + 2]
    middle = power[:, 1:-1]
    highest = middle.max(axis=1, keepdims=True)
    floor = _FLOOR * np.maximum(highest, 1.0)
    envelope = _moving_mean(power, _ENVELOPE_BINS)[:, 1:-1]
    threshold = np.maximum(envelope * _PEAK_OVER_MEAN, floor)
    row, bin_ = np.nonzero((middle > power[:, :-2]) & (middle >= power[:, 2:]) & (middle > threshold))
    around = power[row, bin_], middle[row, bin_], power[row, bin_ + 2]
    left, peak, right = (np.log(value + 1e-20) for value in around)
    bend = left - 2 * peak + right
    offset = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
    hz = (bin_ + _FIRST + offset) * (_RATE / _SIZE)
    over = around[1] / np.maximum(envelope, floor)[row, bin_]
    weight = np.sqrt(over * np.sqrt(around[1] / highest[row, 0]))
    cell = np.floor((np.log2(hz / _C0_HZ) - _OCTAVES[0]) * BINS + 0.5).astype(np.int64)
    count = len(power)
    pitches = np.bincount(row * _CELLS + cell, weight, minlength=count * _CELLS).astype(np.float32)
    own = _without_partials(pitches.reshape(count, _CELLS))
    low = own.copy()
    low[:, _BASS_CELLS:] = 0.0
    power_in_peaks = np.bincount(row, sum(around), minlength=count)
    shares = np.stack([power_in_peaks, middle.sum(axis=1)], axis=1)
    return np.concatenate([_folded(own), _folded(low), shares], axis=1).astype(np.float32)


def _without_partials(pitches: np.ndarray) -> np.ndarray:
    """Pitch rows float32 [rows, _CELLS] less the partials of what stands below them, a cell of mistuning allowed."""
    wide = np.pad(pitches, ((0, 0), (1, 1)))
    wide = np.maximum(np.maximum(wide[:, :-2], wide[:, 2:]), pitches)
    own = pitches.copy()
    for distance, share in _PARTIALS:
        own[:, distance:] -= share * wide[:, :-distance]
    return np.maximum(own, 0.0)


def _folded(pitches: np.ndarray) -> np.ndarray:
    folded: np.ndarray = pitches.reshape(len(pitches), -1, BINS).sum(axis=1)
    return folded


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
