"""Fits `web/py/analysis/key_weights.py` on the tuning halves of the sets and on `tests.bench.key_corpus`.

`python -m tests.bench.fit_key weights` prints the two tables of `web.py.analysis.key_model`; with those in place,
`python -m tests.bench.fit_key confidence` prints the weights of `web.py.analysis.tonality`.

Each group of pieces weighs the same, in it major and minor, and in these each piece: so no mode is preferred. The
weights start from six published profiles (the mean of their centred forms, on chroma and on its square root); a ridge
penalty holds them there where the pieces say nothing. Ridge and scale were chosen by cross-validation within the
tuning halves, where leaving out a whole group costs hardly anything. Solved by Newton's method: the likelihood is
concave.
"""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from shared.theory.keys import Key, parse_key
from tests.bench.key_corpus import composed_pieces, score_pieces
from tests.bench.keyless import KEYLESS, keyless
from tests.bench.sets import Item, items
from tests.bench.tonal_store import tonal_of
from web.py.analysis.evidence import PitchRows, centred, gather, pitch_rows
from web.py.analysis.key_model import VIEW, WHOLE_VIEW, views, whole_views
from web.py.analysis.tonal import ROW_SECONDS, Tonal, TonalMaker, estimate_tuning
from web.py.analysis.tonality import confidence_basis

_RIDGE: Final = 0.01
_PRIOR_SCALE: Final = 5.0  # log odds between a chroma that is the profile and one that is flat
_FEATURES: Final = VIEW + WHOLE_VIEW
_EXCERPTS: Final = (3.0, 6.0, 12.0, 25.0)  # seconds
_KEYLESS_SHARE: Final = 0.2  # of all that is judged, sounds without a key against each set's music
_CONFIDENCE_RIDGE: Final = 0.001

