"""What pitch rows say of the key, in numbers that do not depend on which key it is.

Three witnesses over any stretch of time: how long each pitch class sounds, how long in the bass, and how long each of
the 24 triads is the best name for what sounds; over a whole track also which triad follows which. Every key looks at
them from its own tonic, so a weight learned in one key counts in all of them (`web.py.analysis.key_model`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis.tonal import Tonal, chroma

__all__ = ["CHORDS", "Evidence", "PitchRows", "centred", "chord_steps", "first_and_last", "gather", "pitch_rows"]

#: Triads in the order of `shared.theory.keys.KEYS`: C to B major, then C to B minor.
CHORDS: Final = 24
_SMOOTH_ROWS: Final = 5  # 0.9 s: shorter than most chords, longer than a passing note
#: Sharpness of the choice among triads: 0.1 of correlation weighs 4 times.
_SHARPNESS: Final = 14.0
_BASS_BONUS: Final = 0.25  # what a bass that plays nothing but the root adds to the triad's correlation
_SOUNDING: Final = 0.25
_FIRST_ROWS: Final = 10
_LAST_ROWS: Final = 14


class PitchRows(NamedTuple):
    """Per row of a `Tonal`, float64: chroma and bass [rows, 12], triads [rows, CHORDS], weight [rows].

    triads: how well each names the moment; a row sums to its weight. weight: how much sounds, from 0 to the track's
    median, so that loud moments count no more than usual ones.
    """

    chroma: np.ndarray
    bass: np.ndarray
    triads: np.ndarray
    weight: np.ndarray


class Evidence(NamedTuple):
    """Shares float64 of n stretches, each row sums to 1 (to 0 in silence): chroma, bass [n, 12], triads [n, CHORDS]."""

    chroma: np.ndarray
    bass: np.ndarray
    triads: np.ndarray


def pitch_rows(tonal: Tonal, *, cents: float) -> PitchRows:
    """The rows of a track at its tuning."""
    everything, bass = (chroma(part, cents=cents).astype(np.float64) for part in (tonal.all, tonal.bass))
    level = everything.sum(axis=1)
    weight = np.minimum(level, np.median(level)) if level.size else level
    return PitchRows(everything, bass, _triads(everything, bass) * weight[:, None], weight)


def gather(rows: PitchRows, first: np.ndarray, last: np.ndarray) -> Evidence:
    """Evidence of the stretches from row `first[i]` to before row `last[i]`, int [n]."""
    return Evidence(*(_shares(values, first, last) for values in rows[:3]))


def chord_steps(rows: PitchRows) -> np.ndarray:
    """Share float64 [CHORDS, CHORDS] of the track's chord changes that go from one triad to another; zeros without."""
    names = np.argmax(rows.triads, axis=1)
    changes = np.flatnonzero(np.diff(names))
    counts = np.bincount(names[changes] * CHORDS + names[changes + 1], minlength=CHORDS * CHORDS)
    return counts.reshape(CHORDS, CHORDS) / max(1, changes.size)


def first_and_last(rows: PitchRows) -> Evidence:
    """Evidence of the first and of the last chord: n = 2, zeros where nothing sounds.

    First and last are what sounds for two seconds from the first, and for two and a half up to the last moment that is
    at least a quarter as full as usual; a decaying last row is left out.
    """
    sounding = (
        np.flatnonzero(rows.weight > _SOUNDING * np.median(rows.weight)) if rows.weight.size else np.zeros(0, int)
    )
    if not sounding.size:
        return gather(rows, np.zeros(2, int), np.zeros(2, int))
    start, end = int(sounding[0]), int(sounding[-1]) + 1
    first = [min(start + 1, end - 1), max(start, end - _LAST_ROWS)]
    last = [min(start + 1 + _FIRST_ROWS, end), max(start + 1, end - 3)]
    return gather(rows, np.array(first), np.array(last))


def _shares(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    parts = sums[last] - sums[first]
    shares: np.ndarray = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-9)
    return shares


def _triad_templates() -> np.ndarray:
    """Float64 [CHORDS, 12], mean 0 and length 1, so that a product is a correlation."""
    shapes = np.zeros((2, 12))
    shapes[0, [0, 4, 7]] = shapes[1, [0, 3, 7]] = 1.0
    return centred(np.stack([np.roll(shape, root) for shape in shapes for root in range(12)]))


def centred(rows: np.ndarray) -> np.ndarray:
    """Rows [..., 12] less their mean, of length 1 (0 where they are flat)."""
    less = rows - rows.mean(axis=-1, keepdims=True)
    return less / np.maximum(np.linalg.norm(less, axis=-1, keepdims=True), 1e-9)


_TRIADS: Final = _triad_templates()


def _triads(everything: np.ndarray, bass: np.ndarray) -> np.ndarray:
    """How well each triad names each moment, float64 [rows, CHORDS], rows sum to 1."""
    fit = np.einsum("ij,kj->ik", centred(np.sqrt(_smoothed(everything))), _TRIADS)
    low = _smoothed(bass)
    fit += _BASS_BONUS * np.tile(low / np.maximum(low.sum(axis=1, keepdims=True), 1e-9), 2)
    odds = np.exp(_SHARPNESS * (fit - fit.max(axis=1, keepdims=True)))
    return odds / odds.sum(axis=1, keepdims=True)


def _smoothed(rows: np.ndarray) -> np.ndarray:
    """Moving mean over `_SMOOTH_ROWS`, the ends repeated; never below 0 for rows that are not."""
    half = _SMOOTH_ROWS // 2
    padded = np.pad(rows, ((half, half), (0, 0)), mode="edge") if len(rows) else np.zeros((2 * half, rows.shape[1]))
    count = len(rows)
    return np.sum([padded[offset : offset + count] for offset in range(_SMOOTH_ROWS)], axis=0) / _SMOOTH_ROWS
