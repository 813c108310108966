"""Which sections sound alike: a letter for each, by what they play in order and how it sounds."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["name_letters", "section_distances"]

#: Differences of sound (mean square, of features of spread 1) and of harmony (1 - cosine) that part two letters.
_SOUND_APART: Final = 0.36
_PLAY_APART: Final = 0.85


def section_distances(sound: np.ndarray, harmony: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """float64 [sections, sections]: 0 is the same, above 1 different.

    sound: [n, features] of spread 1. harmony: cosines [n, n] of any two units. The shorter of two sections is laid
    along the longer where it fits best, so that the same chords in another order are not the same.
    """
    n, count = len(sound), len(starts)
    lengths = np.diff(np.append(starts, n))
    means = np.add.reduceat(sound, starts, axis=0, dtype=np.float64) / lengths[:, None]
    along = _along_diagonals(harmony)
    distances = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            a, b = (i, j) if lengths[i] <= lengths[j] else (j, i)
            shifts = starts[b] + np.arange(lengths[b] - lengths[a] + 1)
            lags = (shifts - starts[a]) % n
            sums = along[starts[a] + lengths[a], lags] - along[starts[a], lags]
            apart = float(np.mean((means[i] - means[j]) ** 2)) / _SOUND_APART
            distances[i, j] = distances[j, i] = apart + (1 - float(sums.max()) / lengths[a]) / _PLAY_APART
    return distances


def _along_diagonals(matrix: np.ndarray) -> np.ndarray:
    """Running sums [n + 1, n] down the rows of matrix[i, (i + lag) % n]: a stretch of a diagonal is one difference."""
    n = len(matrix)
    lags = matrix[np.arange(n)[:, None], (np.arange(n)[:, None] + np.arange(n)) % n]
    return np.concatenate([np.zeros((1, n)), np.cumsum(lags, axis=0, dtype=np.float64)])


def name_letters(distances: np.ndarray) -> list[str]:
    """A letter per section, A first; average linkage until groups are further apart than 1.

    >>> name_letters(np.array([[0.0, 3.0, 0.1], [3.0, 0.0, 3.0], [0.1, 3.0, 0.0]]))
    ['A', 'B', 'A']
    """
    between = np.asarray(distances, np.float64) + np.diag(np.full(len(distances), np.inf))
    members = [[number] for number in range(len(distances))]
    while True:
        i, j = sorted(divmod(int(np.argmin(between)), len(members)))
        if len(members) == 1 or between[i, j] > 1.0:
            break
        sizes = len(members[i]), len(members[j])
        joined = (sizes[0] * between[i] + sizes[1] * between[j]) / sum(sizes)
        joined[i] = np.inf
        between[i], between[:, i] = joined, joined
        between = np.delete(np.delete(between, j, axis=0), j, axis=1)
        members[i] += members.pop(j)
    letters = [""] * len(distances)
    for at, group in enumerate(sorted(members, key=min)):
        for number in group:
            letters[number] = _letter(at)
    return letters


def _letter(number: int) -> str:
    """A to Z, then AA, AB, as columns of a sheet."""
    first, second = divmod(number, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)
