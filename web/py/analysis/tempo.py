"""Tempo by hand, and what else a tempo may be called: other counts, edits of the grid, taps."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from shared.errors import KeylightError
from shared.schema.analysis import RhythmEstimate, TempoGuess, TempoRelation
from web.py.analysis.grid import Grid, grid_beats

__all__ = ["MAX_BPM", "MIN_BPM", "alternatives", "ranked_alternatives", "retempo", "tap_tempo"]

MIN_BPM, MAX_BPM = 20.0, 400.0
_RELATIONS: Final[tuple[tuple[TempoRelation, float], ...]] = (
    ("×1/2", 1 / 2),
    ("×2", 2.0),
    ("×2/3", 2 / 3),
    ("×3/2", 3 / 2),
    ("×3/4", 3 / 4),
    ("×4/3", 4 / 3),
    ("×1/3", 1 / 3),
    ("×3", 3.0),
)
_SAME_SHARE: Final = 0.04


def alternatives(bpm: float) -> tuple[TempoGuess, ...]:
    """The tempi that a listener or another program may give for `bpm`, those within 20 to 400 BPM.

    >>> [(guess.relation, guess.bpm) for guess in alternatives(120.0)][:2]
    [('×1/2', 60.0), ('×2', 240.0)]
    """
    guesses = (TempoGuess(bpm=round(bpm * ratio, 1), relation=name) for name, ratio in _RELATIONS)
    return tuple(guess for guess in guesses if MIN_BPM <= guess.bpm <= MAX_BPM)


def ranked_alternatives(bpm: float, heard_bpm: np.ndarray, shares: np.ndarray) -> tuple[TempoGuess, ...]:
    """`alternatives` of `bpm` with their shares of the evidence, from likely to unlikely.

    heard_bpm, shares: all candidates, float64 [n], and how the evidence divides between them (sum 1).

    >>> guesses = ranked_alternatives(120.0, np.array([120.0, 60.1, 240.0]), np.array([0.7, 0.1, 0.2]))
    >>> [(guess.relation, guess.share) for guess in guesses][:2]
    [('×2', 0.2), ('×1/2', 0.1)]
    """
    ranked = []
    for guess in alternatives(bpm):
        near = np.abs(heard_bpm / guess.bpm - 1.0) < _SAME_SHARE
        ranked.append(msgspec.structs.replace(guess, share=round(float(shares[near].sum()), 3)))
    return tuple(sorted(ranked, key=lambda guess: -guess.share))


def retempo(
    beats: np.ndarray,
    downbeats: np.ndarray,
    *,
    rhythm: RhythmEstimate | None,
    duration_seconds: float,
    bpm: float,
    shift_seconds: float = 0.0,
    downbeat_shift: int = 0,
) -> tuple[RhythmEstimate, np.ndarray, np.ndarray]:
    """A constant grid at `bpm` by hand, through the first downbeat (else the first beat, else 0), then shifted.

    `downbeat_shift` moves the first of the bar by whole beats. An unchanged tempo keeps beats that drift and bars of
    another length, and what was measured stays beside what was set.
    Raises `KeylightError` outside 20 to 400 BPM.
    """
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise KeylightError(f"Expected a tempo of {MIN_BPM:g} to {MAX_BPM:g} BPM, got {bpm:g}.")
    meter = rhythm.meter if rhythm else 4
    kept = rhythm if rhythm and abs(bpm - rhythm.bpm) < 1e-6 and beats.size else None
    if kept:
        moved = beats + shift_seconds
    else:
        anchor = float(downbeats[0] if downbeats.size else beats[0] if beats.size else 0.0)
        moved = grid_beats(Grid(anchor + shift_seconds, 60.0 / bpm), duration_seconds)
        downbeats = downbeats[:1]
    moved = moved[(moved >= 0) & (moved < duration_seconds)]
    bars = _bar_indices(moved, downbeats + shift_seconds, meter=meter, shift=downbeat_shift)
    edited = RhythmEstimate(
        bpm=bpm,
        measured_bpm=rhythm.measured_bpm if rhythm else bpm,
        snapped=bpm == round(bpm),
        steady=kept.steady if kept else True,
        confidence=1.0,
        clear=True,
        meter=meter,
        downbeat_confidence=rhythm.downbeat_confidence if rhythm else 0.0,
        alternatives=alternatives(bpm),
        source="hand",
        time_signature=rhythm.time_signature if rhythm else "4/4",
        beat_confidence=rhythm.beat_confidence if rhythm else 0.0,
        tempo_map=kept.tempo_map if kept else (),
    )
    return edited, moved, moved[bars]


def tap_tempo(times_seconds: np.ndarray) -> tuple[float, float, int]:
    """Tempo in BPM of hand taps, its standard error, and how many taps counted (those after the last pause of 3 s).

    Regression of tap times on tap numbers: it averages all taps, not only the first and last.

    >>> tap_tempo(np.array([0.0, 0.5, 1.0, 1.5]))
    (120.0, 0.0, 4)
    """
    if times_seconds.size < 2 or not np.all(np.diff(times_seconds) > 0):
        raise KeylightError("Expected at least two taps, each later than the one before. Tap along with the beat.")
    pauses = np.nonzero(np.diff(times_seconds) > 3.0)[0]
    taps = times_seconds[pauses[-1] + 1 :] if pauses.size else times_seconds
    if taps.size < 2:
        raise KeylightError("Expected at least two taps within three seconds of each other. Tap along with the beat.")
    numbers = np.arange(taps.size) - (taps.size - 1) / 2
    period = float(np.dot(numbers, taps) / np.dot(numbers, numbers))
    residual = taps - taps.mean() - period * numbers
    variance = float(np.dot(residual, residual)) / max(1, taps.size - 2) / float(np.dot(numbers, numbers))
    bpm = 60.0 / period
    return round(bpm, 1), round(bpm * variance**0.5 / period, 2), int(taps.size)


def _bar_indices(beats: np.ndarray, downbeats: np.ndarray, *, meter: int, shift: int) -> np.ndarray:
    """Indices of the beats nearest to the old downbeats, moved by `shift` beats, with whole bars before and after."""
    if not beats.size:
        return np.zeros(0, np.int64)
    if not downbeats.size:
        return np.arange(shift % meter, beats.size, meter)
    turns = int(np.fix(shift / meter)) * meter  # whole bars lead to the same places
    nearest = np.searchsorted((beats[:-1] + beats[1:]) / 2, downbeats) + shift - turns
    before = np.arange(nearest[0] % meter, nearest[0], meter)
    after = np.arange(nearest[-1] + meter, beats.size, meter)
    every = np.unique(np.concatenate([before, nearest, after]))
    return every[(every >= 0) & (every < beats.size)]
