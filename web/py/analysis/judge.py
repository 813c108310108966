"""Which tempo, which metre and which beat of the bar: every hypothesis gets its share of the evidence.

A hypothesis is a candidate tempo, a metre and the cell where the bar begins. Its score is linear in the features of the
tempo and of the track's mean bar; the shares over all hypotheses are a conditional logit (McFadden 1974), whose weights
`tests/bench/fit_rhythm.py` found.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import TempoRange
from web.py.analysis.bars import CELLS, METRES, Metre, bar_features, fold
from web.py.analysis.candidates import Candidate, Hearing
from web.py.analysis.rhythm_weights import BAR_WEIGHTS, LOOP_WEIGHTS, METRE_WEIGHTS, TEMPO_WEIGHTS

__all__ = ["LOOP_FEATURES", "WEIGHTS", "Verdict", "Weights", "judge", "loop_features"]

#: What the length of a loop says; all 0 for whole tracks.
LOOP_FEATURES: Final = ("bar begins at the start", "beat at the start", "whole bars", "a power of two bars")
_NEAR_SECONDS: Final = 0.03
_WHOLE: Final = 0.02  # of a bar
_RANGE_SLACK: Final = 0.005
_OCTAVE_SLACK: Final = 0.03
_LIKELY_SHARE: Final = 0.05
_NEAR_CELLS: Final = np.arange(-4, 5)


class Weights(NamedTuple):
    """Of `octave.FEATURES`; by metre of `bars.PLACES`, and of 1, octaves over 120 BPM and their square; of loops."""

    tempo: np.ndarray
    bars: dict[str, np.ndarray]
    priors: dict[str, np.ndarray]
    loop: np.ndarray


WEIGHTS: Final = Weights(
    np.array(TEMPO_WEIGHTS),
    {name: np.array(weights) for name, weights in BAR_WEIGHTS.items()},
    {name: np.array(weights) for name, weights in METRE_WEIGHTS.items()},
    np.array(LOOP_WEIGHTS),
)


class Verdict(NamedTuple):
    """The best hypothesis and how the evidence divides.

    cell: where the bar begins, in `CELLS` of a beat from the first pulse. tempo_shares: float64 [candidates], 0-1.
    tempo_share: of this tempo among those that were allowed. metre_share, cell_share: of this metre and of this
    beginning (within a sixth of a beat), given what stands before.
    """

    candidate: Candidate
    metre: Metre
    cell: int
    tempo_shares: np.ndarray
    tempo_share: float
    metre_share: float
    cell_share: float


def judge(hearing: Hearing, *, tempo_range: TempoRange | None = None, weights: Weights = WEIGHTS) -> Verdict:
    """Weigh all hypotheses.

    A range settles which multiple is meant: of the tempi in it, those stay that are 2^n of the likeliest, or likely
    themselves. Where none is, the range says nothing: a pulse that is not there is never invented.
    """
    candidates = hearing.candidates
    scores = [[_scores(hearing, index, metre, weights) for metre in METRES] for index in range(len(candidates))]
    tops = np.array([max(float(cells.max()) for cells in row) for row in scores])
    sums = [sum(float(np.exp(cells - top).sum()) for cells in row) for row, top in zip(scores, tops, strict=True)]
    evidence = tops + np.log(sums)
    shares = _shares(evidence)
    allowed = _allowed(candidates, tempo_range, likeliest=int(np.argmax(tops)), shares=shares)
    best = int(np.argmax(np.where(allowed, tops, -np.inf)))
    which = int(np.argmax([float(cells.max()) for cells in scores[best]]))
    odds = [np.exp(cells - tops[best]) for cells in scores[best]]
    cell = int(odds[which].argmax())
    near = odds[which][(cell + _NEAR_CELLS) % odds[which].size].sum()
    return Verdict(
        candidate=candidates[best],
        metre=METRES[which],
        cell=cell,
        tempo_shares=shares,
        tempo_share=float(_shares(np.where(allowed, evidence, -np.inf))[best]),
        metre_share=float(odds[which].sum() / sum(cells.sum() for cells in odds)),
        cell_share=float(near / odds[which].sum()),
    )


def _scores(hearing: Hearing, index: int, metre: Metre, weights: Weights) -> np.ndarray:
    """The score of each cell as the beginning of the bar, float64 [beats * CELLS]."""
    candidate = hearing.candidates[index]
    folded = fold(hearing.warped[candidate.pulse], pulses_per_beat=candidate.pulses_per_beat, beats=metre.beats)
    octaves = np.log2(candidate.hz / 2.0)
    constant, linear, square = weights.priors[metre.name]
    tempo = float(np.dot(hearing.tempo_features[index], weights.tempo))
    scores: np.ndarray = np.einsum("ij,j->i", bar_features(folded, metre), weights.bars[metre.name])
    scores += tempo + constant + linear * octaves + square * octaves**2
    if hearing.loop:
        scores += np.einsum("ij,j->i", loop_features(hearing, candidate, metre), weights.loop)
    return scores


def loop_features(hearing: Hearing, candidate: Candidate, metre: Metre) -> np.ndarray:
    """`LOOP_FEATURES` for a bar that begins at each cell, float64 [beats * CELLS, 4]."""
    times = hearing.pulses[candidate.pulse].times
    zero = float(np.interp(0.0, times, np.arange(times.size))) / candidate.pulses_per_beat * CELLS
    count = metre.beats * CELLS
    features = np.zeros((count, len(LOOP_FEATURES)))
    for column, turn in enumerate((count, CELLS)):
        away = (np.arange(count) - zero + turn / 2) % turn - turn / 2
        features[:, column] = np.exp(-((away / (CELLS * candidate.hz * _NEAR_SECONDS)) ** 2))
    bars = (hearing.loop or 0.0) * candidate.hz / metre.beats
    whole = round(bars)
    features[:, 2] = whole >= 1 and abs(bars - whole) < _WHOLE
    features[:, 3] = features[:, 2] * (whole.bit_count() == 1)
    return features


def _shares(evidence: np.ndarray) -> np.ndarray:
    odds = np.exp(evidence - evidence.max())
    shares: np.ndarray = odds / odds.sum()
    return shares


def _allowed(
    candidates: list[Candidate], tempo_range: TempoRange | None, *, likeliest: int, shares: np.ndarray
) -> np.ndarray:
    everything = np.ones(len(candidates), bool)
    if tempo_range is None:
        return everything
    bpm = np.array([60.0 * candidate.hz for candidate in candidates])
    low, high = tempo_range.low_bpm * (1 - _RANGE_SLACK), tempo_range.high_bpm * (1 + _RANGE_SLACK)
    octaves = np.log2(bpm / bpm[likeliest])
    meant = (np.abs(octaves - np.round(octaves)) < _OCTAVE_SLACK) | (shares >= _LIKELY_SHARE)
    inside: np.ndarray = (bpm >= low) & (bpm <= high) & meant
    return inside if inside.any() else everything
