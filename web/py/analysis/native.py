"""Essentia for CPython: the PyPI package `essentia` behind `EssentiaBridge`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import essentia
import numpy as np

from shared.theory.keys import parse_key
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.essentia import EssentiaError, KeyReading, RhythmReading

__all__ = ["NativeEssentia"]

# Before the algorithms load, which else print that there are no classifier models: we use none.
essentia.log.infoActive = False
essentia.log.warningActive = False
algorithms = import_module("essentia.standard")


class NativeEssentia:
    """The adapter; one algorithm object per call, so that nothing is carried from song to song."""

    def key(self, mono: np.ndarray, *, tuning_hz: float) -> KeyReading:
        """See `EssentiaBridge.key`."""
        extractor = algorithms.KeyExtractor(profileType="bgate", sampleRate=ANALYSIS_RATE, tuningFrequency=tuning_hz)
        tonic, scale, strength = _call(extractor, mono)
        return KeyReading(parse_key(f"{tonic} {scale}"), float(strength))

    def rhythm(self, mono: np.ndarray, *, method: str = "degara") -> RhythmReading:
        """See `EssentiaBridge.rhythm`; benchmarks also name the other method, "multifeature"."""
        bpm, ticks, _, _, _ = _call(algorithms.RhythmExtractor2013(method=method), mono)
        return RhythmReading(float(bpm), np.asarray(ticks, dtype=np.float64))

    def percival(self, mono: np.ndarray) -> float:
        """See `EssentiaBridge.percival`."""
        return float(_call(algorithms.PercivalBpmEstimator(sampleRate=ANALYSIS_RATE), mono))

    def danceability(self, mono: np.ndarray) -> float:
        """See `EssentiaBridge.danceability`."""
        value, _ = _call(algorithms.Danceability(sampleRate=ANALYSIS_RATE), mono)
        return float(value)

    def heap_bytes(self) -> int:
        """See `EssentiaBridge.heap_bytes`: CPython and Essentia share one heap."""
        return 0


def _call(algorithm: Callable[[np.ndarray], Any], mono: np.ndarray) -> Any:
    try:
        return algorithm(np.ascontiguousarray(mono, dtype=np.float32))
    except RuntimeError as error:
        raise EssentiaError(f"Essentia gave up: {error}") from error
