"""Which tempo, which metre and which beat of the bar: every hypothesis gets its share of the evidence.

A hypothesis is a candidate tempo, a metre and the cell where the bar begins. Its score is linear in the features of the
tempo and of its folded bar; the shares over all hypotheses are a conditional logit (McFadden 1974), with the weights of
`rhythm_weights`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import TempoRange
from web.py.analysis.bars import METRES, Metre, bar_features, fold
from web.py.analysis.candidates import Candidate, Hearing
from web.py.analysis.rhythm_weights import BAR_WEIGHTS, METRE_WEIGHTS, TEMPO_WEIGHTS

__all__ = ["Verdict", "judge"]

_TEMPO: Final = np.array(TEMPO_WEIGHTS)
_BARS: Final = {name: np.array(weights) for name, weights in BAR_WEIGHTS.items()}


class Verdict(NamedTuple):
    """The best hypothesis and how the evidence divides.

    cell: where the bar begins, in `CELLS` of a beat from the first pulse. tempo_shares: float64 [candidates], 0-1.
    metre_share, cell_share: of this metre and of this beginning (within a fifth of a beat), given what stands before.
    """

    candidate: Candidate
    metre: Metre
    cell: int
    tempo_shares: np.ndarray
    metre_share: float
    cell_share: float


def judge(hearing: Hearing, *, tempo_range: TempoRange | None = None) -> Verdict:
    """Weigh all hypotheses. A range keeps those tempi that lie in it, where there is one."""
    scores = [[_scores(hearing, index, metre) for metre in METRES] for index in range(len(hearing.candidates))]
    highest = max(float(cells.max()) for row in scores for cells in row)
    evidence = [[np.exp(cells - highest) for cells in row] for row in scores]
    tempo = np.array([sum(float(cells.sum()) for cells in row) for row in evidence])
    allowed = _allowed(hearing.candidates, tempo_range)
    best = int(np.argmax(allowed * [max(float(cells.max()) for cells in row) for row in evidence]))
    metres = np.array([float(cells.sum()) for cells in evidence[best]])
    which = int(np.argmax([float(cells.max()) for cells in evidence[best]]))
    cells = evidence[best][which]
    cell = int(cells.argmax())
    near = cells[(cell + np.arange(-4, 5)) % cells.size].sum()
    return Verdict(
        candidate=hearing.candidates[best],
        metre=METRES[which],
        cell=cell,
        tempo_shares=tempo / tempo.sum(),
        metre_share=float(metres[which] / metres.sum()),
        cell_share=float(near / cells.sum()),
    )


def _scores(hearing: Hearing, index: int, metre: Metre) -> np.ndarray:
    """The score of each cell as the beginning of the bar, float64 [beats * CELLS]."""
    candidate = hearing.candidates[index]
    folded = fold(hearing.warped[candidate.pulse], pulses_per_beat=candidate.pulses_per_beat, beats=metre.beats)
    octaves = np.log2(candidate.hz / 2.0)
    constant, linear, square = METRE_WEIGHTS[metre.name]
    tempo = float(np.dot(hearing.tempo_features[index], _TEMPO)) + constant + linear * octaves + square * octaves**2
    scores: np.ndarray = np.einsum("ij,j->i", bar_features(folded, metre), _BARS[metre.name]) + tempo
    return scores


def _allowed(candidates: list[Candidate], tempo_range: TempoRange | None) -> np.ndarray:
    if tempo_range is None:
        return np.ones(len(candidates), bool)
    bpm = np.array([60.0 * candidate.hz for candidate in candidates])
    inside = (bpm >= tempo_range.low_bpm * 0.995) & (bpm <= tempo_range.high_bpm * 1.005)
    return inside if inside.any() else np.ones(len(candidates), bool)
