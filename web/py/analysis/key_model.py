"""How well each of the 24 keys explains the evidence: one weight per thing that can be heard from a tonic.

A conditional logit (McFadden 1974): every key looks at the same evidence from its own tonic and scores it with weights
that only know its mode, so nothing prefers one key or, but for what was learned from pieces balanced between the two,
one mode. The weights start from published profiles and were moved by the tuning halves of the project's sets, as far
as a ridge penalty allows (`tests/bench/fit_key.py`). What moved a template method most in others' hands is in here
(Bernardes et al. 2017, for EDM): third, sixth and seventh in their major and minor form, the bass, the tonic's chord.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.evidence import CHORDS, Evidence, PitchRows, centred, chord_steps, first_and_last, gather
from web.py.analysis.key_weights import EVIDENCE_WEIGHTS, WHOLE_WEIGHTS

__all__ = ["VIEW", "WHOLE_VIEW", "judge", "key_scores", "posterior", "views", "whole_views"]

#: Length of one view: chroma, its square root, bass, square root of triads.
VIEW: Final = 12 + 12 + 12 + CHORDS
_SEEN: Final = (np.arange(12)[:, None] + np.arange(12)) % 12  # [tonic, degree] to pitch class
_SEEN_TRIADS: Final = np.concatenate([_SEEN, _SEEN + 12], axis=1)
_BASS_SCALE: Final = 2.0  # brings the witnesses to one size, so that one ridge penalty fits all
_STEP_SCALE: Final = 3.0
_END_SCALE: Final = 1.5
#: Chord changes that tell a tonic, as (from, to): semitones above the tonic, and "M", "m" or "=" for the key's mode;
#: `None` means any triad.
_STEPS: Final = (
    ((7, "M"), (0, "=")),
    ((7, "m"), (0, "=")),
    ((5, "="), (0, "=")),
    ((10, "M"), (0, "=")),
    ((8, "M"), (0, "=")),
    ((0, "="), (7, "M")),
    (None, (0, "=")),
)
#: Length of a view of the whole: chord changes, first and last chord and bass.
WHOLE_VIEW: Final = len(_STEPS) + 4


def views(evidence: Evidence) -> np.ndarray:
    """Evidence as heard from each tonic, float64 [n, 12, VIEW]."""
    parts = (
        centred(evidence.chroma)[:, _SEEN],
        centred(np.sqrt(evidence.chroma))[:, _SEEN],
        _BASS_SCALE * evidence.bass[:, _SEEN],
        np.sqrt(evidence.triads)[:, _SEEN_TRIADS],
    )
    return np.concatenate(parts, axis=2)


def whole_views(rows: PitchRows) -> np.ndarray:
    """What only a whole stretch tells, as heard from each tonic in each mode, float64 [2, 12, WHOLE_VIEW].

    First how many of its chord changes are each of `_STEPS`, then the tonic's chord and bass at its beginning and end.
    """
    steps, ends = chord_steps(rows), first_and_last(rows)
    seen = np.zeros((2, 12, WHOLE_VIEW))
    for mode in range(2):
        for tonic in range(12):
            for number, (before, after) in enumerate(_STEPS):
                into = steps[:, _triad(after, tonic, mode)]
                share = into.sum() if before is None else into[_triad(before, tonic, mode)]
                seen[mode, tonic, number] = _STEP_SCALE * share
        triads, bass = ends.triads[:, 12 * mode : 12 * mode + 12], ends.bass
        seen[mode, :, len(_STEPS) :] = _END_SCALE * np.stack([triads[0], bass[0], triads[1], bass[1]], axis=1)
    return seen


def _triad(name: tuple[int, str], tonic: int, mode: int) -> int:
    semitones, kind = name
    return (tonic + semitones) % 12 + 12 * (mode if kind == "=" else int(kind == "m"))


def key_scores(evidence: Evidence) -> np.ndarray:
    """Scores float64 [n, 24] of n stretches in the order of `KEYS`; their differences are log odds."""
    scores = np.einsum("ntf,mf->nmt", views(evidence), EVIDENCE_WEIGHTS)
    return scores.reshape(len(scores), 24)


def judge(rows: PitchRows) -> np.ndarray:
    """Scores float64 [24] of all `rows` as one stretch, its chord changes and its ends counted too."""
    everything = gather(rows, np.array([0]), np.array([len(rows.weight)]))
    whole: np.ndarray = np.einsum("mtf,mf->mt", whole_views(rows), WHOLE_WEIGHTS)
    return key_scores(everything)[0] + whole.reshape(24)


def posterior(scores: np.ndarray) -> np.ndarray:
    """Probabilities [..., 24] of scores: their softmax."""
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)