#: Major and minor from the tonic up, as published.
_PROFILES: Final = {
    # Faraldo, Jorda & Herrera 2017, from Essentia's sources: bgate and edma
    "bgate": (
        (1, 0, 0.42, 0, 0.53, 0.37, 0, 0.77, 0, 0.38, 0.21, 0.30),
        (1, 0, 0.36, 0.39, 0, 0.38, 0, 0.74, 0.27, 0, 0.42, 0.23),
    ),
    "edma": (
        (1, 0.29, 0.50, 0.40, 0.60, 0.56, 0.32, 0.80, 0.31, 0.45, 0.42, 0.39),
        (1, 0.31, 0.44, 0.58, 0.33, 0.49, 0.29, 0.78, 0.43, 0.29, 0.53, 0.32),
    ),
    # Krumhansl & Kessler 1982
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    # Temperley 2007 (Kostka-Payne corpus)
    "temperley": (
        (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    ),
    # Sha'ath 2011 (KeyFinder)
    "shaath": (
        (6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4),
        (6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2),
    ),
    # Albrecht & Shanahan 2013
    "albrecht": (
        (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
        (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
    ),
}


def prior() -> np.ndarray:
    """Weights float64 [2 * _FEATURES] before anything is learned: the profiles."""
    weights = np.zeros((2, _FEATURES))
    for mode in range(2):
        profiles = centred(np.array([pair[mode] for pair in _PROFILES.values()], np.float64))
        weights[mode, :24] = np.tile(_PRIOR_SCALE * profiles.mean(axis=0), 2)
    return weights.reshape(-1)


def features(rows: PitchRows) -> np.ndarray:
    """Float64 [24, 2 * _FEATURES]: what each key sees, in the columns of its mode."""
    seen = views(gather(rows, np.array([0]), np.array([len(rows.weight)])))[0]
    whole = whole_views(rows)
    out = np.zeros((2, 12, 2, _FEATURES))
    for mode in range(2):
        out[mode, :, mode] = np.concatenate([seen, whole[mode]], axis=1)
    return out.reshape(24, -1)


def fit(seen: np.ndarray, truth: np.ndarray, weight: np.ndarray, *, start: np.ndarray, ridge: float) -> np.ndarray:
    """Weights that explain keys `truth` int [n] of features `seen` [n, 24, f], each piece weighing `weight` [n]."""
    weights = start.copy()
    weight = weight / weight.sum()
    for _ in range(30):
        scores = np.einsum("nkf,f->nk", seen, weights)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        share = odds / odds.sum(axis=1, keepdims=True)
        expected = np.einsum("nk,nkf->nf", share, seen)
        error = expected - seen[np.arange(len(truth)), truth]
        slope = weight @ error + 2.0 * ridge * (weights - start)
        spread = np.einsum("nk,nkf,nkg->fg", share * weight[:, None], seen, seen, optimize=True)
        curve = spread - np.einsum("n,nf,ng->fg", weight, expected, expected, optimize=True)
        step = np.linalg.solve(curve + 2.0 * ridge * np.eye(weights.size), slope)
        weights = weights - step * min(1.0, 5.0 / float(np.linalg.norm(step)))
        if np.linalg.norm(step) < 1e-6:
            break
    return weights


def rows_of(item: Item) -> PitchRows:
    """The pitch rows of an item at the tuning that is measured in it."""
    tonal = tonal_of(item)
    tuning = estimate_tuning(tonal.all.sum(axis=0, dtype=np.float64))
    assert tuning, item.name
    return pitch_rows(tonal, cents=tuning.cents)


def fit_weights() -> None:
    """Fit the key model and print its tables."""
    seen, truth, weight = [], [], []
    for pieces in _groups():
        modes = [key.mode for _, key in pieces]
        for item, key in pieces:
            seen.append(features(rows_of(item)))
            truth.append(key.tonic + 12 * (key.mode == "minor"))
            weight.append(1.0 / modes.count(key.mode))
    fitted = fit(np.array(seen), np.array(truth), np.array(weight), start=prior(), ridge=_RIDGE).reshape(2, _FEATURES)
    for name, part in (("EVIDENCE_WEIGHTS", fitted[:, :VIEW]), ("WHOLE_WEIGHTS", fitted[:, VIEW:])):
        print(f"{name}: Final = np.array([")
        for row in part:
            print(f"    [{_listed(row)}],")
        print("])  # fmt: skip")


def fit_confidence() -> None:
    """Fit the logistic curve of the confidence on whole pieces, on excerpts of them, and on sounds without a key."""
    rng = np.random.default_rng(7)
    samples: list[tuple[Tonal, Key | None, float]] = []
    groups = _groups()
    for pieces in groups:
        for item, key in pieces:
            tonal = tonal_of(item)
            samples += [(part, key, 1.0 / len(pieces)) for part in (tonal, *_excerpts(tonal, rng))]
    excerpts = 1 + len(_EXCERPTS)
    for kind in KEYLESS:
        for seed in range(4):
            maker = TonalMaker()
            maker.feed(keyless(kind, seconds=45.0, seed=seed))
            tonal = maker.finish()
            weight = _KEYLESS_SHARE * len(groups) / (len(KEYLESS) * 4)
            samples += [(part, None, weight) for part in (tonal, *_excerpts(tonal, rng))]
    seen, right, weights = [], [], []
    for tonal, truth, weight in samples:
        judged = confidence_basis(tonal, duration_seconds=len(tonal.all) * ROW_SECONDS)
        if judged is not None:
            seen.append(judged[1])
            right.append(judged[0] == truth)
            weights.append(weight / excerpts)
    fitted = _logistic(np.array(seen), np.array(right), np.array(weights), ridge=_CONFIDENCE_RIDGE)
    print(f"CONFIDENCE_WEIGHTS: Final = np.array([{_listed(fitted)}])  # fmt: skip")
    _print_reliability(np.array(seen) @ fitted, np.array(right), np.array(weights))


def _groups() -> list[list[tuple[Item, Key]]]:
    """Pieces with their keys, in groups that weigh the same: the sets, more from the composer, real scores."""
    composed = [item for name in ("composed", "structure", "drift", "short") for item in items(name, half="tune")]
    groups = [
        composed + composed_pieces(club=False),
        items("club", half="tune") + composed_pieces(club=True),
        items("pop909", half="tune"),
        *([item for item in score_pieces(half="tune") if item.genre == kind] for kind in ("chorale", "art", "tune")),
    ]
    return [[(item, parse_key(item.truth.key)) for item in group if item.truth.key] for group in groups if group]


def _excerpts(tonal: Tonal, rng: np.random.Generator) -> list[Tonal]:
    """One excerpt of each length of `_EXCERPTS`, where the piece is long enough."""
    count = len(tonal.all)
    found = []
    for seconds in _EXCERPTS:
        rows = round(seconds / ROW_SECONDS)
        if rows < count:
            first = int(rng.integers(count - rows))
            found.append(Tonal(*(part[first : first + rows] for part in tonal)))
    return found


def _logistic(seen: np.ndarray, right: np.ndarray, weight: np.ndarray, *, ridge: float) -> np.ndarray:
    """Weights [f] of a logistic regression by Newton's method; the first column, a constant, is not held back."""
    weights = np.zeros(seen.shape[1])
    weight = weight / weight.sum()
    hold = 2.0 * ridge * np.diag([0.0] + [1.0] * (seen.shape[1] - 1))
    for _ in range(50):
        share = 1.0 / (1.0 + np.exp(-seen @ weights))
        slope = seen.T @ (weight * (share - right)) + hold @ weights
        curve = (seen * (weight * share * (1.0 - share))[:, None]).T @ seen + hold
        step = np.linalg.solve(curve, slope)
        weights = weights - step * min(1.0, 3.0 / float(np.linalg.norm(step)))
    return weights


def _print_reliability(odds: np.ndarray, right: np.ndarray, weight: np.ndarray) -> None:
    said = 1.0 / (1.0 + np.exp(-odds))
    for low in np.arange(0.0, 1.0, 0.1):
        chosen = (said >= low) & (said < low + 0.1 + 1e-9)
        if chosen.any():
            total = weight[chosen].sum()
            print(
                f"said {low:.1f}-{low + 0.1:.1f}: {chosen.sum():4d} answers, mean said "
                + f"{weight[chosen] @ said[chosen] / total:.2f}, right {weight[chosen] @ right[chosen] / total:.2f}"
            )


def _listed(numbers: np.ndarray) -> str:
    words = [f"{number:.2f}" for number in numbers]
    lines = [", ".join(words[first : first + 12]) for first in range(0, len(words), 12)]
    return "\n        " + ",\n        ".join(lines) + ",\n    "


def main() -> None:
    """Which of the two fits, by the command line."""
    chosen = {"weights": fit_weights, "confidence": fit_confidence}.get("".join(sys.argv[1:]))
    if chosen is None:
        sys.exit("Expected weights or confidence.")
    chosen()


if __name__ == "__main__":
    main()
