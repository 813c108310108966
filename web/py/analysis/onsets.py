"""Onset strength from band levels: how much rises, where, every 10 ms.

Half-wave rectified differences of compressed band levels (spectral flux; Klapuri 1999, Bello et al. 2005), against the
greatest of the neighbouring bands a frame earlier, so that a vibrato moving between bands is no onset (SuperFlux, Böck
& Widmer 2013).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.picture import LOW_BANDS, MID_BANDS

__all__ = ["band_rises", "onset_strength"]

_STARTS: Final = (LOW_BANDS.start, MID_BANDS.start, MID_BANDS.stop)


def band_rises(levels: np.ndarray) -> np.ndarray:
    """Rise of each band over the frame before, float32 [frames, bands], never negative; the first frame has none.

    levels: [frames, bands] as in `Picture`.

    >>> steps = np.zeros((4, 3), np.float16); steps[2:, 1] = 2.0
    >>> band_rises(steps)[:, 1].tolist()
    [0.0, 0.0, 2.0, 0.0]
    """
    rises = np.zeros(levels.shape, np.float32)
    if len(levels) < 2:
        return rises
    now = levels[1:].astype(np.float32)
    before = levels[:-1].astype(np.float32)
    widest = before.copy()
    np.maximum(widest[:, 1:], before[:, :-1], out=widest[:, 1:])
    np.maximum(widest[:, :-1], before[:, 1:], out=widest[:, :-1])
    widest[:, LOW_BANDS] = before[:, LOW_BANDS]  # single bins: a kick beside a bass note must not be hidden by it
    np.maximum(now - widest, 0.0, out=rises[1:])
    return rises


def onset_strength(levels: np.ndarray) -> np.ndarray:
    """Mean rise within low, mid and high bands: float32 [frames, 3]."""
    rises = band_rises(levels)
    counts = np.diff((*_STARTS, rises.shape[1])).astype(np.float32)
    strength: np.ndarray = np.add.reduceat(rises, _STARTS, axis=1) / counts
    return strength
