"""Onset strength from band levels: how much rises, where, every 10 ms.

Half-wave rectified differences of compressed band levels (spectral flux; Klapuri 1999, Bello et al. 2005), against the
greatest of the neighbouring bands a frame earlier, so that a vibrato moving between bands is no onset (SuperFlux, Böck
& Widmer 2013).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.picture import BAND_CENTRES_HZ, LOW_BANDS, MID_BANDS

__all__ = ["VOICES", "band_rises", "onset_strength", "voice_onsets"]

_STARTS: Final = (LOW_BANDS.start, MID_BANDS.start, MID_BANDS.stop)
#: The parts of a band that rhythm listens to, and the frequency in Hz at which each begins: kick and bass, the body of
#: snare and voices, their bite, hats and cymbals.
VOICES: Final = (("low", 0.0), ("body", 200.0), ("bite", 1000.0), ("air", 4500.0))
_VOICE_STARTS: Final = tuple(int(np.searchsorted(BAND_CENTRES_HZ, hz)) for _, hz in VOICES)
_CHUNK_FRAMES: Final = 8192


def band_rises(levels: np.ndarray, *, least: float = 0.0) -> np.ndarray:
    """Rise of each band over the frame before, float32 [frames, bands], never negative; the first frame has none.

    levels: [frames, bands] as in `Picture`. least: what a rise must exceed, as a share of the moment's loudest level.

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
    if least:
        widest += least * now.max(axis=1, keepdims=True)
    np.maximum(now - widest, 0.0, out=rises[1:])
    return rises


def onset_strength(levels: np.ndarray) -> np.ndarray:
    """Mean rise within low, mid and high bands: float32 [frames, 3]."""
    rises = band_rises(levels)
    counts = np.diff((*_STARTS, rises.shape[1])).astype(np.float32)
    strength: np.ndarray = np.add.reduceat(rises, _STARTS, axis=1) / counts
    return strength


def voice_onsets(levels: np.ndarray, *, least: float = 0.0) -> np.ndarray:
    """Mean rise within each of `VOICES`: float32 [frames, 4], made in chunks so that an hour costs 6 MB.

    least: as in `band_rises`.

    >>> steps = np.zeros((4, 33), np.float16); steps[2:, 30] = 2.0
    >>> voice_onsets(steps)[2].round(2).tolist()
    [0.0, 0.0, 0.0, 0.25]
    """
    strength = np.zeros((len(levels), len(VOICES)), np.float32)
    counts = np.diff((*_VOICE_STARTS, levels.shape[1])).astype(np.float32)
    for first in range(0, len(levels), _CHUNK_FRAMES):
        before = max(first - 1, 0)
        rises = band_rises(levels[before : first + _CHUNK_FRAMES], least=least)[first - before :]
        strength[first : first + len(rises)] = np.add.reduceat(rises, _VOICE_STARTS, axis=1) / counts
    return strength
