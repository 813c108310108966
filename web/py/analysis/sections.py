"""Where sections begin, and which of them sound alike.

Segmentation by dynamic programming over units (bars): the cheapest cut into sections, where a section costs what its
sound and harmony vary within it, and each section costs a fee that is lower for whole phrases (4, 8, 16 bars) and for
beginnings at which something changes: the harmony (contrast of what was played before and after: Foote 2000's
checkerboard with an inner-product kernel is the squared distance of the two means), or what is repeated from elsewhere
(structure features, Serra et al. 2014: a row of the recurrence matrix in lags says which other places this one
repeats; at the start of a repeated part that row changes).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.units import Units

__all__ = ["find_starts", "likeness", "name_letters"]

_PHRASE: Final = 4
_REACH: Final = 8  # units on either side of a change of harmony
_FEE: Final = 1.5
_HARMONY_WEIGHT: Final = 1.0  # of smoothed harmony beside sound, whose features have spread 1
_CHANGE_WEIGHT: Final = 2.0
_REPEAT_WEIGHT: Final = 3.0
#: What a length costs beside the fee, by the largest phrase that it is a multiple of, and for less than a phrase.
_ODD, _EVEN, _FOURS, _SHORT = 1.5, 1.2, 0.8, 4.0
_CLEAR_CHANGE, _CLEAR_REPEAT = 0.5, 2.0
_LONGEST: Final = 64
_LONGEST_RISE, _RISE_FEE = 16, 1.0
#: A track has no more sections than 4 and one per 20 s: where more pay, each costs half as much again.
_MOST_AT_ONCE, _SECONDS_EACH, _DEARER = 4, 20.0, 1.5
_ALIKE: Final = 0.7


def find_starts(units: Units) -> np.ndarray:
    """Numbers of the units that begin a section, ascending, the first is 0."""
    gain = _CHANGE_WEIGHT * harmony_change(units.harmony) + _REPEAT_WEIGHT * repetition_change(units)
    spreads = _spreads(units)
    most = _MOST_AT_ONCE + float(units.edges[-1] - units.edges[0]) / _SECONDS_EACH
    fee = _FEE
    starts = _cheapest(spreads, gain, fee=fee, bars=units.bars)
    while len(starts) > most:
        fee *= _DEARER
        starts = _cheapest(spreads, gain, fee=fee, bars=units.bars)
    return starts


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


def repetition_change(units: Units) -> np.ndarray:
    """0-1 at each unit: how much what this place repeats differs from what the place before repeated."""
    n = units.size
    alike = similarity(units)
    lags = np.stack([np.roll(row, -number) for number, row in enumerate(alike)])  # lags[i, k] = alike[i, (i + k) % n]
    kernel = np.exp(-0.5 * ((np.arange(_REACH) + 0.5) / (_REACH / 2.5)) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(lags[:1], _REACH, axis=0), lags, np.repeat(lags[-1:], _REACH, axis=0)])
    after = sum(weight * padded[_REACH + k : _REACH + k + n] for k, weight in enumerate(kernel))
    before = sum(weight * padded[_REACH - 1 - k : _REACH - 1 - k + n] for k, weight in enumerate(kernel))
    return _peaks(np.sqrt(((after - before) ** 2).sum(axis=1)), _CLEAR_REPEAT)


def similarity(units: Units) -> np.ndarray:
    """float32 [n, n], 0-1: how far two units play the same in the same sound."""
    centred = units.harmony - units.harmony.mean(axis=0)
    centred = centred / np.maximum(np.sqrt(np.einsum("ij,ij->i", centred, centred)), 1e-6)[:, None]
    harmony = np.einsum("ik,jk->ij", centred, centred)
    squares = np.einsum("ij,ij->i", units.sound, units.sound)
    distance = squares[:, None] + squares[None, :] - 2 * np.einsum("ik,jk->ij", units.sound, units.sound)
    sound = np.exp(-np.maximum(distance, 0.0) / units.sound.shape[1])
    alike: np.ndarray = np.maximum(harmony, 0.0) * sound
    return alike


def _peaks(curve: np.ndarray, clear: float) -> np.ndarray:
    """The curve where it is highest among its neighbours, a fifth of it elsewhere, 1 from `clear` on."""
    around = np.pad(curve, 2)
    highest = np.max([around[k : k + len(curve)] for k in (0, 1, 3, 4)], axis=0)
    kept = np.where(curve >= highest, curve, 0.2 * curve)
    return np.clip(kept / clear, 0.0, 1.0)


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


def _letter(number: int) -> str:
    """A to Z, then AA, AB, as columns of a sheet."""
    first, second = divmod(number, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)


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
    bonus = np.concatenate([gain, [0.0]])
    bonus[0] = 0.0
    for end in range(1, n + 1):
        length = lengths[1 : min(end, lengths[-1]) + 1]
        cost = best[end - length] + spreads[end, length] + fees[length] - bonus[end - length]
        chosen = int(np.argmin(cost))
        best[end], came[end] = cost[chosen], end - length[chosen]
    starts = []
    at = n
    while at > 0:
        at = int(came[at])
        starts.append(at)
    return np.array(starts[::-1], np.intp)


def _length_fee(lengths: np.ndarray, bars: int) -> np.ndarray:
    odd = np.where(lengths % 2 == 1, _ODD, np.where(lengths % 4 == 2, _EVEN, np.where(lengths % 8 == 4, _FOURS, 0.0)))
    if bars != 1:
        odd = np.zeros(len(lengths))
    fee: np.ndarray = odd + np.where(lengths < _PHRASE, _SHORT, 0.0)
    return fee


def likeness(units: Units, starts: np.ndarray) -> np.ndarray:
    """float64 [sections, sections]: distance of each two, 0 the same, above 1 different."""
    ends = np.append(starts[1:], units.size)
    centred = units.harmony - units.harmony.mean(axis=0)
    centred = centred / np.maximum(np.sqrt(np.einsum("ij,ij->i", centred, centred)), 1e-6)[:, None]
    means = np.stack([units.sound[a:b].mean(axis=0) for a, b in zip(starts, ends, strict=True)])
    count = len(starts)
    out = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            sound = float(((means[i] - means[j]) ** 2).mean())
            play = _best_match(centred[starts[i] : ends[i]], centred[starts[j] : ends[j]])
            out[i, j] = out[j, i] = sound / 0.6 + 1 - play
    return out


def _best_match(a: np.ndarray, b: np.ndarray) -> float:
    """Mean cosine of the shorter along the longer where it fits best."""
    if len(a) > len(b):
        a, b = b, a
    pairs = np.einsum("ik,jk->ij", a, b)
    return max(
        float(np.mean(pairs[np.arange(len(a)), np.arange(len(a)) + shift])) for shift in range(len(b) - len(a) + 1)
    )


def name_letters(distances: np.ndarray) -> list[str]:
    """A letter per section, A first; average linkage until groups are further apart than 1."""
    groups = [[number] for number in range(len(distances))]
    while len(groups) > 1:
        pairs = [
            (float(distances[np.ix_(groups[i], groups[j])].mean()), i, j) for i in range(len(groups)) for j in range(i)
        ]
        nearest, i, j = min(pairs)
        if nearest > _ALIKE:
            break
        groups[j] += groups.pop(i)
    order = sorted(groups, key=min)
    letter = {number: _letter(at) for at, group in enumerate(order) for number in group}
    return [letter[number] for number in range(len(distances))]
