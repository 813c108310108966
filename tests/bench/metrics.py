"""Scores of answers against truth. Key: MIREX; tempo: Gouyon et al. 2006; beats: Davies et al. 2009, by mir_eval."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from shared.theory.keys import parse_key, relation
from tests.composer.truth import Truth

__all__ = [
    "EDGES", "accuracy1", "accuracy2", "beat_scores", "bootstrap", "boundary_f", "calibration_error", "key_weight",
    "reliability", "tempo_error",
]  # fmt: skip

#: MIREX audio key detection as mir_eval has it: an answer a fifth above counts half, the relative .3, the parallel .2.
_WEIGHTS: Final = {"same key": 1.0, "fifth above": 0.5, "relative": 0.3, "parallel": 0.2}
_TOLERANCE: Final = 0.04
_OCTAVES: Final = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)
#: Edges of the reliability table's bins of confidence.
EDGES: Final = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)


def key_weight(truth: str, answer: str | None) -> float:
    """MIREX weight of an answered key, equal to `mir_eval.key.weighted_score`.

    >>> [key_weight("A minor", answer) for answer in ("Am", "Em", "Dm", "C", "A", None)]
    [1.0, 0.5, 0.0, 0.3, 0.2, 0.0]
    """
    if answer is None:
        return 0.0
    return _WEIGHTS.get(relation(parse_key(answer), parse_key(truth)), 0.0)


def accuracy1(truth: float, answer: float | None, *, also: Sequence[float] = ()) -> bool:
    """Whether a tempo is within 4 % of the truth, or of a tempo that is as right.

    >>> accuracy1(120.0, 124.0), accuracy1(120.0, 60.0), accuracy1(140.0, 70.0, also=(70.0,))
    (True, False, True)
    """
    return answer is not None and any(abs(answer - right) <= _TOLERANCE * right for right in (truth, *also))


def accuracy2(truth: float, answer: float | None) -> bool:
    """Whether a tempo is within 4 % of the truth or its double, triple, half or third.

    >>> accuracy2(120.0, 61.0), accuracy2(120.0, 80.0)
    (True, False)
    """
    return any(accuracy1(truth * factor, answer) for factor in _OCTAVES)


def tempo_error(truth: Truth, answer: float) -> float:
    """Distance in per cent to the nearest right tempo."""
    assert truth.bpm is not None
    return min(abs(answer - right) / right for right in (truth.bpm, *truth.bpm_alternatives_ok)) * 100.0


def beat_scores(truth: Truth, beats: np.ndarray) -> tuple[float, float, float]:
    """F-measure (70 ms), CMLt and AMLt, the first 5 s left out; where octaves are ambiguous, against the best of them.

    beats: float64 [n], seconds, ascending.
    """
    from mir_eval import beat  # in the group `bench` only

    scores = []
    estimate = beat.trim_beats(np.asarray(beats, np.float64))
    for reference in _references(truth):
        trimmed = beat.trim_beats(reference)
        if estimate.size < 2 or trimmed.size < 2:
            scores.append((0.0, 0.0, 0.0))
            continue
        _, cml, _, aml = beat.continuity(trimmed, estimate)
        scores.append((float(beat.f_measure(trimmed, estimate)), float(cml), float(aml)))
    f_measure, cml, aml = (max(column) for column in zip(*scores, strict=True))
    return f_measure, cml, aml


def _references(truth: Truth) -> list[np.ndarray]:
    """The beats, and those of the other tempi that are as right."""
    assert truth.beats is not None
    assert truth.bpm is not None
    found = [truth.beats]
    for other in truth.bpm_alternatives_ok:
        factor = round(other / truth.bpm * 2) / 2
        if factor >= 2.0:
            steps = int(factor)
            places = np.arange((truth.beats.size - 1) * steps + 1) / steps
            found.append(np.interp(places, np.arange(truth.beats.size), truth.beats))
        else:
            found += [truth.beats[::2], truth.beats[1::2]]
    return found


def boundary_f(truth: Truth, starts: Sequence[float], *, duration: float, window: float) -> float:
    """F-measure of section boundaries within `window` seconds, the ends of the recording left out (MIREX structure)."""
    from mir_eval import segment

    assert truth.sections is not None
    inner = [section.start for section in truth.sections[1:]]
    reference = _intervals(inner, duration)
    estimate = _intervals([start for start in starts if 0.5 < start < duration - 0.5], duration)
    if len(estimate) < 2 or len(reference) < 2:
        return float(len(estimate) == len(reference))
    _, _, score = segment.detection(reference, estimate, window=window, trim=True)
    return float(score)


def _intervals(inner: Sequence[float], duration: float) -> np.ndarray:
    edges = np.array([0.0, *sorted(set(inner)), duration])
    return np.stack([edges[:-1], edges[1:]], axis=1)


def bootstrap(
    ours: np.ndarray, other: np.ndarray, songs: Sequence[str], *, seed: int = 3, times: int = 4000
) -> tuple[float, float, float]:
    """Mean difference ours - other and its 95 % interval, resampling songs with all their recordings.

    ours, other: float [recordings], paired. songs: each recording's song.

    >>> bootstrap(np.ones(8), np.zeros(8), list("aabbccdd"))
    (1.0, 1.0, 1.0)
    """
    difference = np.asarray(ours, np.float64) - np.asarray(other, np.float64)
    names, which = np.unique(np.asarray(songs), return_inverse=True)
    sums = np.bincount(which, weights=difference, minlength=names.size)
    counts = np.bincount(which, minlength=names.size)
    drawn = np.random.default_rng(seed).integers(names.size, size=(times, names.size))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(difference.mean()), float(low), float(high)


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int, float, float]]:
    """Per bin of `EDGES` that holds any answer: low, high, count, mean of what was said, share that was right."""
    rows = []
    for low, high in pairwise(EDGES):
        inside = (confidence >= low) & ((confidence < high) | ((high == 1.0) & (confidence <= 1.0)))
        if inside.any():
            said, true = float(confidence[inside].mean()), float(right[inside].mean())
            rows.append((low, high, int(inside.sum()), said, true))
    return rows


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: the bins' distances between said and right, weighted by count.

    >>> calibration_error(np.array([0.9, 0.9]), np.array([1.0, 0.0]))
    0.4
    """
    rows = reliability(confidence, right)
    total = sum(row[2] for row in rows)
    return round(sum(count * abs(said - true) for _, _, count, said, true in rows) / total, 6) if total else 0.0
