"""Levels in decibels to heights that move: each song, and each band of it, on a scale of its own.

A song's bands differ by 60 dB and move by 10 to 40. A fixed scale leaves the highs lying on the floor of one song and
the bass at the ceiling of another. So each band's own loud level becomes its ceiling and its own spread its range, both
over the whole song: a quiet intro stays quiet beside the drop.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["active_frames", "heights", "scale_of"]

Levels = npt.NDArray[np.int16]
Doubles = npt.NDArray[np.float64]

_SILENT_DB: Final = -80.0  # a song whose loud frames are below this is silent
_ACTIVE_DB: Final = -45.0  # below the loud frames: pauses, which say nothing about how a band moves
_LOUD, _MIDDLE = 0.96, 0.50  # shares of the active frames
#: Where the loud and the middle level of a band come to stand.
_LOUD_HEIGHT: Final = 0.88
_MIDDLE_HEIGHT: Final = 0.34
_RANGE_DB: Final = (16.0, 60.0)  # of a height of 1: narrower, a held note would flicker; wider, nothing would move
_DEEPEST_DB: Final = -66.0  # below the loudest band: there it is noise of a codec or a recorder, and stays low
#: Bands. Beside louder ones a band has a higher ceiling: with one of its own for each, every song would be a flat line.
_NEIGHBOURS: Final = 2.0
#: From band to band, 32 dB an octave: what lies deeper beside a loud band is a side lobe of the window, and no sound.
_STEEPEST_DB: Final = 4.5
#: All bands loud at once are a wall; notes and voices stand out from it by this share of what they have more.
_CONTRAST: Final = 0.5
_AROUND: Final = 4  # bands: two thirds of an octave
_KNEE: Final = 0.8  # heights above it bend towards 1 and never reach it at once


def active_frames(loudness: Levels) -> npt.NDArray[np.bool_]:
    """Which frames say how loud this song is: bool [n], none of them where it is silent.

    loudness: int16 [n], hundredths of a decibel.
    """
    if not len(loudness):
        return np.zeros(0, np.bool_)
    loud = _quantile(loudness, 0.95)
    if loud < _SILENT_DB:
        loud = float(loudness.max()) / 100  # one word in an hour of silence
    return loudness > max(100 * (loud + _ACTIVE_DB), 100 * _SILENT_DB)


def scale_of(levels: Levels, active: npt.NDArray[np.bool_], *, related: bool) -> tuple[Doubles, Doubles]:
    """Floor and range in dB of each column: float64 [columns] each.

    levels: int16 [n, columns]. related: the columns are neighbouring bands, which share a little of their scales.
    """
    quantiles = [_quantiles(levels[:, column][active]) for column in range(levels.shape[1])]
    middle, loud = np.array(quantiles).T
    spread = loud - middle
    loud = np.maximum(loud, loud.max() + _DEEPEST_DB)
    if related:
        loud = _masked(loud)
        loud, spread = np.maximum(loud, _blurred(loud)), _blurred(spread)
    # A band at the deepest level has the least range, however it moves down there; one above it as much more.
    most = np.minimum(_RANGE_DB[1], _RANGE_DB[0] + (loud - loud.max() - _DEEPEST_DB) / _LOUD_HEIGHT)
    span = np.clip(spread / (_LOUD_HEIGHT - _MIDDLE_HEIGHT), _RANGE_DB[0], np.maximum(most, _RANGE_DB[0]))
    return loud - _LOUD_HEIGHT * span, span


def heights(levels: Levels, floor_db: Doubles, span_db: Doubles, *, related: bool) -> npt.NDArray[np.float32]:
    """Heights 0-1 of levels int16 [n, columns]: float32 [n, columns].

    related: the columns are neighbouring bands, and those that stand out from the others stand out more.
    """
    x = levels.astype(np.float32)
    x *= (0.01 / span_db).astype(np.float32)
    x -= (floor_db / span_db).astype(np.float32)
    np.maximum(x, 0.0, out=x)
    if related:
        x += np.float32(_CONTRAST) * (x - _neighbourhood(x))
        np.maximum(x, 0.0, out=x)
    over = np.maximum(x - np.float32(_KNEE), 0.0)
    rest = np.float32(1.0 - _KNEE)
    # Straight up to the knee, then towards 1 with the same slope at the knee: 1 - rest^2 / (rest + over).
    return np.where(over > 0, 1.0 - rest * rest / (rest + over), x).astype(np.float32)


def _neighbourhood(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mean of each band and the `_AROUND` on either side of it: float32 [n, bands]."""
    padded = np.pad(x, ((0, 0), (_AROUND, _AROUND)), mode="edge")
    total = np.zeros_like(x)
    for shift in range(2 * _AROUND + 1):
        total += padded[:, shift : shift + x.shape[1]]
    return total / np.float32(2 * _AROUND + 1)


def _quantiles(column: Levels) -> tuple[float, float]:
    return _quantile(column, _MIDDLE), _quantile(column, _LOUD)


def _quantile(column: npt.NDArray[Any], share: float) -> float:
    """In dB; by rank, without numpy's copy to float64."""
    rank = math.ceil(share * (len(column) - 1))
    return float(np.partition(column, rank)[rank]) / 100.0


def _masked(loud: Doubles) -> Doubles:
    bands = np.arange(len(loud))
    return np.max(loud - _STEEPEST_DB * np.abs(bands[:, None] - bands), axis=1)


def _blurred(x: Doubles) -> Doubles:
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * np.square(reach / _NEIGHBOURS))
    padded = np.pad(x, 6, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
