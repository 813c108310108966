"""What Keylight asks of Essentia: one small interface with an adapter per platform.

Essentia (Bogdanov et al., ISMIR 2013) runs as the PyPI package in CPython (`web.py.analysis.native`) and as
essentia.js in the browser (`web.py.bridge`). Both take mono float32 [samples] at 44.1 kHz and give the same answers
within tolerance.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np

from shared.errors import KeylightError
from shared.theory.keys import Key

__all__ = ["MIN_RHYTHM_SECONDS", "EssentiaBridge", "EssentiaError", "KeyReading", "RhythmReading"]

#: RhythmExtractor2013 has no stable answer under some seconds; shorter audio is not sent.
MIN_RHYTHM_SECONDS: Final = 3.0


class EssentiaError(KeylightError):
    """Essentia gave up on this audio; the message carries its reason where it gives one."""


class KeyReading(NamedTuple):
    """KeyExtractor's answer: the key and the correlation with its profile (about 0-1)."""

    key: Key
    strength: float


class RhythmReading(NamedTuple):
    """RhythmExtractor2013's answer: tempo in BPM and beat times, float64 [beats] seconds, ascending."""

    bpm: float
    beats: np.ndarray


class EssentiaBridge(Protocol):
    """Essentia behind one door. Audio is mono float32 [samples] at 44.1 kHz, finite.

    Every method raises `EssentiaError` when Essentia gives up.
    """

    def key(self, mono: np.ndarray, *, tuning_hz: float) -> KeyReading:
        """KeyExtractor with the bgate profile (Faraldo 2017) at the given reference pitch."""

    def rhythm(self, mono: np.ndarray) -> RhythmReading:
        """RhythmExtractor2013, method "degara" (Degara et al. 2012); needs `MIN_RHYTHM_SECONDS`."""

    def percival(self, mono: np.ndarray) -> float:
        """PercivalBpmEstimator (Percival & Tzanetakis 2014): tempo in BPM."""

    def danceability(self, mono: np.ndarray) -> float:
        """Danceability by detrended fluctuation analysis (Streich & Herrera 2005), about 0-3."""

    def heap_bytes(self) -> int:
        """Bytes of memory that Essentia's own heap holds; 0 where it shares Python's."""
