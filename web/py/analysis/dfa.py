"""Danceability by detrended fluctuation analysis (Streich & Herrera, AES 118, 2005), in a stream.

The level of each 10 ms is summed up; in windows of 0.3 to 8.8 s a straight line is taken from the sum and what is left
measured, F(tau). Music with a strong regular beat keeps its fluctuation within a beat, so F grows slowly with tau; the
answer is the inverse of the mean slope of log F over log (tau + 3), about 0-3. Windows, steps and correction are those
of Essentia's `Danceability`, whose answers these are.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis import ANALYSIS_RATE

__all__ = ["FluctuationMaker"]

_FRAME: Final = ANALYSIS_RATE // 100
#: Window lengths in frames of 10 ms: 310 to 8800 ms, each a tenth longer than the one before.
_WINDOWS: Final = tuple(int(310 * 1.1**step / 10) for step in range(36) if 310 * 1.1**step <= 8800)
_CORRECTION: Final = 3.0  # frames; the paper's correction for short windows
#: Windows are worked through in stretches, so that sums stay small and exact however long the track is.
_STRETCH: Final = 8192


class FluctuationMaker:
    """Streaming maker of the danceability: `feed` mono float32 blocks at 44.1 kHz, then `finish` once."""

    def __init__(self) -> None:
        self._tail = np.zeros(0, np.float32)
        self._levels: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples]."""
        held = np.concatenate([self._tail, block])
        whole = held.size // _FRAME * _FRAME
        if whole:
            frames = held[:whole].reshape(-1, _FRAME)
            centred = frames - frames.mean(axis=1, keepdims=True)
            variance = np.einsum("ij,ij->i", centred, centred) / (_FRAME - 1)
            self._levels.append(np.sqrt(variance, dtype=np.float64))
        self._tail = held[whole:].copy()

    def finish(self) -> float | None:
        """About 0-3, higher for a stronger regular beat; `None` where the track is too short or does not change."""
        levels = np.concatenate(self._levels) if self._levels else np.zeros(0)
        fluctuations = []
        total = np.cumsum(levels - levels.mean()) if levels.size else levels
        for window in _WINDOWS:
            if levels.size <= window:
                break
            fluctuations.append(_fluctuation(total, window))
        if len(fluctuations) < 2 or min(fluctuations) <= 1e-9:
            return None
        windows = np.array(_WINDOWS[: len(fluctuations)]) + _CORRECTION
        slopes = np.diff(np.log(fluctuations)) / np.diff(np.log(windows))
        slope = float(slopes.mean())
        return 1.0 / slope if slope > 0 else None


def _fluctuation(total: np.ndarray, window: int) -> float:
    """Root mean square of what a straight line leaves of `total` [frames] in windows of so many frames."""
    step = max(window // 50, 1)
    places = np.arange(0, total.size - window, step)
    left = 0.0
    for first in range(0, places.size, max(_STRETCH // step, 1)):
        starts = places[first : first + max(_STRETCH // step, 1)]
        left += _residuals(total[starts[0] : starts[-1] + window], starts - starts[0], window)
    return float(np.sqrt(left / ((total.size - window) / step)))


def _residuals(values: np.ndarray, starts: np.ndarray, window: int) -> float:
    """Sum over windows of the mean squared residual of their regression lines, from running sums.

    With x from -(w-1)/2 to (w-1)/2: residual = Σ(y - ȳ)² - (Σxy)² / Σx².
    """
    y = values - values.mean()
    index = np.arange(y.size) - y.size / 2
    sums = [np.concatenate([[0.0], np.cumsum(part)]) for part in (y, y * y, index * y)]
    s, ss, si = (part[starts + window] - part[starts] for part in sums)
    centre = index[starts] + (window - 1) / 2
    sxy = si - centre * s
    sxx = window * (window**2 - 1) / 12
    residual = np.maximum(ss - s * s / window - sxy * sxy / sxx, 0.0)
    return float(residual.sum() / window)
