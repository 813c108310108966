"""Which beats are downbeats, bar by bar: mostly every fourth or third, but a song may hold a bar of two in between.

Each beat is scored as the beginning of a bar by the same weights that judged the mean bar. The best sequence of
downbeats is found by dynamic programming over the place in the bar (Viterbi), where a bar cut short or prolonged costs
as much as several bars' evidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.bars import CELLS, PLACES, PULSE_CELLS, Metre

__all__ = ["bar_scores", "best_downbeats"]

#: What a bar of another length costs, in standard deviations of one bar's score.
_BREAK_COST: Final = 10.0


def bar_scores(
    warped: np.ndarray, metre: Metre, weights: np.ndarray, *, first_cell: float, pulses_per_beat: float, count: int
) -> np.ndarray:
    """How well a bar begins at each of `count` beats, float64 [count].

    warped: [cells, 7] as of `bars.warp`. weights: in the order of `bars.PLACES`. first_cell: of warped time, where the
    first beat lies.
    """
    step = max(1, round(pulses_per_beat * PULSE_CELLS / CELLS))
    strength: np.ndarray = np.sqrt((np.roll(warped, step, axis=0) + 2 * warped + np.roll(warped, -step, axis=0)) / 4)
    starts = first_cell + np.arange(count) * pulses_per_beat * PULSE_CELLS
    scores = np.zeros(count)
    for (row, offset), weight in zip(PLACES[metre.name], weights, strict=True):
        at = np.rint(starts + offset * pulses_per_beat * PULSE_CELLS / CELLS).astype(np.int64)
        inside = (at >= 0) & (at < len(strength))
        scores[inside] += weight * strength[at[inside], row]
    return scores


def best_downbeats(scores: np.ndarray, *, beats: int, first: int) -> np.ndarray:
    """Indices of the downbeats, int64, from the scores [n] of all beats as beginnings of a bar.

    beats: to the bar. first: the beat that begins a bar if all bars are whole.

    >>> scores = np.zeros(160); scores[0:80:4] = 1.0; scores[82::4] = 1.0
    >>> best_downbeats(scores, beats=4, first=0)[18:22].tolist()
    [72, 76, 82, 86]
    """
    whole = np.arange(first % beats, scores.size, beats)
    if scores.size < 4 * beats:
        return whole
    centred = ((scores - scores.mean()) / max(float(scores.std()), 1e-9)).tolist()
    total = [centred[0], *([0.0] * (beats - 1))]
    back = [list(range(beats))]
    for score in centred[1:]:
        jump = max(range(beats), key=total.__getitem__)
        came, reached = [], []
        for place in range(beats):
            stay = (place - 1) % beats
            stays = total[stay] >= total[jump] - _BREAK_COST
            came.append(stay if stays else jump)
            reached.append(max(total[stay], total[jump] - _BREAK_COST))
        reached[0] += score
        total = reached
        back.append(came)
    place = max(range(beats), key=total.__getitem__)
    downbeats = []
    for index in range(scores.size - 1, -1, -1):
        if place == 0:
            downbeats.append(index)
        place = back[index][place]
    return np.array(downbeats[::-1], np.int64)
