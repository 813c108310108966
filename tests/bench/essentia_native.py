"""The peer: Essentia's PyPI package (Bogdanov et al., ISMIR 2013), called as its documentation says.

Audio is mono float32 [samples] at 44.1 kHz, finite. Every method raises `RuntimeError` when Essentia gives up.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

import essentia
import numpy as np

from shared.theory.keys import Key, parse_key

__all__ = ["KeyReading", "NativeEssentia", "RhythmReading", "algorithms"]

_RATE: Final = 44100

# Before the algorithms load, which else print that there are no classifier models: we use none.
essentia.log.infoActive = False
essentia.log.warningActive = False
algorithms = import_module("essentia.standard")


class KeyReading(NamedTuple):
    """KeyExtractor's answer: the key and the correlation with its profile (about 0-1)."""

    key: Key
    strength: float


class RhythmReading(NamedTuple):
    """RhythmExtractor2013's answer: tempo in BPM and beat times, float64 [beats] seconds, ascending."""

    bpm: float
    beats: np.ndarray


class NativeEssentia:
    """One algorithm object per call, so that nothing is carried from song to song."""

    def key(self, mono: np.ndarray, *, tuning_hz: float) -> KeyReading:
        """KeyExtractor with the bgate profile (Faraldo 2017) at the given reference pitch."""
        extractor = algorithms.KeyExtractor(profileType="bgate", sampleRate=_RATE, tuningFrequency=tuning_hz)
        tonic, scale, strength = extractor(_array(mono))
        return KeyReading(parse_key(f"{tonic} {scale}"), float(strength))

    def rhythm(self, mono: np.ndarray, *, method: str = "degara") -> RhythmReading:
        """RhythmExtractor2013, method "degara" (Degara et al. 2012) or "multifeature"; needs some seconds."""
        bpm, ticks, _, _, _ = algorithms.RhythmExtractor2013(method=method)(_array(mono))
        return RhythmReading(float(bpm), np.asarray(ticks, dtype=np.float64))

    def percival(self, mono: np.ndarray) -> float:
        """PercivalBpmEstimator (Percival & Tzanetakis 2014): tempo in BPM."""
        return float(algorithms.PercivalBpmEstimator(sampleRate=_RATE)(_array(mono)))

    def danceability(self, mono: np.ndarray) -> float:
        """Danceability by detrended fluctuation analysis (Streich & Herrera 2005), about 0-3."""
        value, _ = algorithms.Danceability(sampleRate=_RATE)(_array(mono))
        return float(value)


def _array(mono: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(mono, dtype=np.float32)
