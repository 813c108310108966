"""How far the answers can be trusted: confidences that are the share of such answers that are right.

Shares of the evidence alone do not know how much evidence there is: noise, too, has a best tempo. Three small logistic
regressions add how clear the pulse is. They were fitted on answers to music that the weights had not been fitted on
(two-fold) and on sounds without a beat (noise, random hits, speech), by `tests/bench/fit_rhythm.py`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis.candidates import Hearing
from web.py.analysis.grid import read
from web.py.analysis.judge import Verdict
from web.py.analysis.octave import FEATURES
from web.py.analysis.rhythm_weights import BAR_TRUST, BEAT_TRUST, TEMPO_TRUST

__all__ = ["CLUES", "Trust", "clues", "support", "trust"]

#: What the regressions go by, before the constant.
CLUES: Final = (
    "log odds of the tempo",
    "log odds of the metre",
    "log odds of the place in the bar",
    "log of onset strength at the pulse over the mean",
    "mix repeats after a beat",
    "mix repeats after four beats",
    "constant grid",
    "log of seconds",
)
_FAINT: Final = 0.05
_ENOUGH: Final = 0.25
#: Shares as in `support` from which there is none and all of it; a long track has repeats to go by, a clip has not.
_EVENNESS, _LONG_EVENNESS = (0.29, 0.37), (0.22, 0.28)
_ODDS_LIMIT: Final = 1e-3
_REPEATS: Final = (FEATURES.index("mix repeats after 1"), FEATURES.index("mix repeats after 4"))


class Trust(NamedTuple):
    """Probabilities 0-1 that the tempo is right, that the beats are, that the downbeats are."""

    tempo: float
    beats: float
    downbeats: float


def support(mix: np.ndarray, *, hz: float, seconds: float, clip: bool) -> float:
    """0-1: whether there are onsets enough to speak of `hz` beats a second at all.

    A tone that begins, five swells or one click have a best tempo too, and nothing that speaks against it; neither has
    two seconds of noise, taken for a loop. mix: onsets [frames] at 100 Hz, `Hearing.salient`. Music that marks every
    fourth beat alone has all the support it needs; the fifth of the frames with most onsets holds 0.23-0.30 of all in
    hum, noise and drones, 0.31 in strings and 0.35-0.9 in other music.
    """
    inner = mix[1:-1]
    onsets = (inner > mix[:-2]) & (inner >= mix[2:]) & (inner > _FAINT * max(float(mix.max()), 1e-9))
    enough = min(1.0, float(onsets.sum()) / max(1.0, _ENOUGH * hz * seconds)) ** 2
    ranked = np.sort(mix)
    uneven = float(ranked[-max(1, mix.size // 5) :].sum()) / max(float(ranked.sum()), 1e-9)
    even, clear = _EVENNESS if clip else _LONG_EVENNESS
    return enough * min(1.0, max(0.0, (uneven - even) / (clear - even)))


def trust(found: np.ndarray) -> Trust:
    """The confidences from `clues`."""
    tempo, beats, bars = (
        1.0 / (1.0 + float(np.exp(-np.dot(np.append(found, 1.0), weights))))
        for weights in (TEMPO_TRUST, BEAT_TRUST, BAR_TRUST)
    )
    return Trust(tempo, beats, min(beats, bars))


def clues(hearing: Hearing, verdict: Verdict, *, duration_seconds: float) -> np.ndarray:
    """The values of `CLUES`, float64 [8]."""
    chosen = hearing.candidates.index(verdict.candidate)
    pulse = hearing.pulses[verdict.candidate.pulse]
    repeats = hearing.tempo_features[chosen, list(_REPEATS)]
    return np.array([
        _log_odds(verdict.tempo_share),
        _log_odds(verdict.metre_share),
        _log_odds(verdict.cell_share),
        float(np.log(max(_contrast(hearing.mix, pulse.times), 1e-3))),
        *repeats,
        float(pulse.grid is not None),
        float(np.log(duration_seconds)),
    ])  # fmt: skip


def _log_odds(share: float) -> float:
    bounded = min(max(share, _ODDS_LIMIT), 1.0 - _ODDS_LIMIT)
    return float(np.log(bounded / (1.0 - bounded)))


def _contrast(mix: np.ndarray, times: np.ndarray) -> float:
    """Onset strength under the pulses at their best phase, over the mean of the track."""
    period = float(np.median(np.diff(times)))
    on = max(float(read(mix, times + share * period).mean()) for share in np.arange(24) / 24)
    return on / max(float(mix.mean()), 1e-9)
