"""Where sections begin and which of them sound alike.

Segmentation by dynamic programming over units (bars): the cheapest cut into sections, where a section costs what its
sound and harmony vary within it and a fee. The fee is lower for whole phrases (multiples of 4 and 8 bars) and for
beginnings at which something new begins (`novelty`).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.letters import name_letters, section_distances
from web.py.analysis.novelty import cosines, harmony_change, repetition_change, sound_likeness
from web.py.analysis.units import Units

__all__ = ["cut_sections"]

_PHRASE: Final = 4
# Fees and weights, here and in `letters`, were found by random search on one half of arranged and composed songs and of
# POP909 songs with human labels, for boundaries within 0.5 and 3 s and for pairs of the same letter.
_FEE: Final = 1.5
_HARMONY_WEIGHT: Final = 0.5  # of smoothed harmony beside sound, whose features have spread 1
_CHANGE_WEIGHT: Final = 1.0
_REPEAT_WEIGHT: Final = 2.5
#: What a length costs beside the fee: not a multiple of 2, of 4, of 8 units; and a first one short of a phrase.
_ODD, _EVEN, _FOURS, _SHORT = 1.0, 1.0, 0.5, 4.0
#: Difference is weighed by time: a bar of 126 BPM counts as one, longer and shorter ones within these limits.
_USUAL_BAR: Final = 1.9
_LEAST_MOST_WEIGHT: Final = (0.7, 2.0)
_GOES_ON: Final = 0.7  # two sections in a row of one letter and no further apart are one
_SHORTEST_FIRST: Final = 2
_LONGEST: Final = 64
_LONGEST_RISE, _RISE_FEE = 16, 1.0
#: A track has no more sections than 4 and one per 24 s: where more pay, each costs half as much again.
_MOST_AT_ONCE, _SECONDS_EACH, _DEARER = 4, 24.0, 1.5


def cut_sections(units: Units) -> tuple[np.ndarray, list[str]]:
    """Numbers of the units that begin a section, ascending from 0, and the sections' letters."""
    harmony = cosines(units.harmony)
    alike = np.maximum(harmony, 0.0) * sound_likeness(units.sound)
    gain = _CHANGE_WEIGHT * harmony_change(units.harmony) + _REPEAT_WEIGHT * repetition_change(alike)
    starts = _find_starts(units, gain)
    distances = section_distances(units.sound, harmony, starts)
    letters = name_letters(distances)
    kept = [
        at for at in range(len(starts)) if at == 0 or letters[at] != letters[at - 1] or distances[at, at - 1] > _GOES_ON
    ]
    return starts[kept], [letters[at] for at in kept]


def _find_starts(units: Units, gain: np.ndarray) -> np.ndarray:
    weight = float(np.clip(np.median(np.diff(units.edges)) / _USUAL_BAR, *_LEAST_MOST_WEIGHT))
    spreads = weight * _spreads(units)
    most = _MOST_AT_ONCE + float(units.edges[-1] - units.edges[0]) / _SECONDS_EACH
    fee = _FEE
    starts = _cheapest(spreads, gain, fee=fee, bars=units.bars)
    while len(starts) > most:
        fee *= _DEARER
        starts = _cheapest(spreads, gain, fee=fee, bars=units.bars)
    return starts


def _spreads(units: Units) -> np.ndarray:
    """float64 [n + 1, longest + 1]: sum of squares about the mean of the section that ends before i and has k units.

    A build rises from its first bar to its last: where that is cheaper, about the straight line instead of the mean.
    """
    smooth = _over_a_phrase(units.harmony) * np.sqrt(_HARMONY_WEIGHT)
    rows = np.concatenate([units.sound / np.sqrt(units.sound.shape[1]), smooth], axis=1).astype(np.float64)
    n = len(rows)
    numbers = np.arange(n, dtype=np.float64)
    sums = _running(rows)
    moments = _running(numbers[:, None] * rows)
    squares = _running(np.einsum("ij,ij->i", rows, rows)[:, None])[:, 0]
    spreads = np.full((n + 1, min(n, _LONGEST) + 1), np.inf)
    for length in range(1, spreads.shape[1]):
        total = sums[length:] - sums[:-length]
        spread = squares[length:] - squares[:-length] - np.einsum("ij,ij->i", total, total) / length
        if _PHRASE <= length <= _LONGEST_RISE:
            middle = np.arange(n - length + 1)[:, None] + (length - 1) / 2
            lean = moments[length:] - moments[:-length] - middle * total
            explained = np.einsum("ij,ij->i", lean, lean) * (12.0 / (length * (length * length - 1.0)))
            spread -= np.maximum(explained - _RISE_FEE, 0.0)
        spreads[length:, length] = spread
    return spreads


def _running(rows: np.ndarray) -> np.ndarray:
    sums: np.ndarray = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    return sums


def _over_a_phrase(rows: np.ndarray) -> np.ndarray:
    """Mean over four units, so that a repeated chord sequence is constant."""
    padded = np.concatenate([rows[:1], rows[:1], rows, rows[-1:]])
    mean: np.ndarray = np.sum([padded[k : k + len(rows)] for k in range(_PHRASE)], axis=0) / _PHRASE
    return mean


def _cheapest(spreads: np.ndarray, gain: np.ndarray, *, fee: float, bars: int) -> np.ndarray:
    """Starts of the sections of least cost, each costing `fee`, what its length costs and its spread, less its gain."""
    lengths = np.arange(spreads.shape[1])
    fees = fee + _length_fee(lengths, bars)
    n = len(spreads) - 1
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    came = np.zeros(n + 1, np.intp)
    bonus = np.append(gain, 0.0)
    bonus[0] = 0.0
    for end in range(_SHORTEST_FIRST, n + 1):
        length = lengths[1 : min(end, lengths[-1]) + 1]
        cost = best[end - length] + spreads[end, length] + fees[length] - bonus[end - length]
        if end < _PHRASE:
            cost[-1] = spreads[end, end] + fee + _SHORT
        chosen = int(np.argmin(cost))
        best[end], came[end] = cost[chosen], end - length[chosen]
    starts = [n]
    while starts[-1] > 0:
        starts.append(int(came[starts[-1]]))
    return np.array(starts[:0:-1], np.intp)


def _length_fee(lengths: np.ndarray, bars: int) -> np.ndarray:
    odd = np.where(lengths % 2 == 1, _ODD, np.where(lengths % 4 == 2, _EVEN, np.where(lengths % 8 == 4, _FOURS, 0.0)))
    if bars != 1:
        odd = np.zeros(len(lengths))
    return np.where(lengths < _PHRASE, np.inf, odd)
