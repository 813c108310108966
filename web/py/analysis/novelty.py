"""Where something new begins: what is played changes, or another place is repeated from here on.

Harmony: the contrast of what was played before and after. (Foote 2000's checkerboard over the matrix of inner products
is the squared distance of the two means, so no matrix is needed.) Repetition: structure features (Serra et al. 2014): a
row of the recurrence matrix, in lags, says which other places this one repeats; at the start of a repeated part that
row changes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["cosines", "harmony_change", "repetition_change", "sound_likeness"]

_REACH: Final = 8  # units on either side
_CLEAR_CHANGE, _CLEAR_REPEAT = 0.5, 2.0


def harmony_change(harmony: np.ndarray) -> np.ndarray:
    """0-1 at each unit: how far the harmony of the 8 units from here on differs from that of the 8 before."""
    sums = np.concatenate([np.zeros((1, harmony.shape[1])), np.cumsum(harmony, axis=0, dtype=np.float64)])
    change = np.zeros(len(harmony))
    at = np.arange(2, len(harmony) - 1)
    left = (sums[at] - sums[np.maximum(at - _REACH, 0)]) / np.minimum(at, _REACH)[:, None]
    stop = np.minimum(at + _REACH, len(harmony))
    right = (sums[stop] - sums[at]) / (stop - at)[:, None]
    change[at] = np.sqrt(((left - right) ** 2).sum(axis=1))
    return _peaks(change, _CLEAR_CHANGE)


def repetition_change(alike: np.ndarray) -> np.ndarray:
    """0-1 at each unit: how much what this place repeats differs from what the place before repeated.

    alike: [n, n], 0-1, how far two units are the same.
    """
    n = len(alike)
    lags = alike[np.arange(n)[:, None], (np.arange(n)[:, None] + np.arange(n)) % n]
    kernel = np.exp(-0.5 * ((np.arange(_REACH) + 0.5) / (_REACH / 2.5)) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    padded = np.pad(lags, ((_REACH, _REACH), (0, 0)), mode="edge")
    contrast = np.zeros((n, n), np.float32)
    for step, weight in enumerate(kernel):
        contrast += weight * (
            padded[_REACH + step : _REACH + step + n] - padded[_REACH - 1 - step : _REACH - 1 - step + n]
        )
    return _peaks(np.sqrt(np.einsum("ij,ij->i", contrast, contrast)), _CLEAR_REPEAT)


def cosines(rows: np.ndarray) -> np.ndarray:
    """float32 [n, n]: how alike the directions of any two rows are about the mean of all, -1 to 1."""
    centred = rows - rows.mean(axis=0)
    centred = centred / np.maximum(np.sqrt(np.einsum("ij,ij->i", centred, centred)), 1e-6)[:, None]
    alike: np.ndarray = np.einsum("ik,jk->ij", centred, centred)
    return alike


def sound_likeness(sound: np.ndarray) -> np.ndarray:
    """float32 [n, n], 0-1: how alike any two rows of features of spread 1 are."""
    squares = np.einsum("ij,ij->i", sound, sound)
    distance = squares[:, None] + squares[None, :] - 2 * np.einsum("ik,jk->ij", sound, sound)
    alike: np.ndarray = np.exp(-np.maximum(distance, 0.0) / sound.shape[1])
    return alike


def _peaks(curve: np.ndarray, clear: float) -> np.ndarray:
    """The curve where it is highest among its neighbours, a fifth of it elsewhere, 1 from `clear` on."""
    around = np.pad(curve, 2)
    highest = np.max([around[k : k + len(curve)] for k in (0, 1, 3, 4)], axis=0)
    kept = np.where(curve >= highest, curve, 0.2 * curve)
    return np.clip(kept / clear, 0.0, 1.0)
