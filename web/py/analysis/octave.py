"""Which multiple of a pulse is the beat: candidate tempi, what speaks for each, and their shares of the evidence.

Nearly all tempo error is octave error, so each tempo that may be meant is judged by what a listener goes by: how
strongly kick, snare and hats repeat at its beat, its halves and its bars, whether kick and snare alternate over two
beats, how many onsets a beat holds, how often the harmony changes, and how common the tempo is. `judge` weighs them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.tempogram import FRAME_RATE, Tempogram
from web.py.analysis.tonal import ROW_SECONDS

__all__ = ["FEATURES", "features", "harmony_repeats"]

_CHANGE_WINDOW: Final = 128  # rows of the pitch histograms, 24 s
_ROWS: Final = ("low", "body", "bite", "air", "mix")
_LAGS: Final = (
    ("1/4", 0.25),
    ("1/3", 1 / 3),
    ("1/2", 0.5),
    ("1", 1.0),
    ("3/2", 1.5),
    ("2", 2.0),
    ("3", 3.0),
    ("4", 4.0),
)
_TONES: Final = (("1/4", 0.25), ("1/2", 0.5), ("1", 1.0), ("2", 2.0), ("3", 3.0), ("4", 4.0))
_CHANGES: Final = (("1", 1.0), ("2", 2.0), ("3", 3.0), ("4", 4.0), ("8", 8.0))
FEATURES: Final = (
    "octaves over 120",
    "octaves over 120, squared",
    *(f"{row} repeats after {name}" for row in _ROWS for name, _ in _LAGS),
    *(f"{row} swings at {name}" for row in _ROWS for name, _ in _TONES),
    *(f"low and bite together at {name}" for name, _ in _TONES[:3]),
    *(f"{row} onsets per beat{power}" for row in ("low", "bite", "mix") for power in ("", ", squared")),
    *(f"harmony repeats after {name}" for name, _ in _CHANGES),
)


def features(
    hz: np.ndarray, tempogram: Tempogram, voices: np.ndarray, mix: np.ndarray, changes: np.ndarray
) -> np.ndarray:
    """What speaks for each tempo: float64 [n, len(FEATURES)].

    hz: candidates [n]. voices [frames, 4], mix [frames]: onsets. changes: `harmony_repeats`.
    """
    octaves = np.log2(hz / 2.0)
    columns = [octaves, octaves**2]
    for row in range(len(_ROWS)):
        columns += [_tallest(tempogram, row, share / hz) for _, share in _LAGS]
    for row in range(len(_ROWS)):
        columns += [tempogram.spectrum_at(row, share * hz) for _, share in _TONES]
    columns += [tempogram.cross_at(share * hz) for _, share in _TONES[:3]]
    for envelope in (voices[:, 0], voices[:, 2], mix):
        per_beat = np.log2(np.maximum(_onset_rate(envelope), 0.1) / hz)
        columns += [per_beat, per_beat**2]
    columns += [
        np.interp(share / hz, np.arange(changes.size) * ROW_SECONDS, changes, right=0.0) for _, share in _CHANGES
    ]
    return np.stack(columns, axis=1)


def harmony_repeats(chroma: np.ndarray) -> np.ndarray:
    """Autocorrelation float64 [64] of the harmony's change, 1 at lag 0, from chroma [rows, 12] every 0.19 s.

    Change is one less the cosine between the two rows before and the two after.
    """
    rows = np.sqrt(chroma)
    pairs = rows[1:] + rows[:-1]
    if len(pairs) < 8:
        return np.zeros(_CHANGE_WINDOW // 2)
    norms = np.maximum(np.linalg.norm(pairs, axis=1), 1e-9)
    change = 1.0 - np.einsum("ij,ij->i", pairs[2:], pairs[:-2]) / (norms[2:] * norms[:-2])
    total = np.zeros(_CHANGE_WINDOW // 2)
    for start in range(0, max(1, change.size - _CHANGE_WINDOW // 2), _CHANGE_WINDOW // 2):
        piece = change[start : start + _CHANGE_WINDOW]
        piece = piece - piece.mean()
        power = np.abs(np.fft.rfft(piece, 2 * _CHANGE_WINDOW)) ** 2
        total += np.fft.irfft(power)[: total.size]
    repeats: np.ndarray = total / max(float(total[0]), 1e-9)
    return repeats


def _tallest(tempogram: Tempogram, row: int, seconds: np.ndarray) -> np.ndarray:
    """The greatest autocorrelation within 1 % of each lag: beats of people and candidates are not exact."""
    near = seconds * np.array([0.99, 0.995, 1.0, 1.005, 1.01])[:, None]
    tallest: np.ndarray = tempogram.acf_at(row, near).max(axis=0)
    return tallest


def _onset_rate(envelope: np.ndarray) -> float:
    """Distinct onsets per second: maxima over 50 ms that stand over twice the mean."""
    if envelope.size < 3:
        return 0.0
    inner = envelope[1:-1]
    peaks = (inner > envelope[:-2]) & (inner >= envelope[2:]) & (inner > 1.5 * envelope.mean())
    return float(peaks.sum()) / (envelope.size / FRAME_RATE)
