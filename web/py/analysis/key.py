"""From pitches to a key: Essentia's answer, our own ranking of all 24, and how sure one can be.

KeyExtractor names the best key of the whole track. Our chroma, correlated with the bgate profiles (Faraldo 2017, from
Essentia's sources), ranks the others. Sure means: pitches stand on a tempered grid at all (speech, noise and drums do
not), and the evidence for the best key is not shared out among many.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.schema.analysis import CLEAR_CONFIDENCE, KeyEstimate, KeyGuess
from shared.theory.keys import KEYS, Key, compatible, relation

__all__ = ["correlations", "estimate_key", "pitch_clarity"]

_BGATE_MAJOR: Final = (1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30)
_BGATE_MINOR: Final = (1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23)
#: Rows in the order of `KEYS`, each of mean 0 and length 1, so that one product is a correlation.
_TEMPLATES: Final = np.stack(
    [
        np.roll((profile - np.mean(profile)) / np.linalg.norm(profile - np.mean(profile)), key.tonic)
        for key in KEYS
        for profile in (np.asarray(_BGATE_MINOR if key.mode == "minor" else _BGATE_MAJOR),)
    ]
)
#: Softmax sharpness: 0.1 of correlation, a usual lead over the relative key, then weighs 3.3 times.
_SHARPNESS: Final = 12.0
#: What KeyExtractor's choice adds; on rendered POP909 songs it was right more often than our ranking alone.
_ESSENTIA_SHARE: Final = 0.4
#: Concentration of peaks on the tempered grid (tuning confidence): speech, noise and drum loops stay below 0.11,
#: the least clear of the songs measured (jazz with slides) reaches 0.5.
_NO_PITCH, _FULL_PITCH = 0.1, 0.45
_ALTERNATIVES: Final = 5


def correlations(chroma: np.ndarray) -> np.ndarray:
    """Correlation -1 to 1 of chroma float [12] with each of `KEYS`' profiles; flat chroma gives zeros.

    >>> KEYS[int(np.argmax(correlations(np.array(_BGATE_MINOR))))].name
    'C minor'
    """
    centred = chroma - chroma.mean()
    norm = float(np.linalg.norm(centred))
    if not norm > 1e-12:
        return np.zeros(len(KEYS))
    return np.array([float(np.dot(template, centred)) for template in _TEMPLATES]) / norm


def pitch_clarity(tuning_confidence: float, tonalness: float) -> float:
    """0-1: do steady, tempered pitches sound at all? Both inputs 0-1, see `tonal`."""
    grid = (tuning_confidence - _NO_PITCH) / (_FULL_PITCH - _NO_PITCH)
    return float(np.clip(grid, 0.0, 1.0) * np.clip(tonalness / 0.6, 0.0, 1.0))


def estimate_key(chroma: np.ndarray, *, chosen: Key, strength: float, clarity: float) -> KeyEstimate:
    """The key estimate from our chroma [12] and Essentia's choice with its strength (0-1)."""
    fit = np.exp(_SHARPNESS * (correlations(chroma) - 1.0))
    shares = (1.0 - _ESSENTIA_SHARE) * fit / fit.sum()
    shares[KEYS.index(chosen)] += _ESSENTIA_SHARE
    others = [index for index in np.argsort(-shares, kind="stable") if KEYS[index] != chosen]
    confidence = float(np.clip(shares[KEYS.index(chosen)] * clarity * min(1.0, max(0.0, strength) / 0.8), 0.0, 1.0))
    return KeyEstimate(
        key=chosen,
        confidence=round(confidence, 3),
        clear=confidence >= CLEAR_CONFIDENCE,
        alternatives=tuple(
            KeyGuess(key=KEYS[index], share=round(float(shares[index]), 3), relation=relation(KEYS[index], chosen))
            for index in others[:_ALTERNATIVES]
        ),
        compatible=compatible(chosen),
    )
