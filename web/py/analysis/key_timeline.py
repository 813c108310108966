"""Which keys follow one another: windows scored by the key model, joined by the cheapest path through them.

A key change must pay for itself (Viterbi 1967): windows of 12 s every 2 s each give their log odds, shared out over the
windows that overlap, and each change costs a fixed number of nats, more where the two keys hold the same notes, since
a song that dwells on its relative has not modulated. What lies between two changes is then judged as a piece of its
own.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

import numpy as np

from shared.theory.keys import KEYS
from web.py.analysis.evidence import PitchRows, gather
from web.py.analysis.key_model import judge, key_scores, posterior
from web.py.analysis.tonal import ROW_SECONDS

__all__ = ["Stretch", "key_path", "stretches"]

_WINDOW_ROWS: Final = round(12.0 / ROW_SECONDS)
_STEP_ROWS: Final = round(2.0 / ROW_SECONDS)
_CHANGE: Final = 6.0
_CHANGE_TO_RELATIVE: Final = 6.0  # beside `_CHANGE`
_CHANGE_TO_PARALLEL: Final = 3.0
_MIN_ROWS: Final = round(12.0 / ROW_SECONDS)  # shorter is a passing chord, not a key


class Stretch(NamedTuple):
    """Rows first to before last in one key, and the scores float64 [24] of the key model on them."""

    first: int
    last: int
    key: int
    scores: np.ndarray


def stretches(rows: PitchRows) -> tuple[list[Stretch], np.ndarray]:
    """The keys of a track in order, and what each window of it says by itself: int [windows], indices in `KEYS`."""
    count = len(rows.weight)
    centres = np.arange(0, count, _STEP_ROWS) + min(_STEP_ROWS, count) // 2
    first = np.clip(centres - _WINDOW_ROWS // 2, 0, max(0, count - _WINDOW_ROWS))
    scores = key_scores(gather(rows, first, np.minimum(first + _WINDOW_ROWS, count)))
    path = key_path(np.log(posterior(scores) + 1e-12) * (_STEP_ROWS / _WINDOW_ROWS), change=_change_costs())
    changes = np.flatnonzero(np.diff(path)) + 1
    bounds = [0, *_far_enough(changes * _STEP_ROWS, count), count]
    found = [_stretch(rows, start, end) for start, end in itertools.pairwise(bounds)]
    return _joined(rows, found), np.argmax(scores, axis=1)


def key_path(gains: np.ndarray, *, change: np.ndarray) -> np.ndarray:
    """The path int [n] of greatest sum of `gains` [n, k] less `change` [k, k] (from, to; zero diagonal).

    >>> key_path(np.array([[1.0, 0], [1, 0], [0, 1], [0, 9]]), change=np.array([[0, 1.0], [1, 0]])).tolist()
    [0, 0, 1, 1]
    """
    best = gains[0]
    came = np.zeros(gains.shape, np.int64)
    for index in range(1, len(gains)):
        ways = best[:, None] - change
        came[index] = np.argmax(ways, axis=0)
        best = ways.max(axis=0) + gains[index]
    path = np.empty(len(gains), np.int64)
    path[-1] = np.argmax(best)
    for index in range(len(gains) - 1, 0, -1):
        path[index - 1] = came[index, path[index]]
    return path


def _change_costs() -> np.ndarray:
    """Nats [24, 24] that a change from one key to another costs."""
    cost = np.full((24, 24), _CHANGE)
    for row, before in enumerate(KEYS):
        for column, after in enumerate(KEYS):
            if before.wheel == after.wheel:
                cost[row, column] += _CHANGE_TO_RELATIVE
            elif before.tonic == after.tonic:
                cost[row, column] += _CHANGE_TO_PARALLEL
    np.fill_diagonal(cost, 0.0)
    return cost


def _far_enough(changes: np.ndarray, count: int) -> list[int]:
    """The changes that leave at least `_MIN_ROWS` on either side."""
    kept: list[int] = []
    for change in changes.tolist():
        if change - (kept[-1] if kept else 0) >= _MIN_ROWS and count - change >= _MIN_ROWS:
            kept.append(change)
    return kept


def _stretch(rows: PitchRows, first: int, last: int) -> Stretch:
    scores = judge(PitchRows(*(part[first:last] for part in rows)))
    return Stretch(first, last, int(np.argmax(scores)), scores)


def _joined(rows: PitchRows, found: list[Stretch]) -> list[Stretch]:
    """Neighbours that hold the same notes made one, and judged anew."""
    joined = found[:1]
    for stretch in found[1:]:
        if KEYS[stretch.key].wheel == KEYS[joined[-1].key].wheel:
            joined[-1] = _stretch(rows, joined[-1].first, stretch.last)
        else:
            joined.append(stretch)
    return joined
