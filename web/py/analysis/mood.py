"""A first, honest estimate of energy, danceability and happiness from signal features alone.

Features and signs follow Eerola, Lartillot & Toiviainen (ISMIR 2009, MIRtoolbox `miremotion`): activity rises with
level, pulse, brightness and spectral spread, valence with pulse clarity, key clarity and major mode; danceability
rises with a clear, steady pulse in walking-to-running tempo and Essentia's DFA exponent (Streich & Herrera, AES
2005). Each feature is scored against what it reads on ordinary music (centre and spread below), limited to two
spreads, and weighted in points.

The range shown is the error that such features leave in the literature: they explain about .6 of arousal and .3 of
valence.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import Factor, KeyEstimate, Loudness, Mood, MoodScale, RhythmEstimate
from web.py.analysis.onsets import onset_strength
from web.py.analysis.picture import Picture

__all__ = ["MoodFeatures", "estimate_mood", "measure_features"]

_POPULATION_SPREAD: Final = 20.0  # points; values 0-100 with most songs within 30-70
_EXPLAINED: Final = {"energy": 0.6, "danceability": 0.4, "happiness": 0.3}  # R², see above; danceability is our guess
_WORDS: Final = {
    "energy": ("calm", "gentle", "moderate", "lively", "intense"),
    "danceability": ("not for dancing", "loose", "some groove", "danceable", "made for dancing"),
    "happiness": ("dark", "wistful", "neutral", "bright", "joyful"),
}
_MODE_SIGN: Final = {"major": 1.0, "minor": -1.0}


class MoodFeatures(NamedTuple):
    """What the estimate looks at.

    level_db: median RMS of sounding frames, dBFS. onset_rate: onsets per second. brightness_hz: median spectral
    centroid. noisiness_db: median spectral flatness in dB. dynamics_db: spread of the frame level (10th to 90th
    percentile).
    """

    level_db: float
    onset_rate: float
    brightness_hz: float
    noisiness_db: float
    dynamics_db: float


class _Term(NamedTuple):
    """One feature's part: its value is scored as (value - centre) / spread, times `points`."""

    name: str
    value: float
    centre: float
    spread: float
    points: float


def measure_features(picture: Picture, *, duration_seconds: float) -> MoodFeatures | None:
    """Features of the sounding part of a track; `None` when nothing sounds."""
    timbre = picture.timbre
    sounding = timbre.rms > 1e-3  # -60 dBFS
    if not sounding.any():
        return None
    level_db = 20 * np.log10(timbre.rms[sounding])
    strength = onset_strength(picture.levels).mean(axis=1)
    threshold = strength.mean() + 0.5 * strength.std()
    peaks = (strength[1:-1] > strength[:-2]) & (strength[1:-1] >= strength[2:]) & (strength[1:-1] > threshold)
    return MoodFeatures(
        level_db=float(np.median(level_db)),
        onset_rate=float(peaks.sum() / max(duration_seconds, 1.0)),
        brightness_hz=float(np.median(timbre.centroid_hz[sounding])),
        noisiness_db=float(10 * np.log10(np.median(timbre.flatness[sounding]) + 1e-6)),
        dynamics_db=float(np.subtract(*np.percentile(level_db, [90, 10]))),
    )


def estimate_mood(
    features: MoodFeatures,
    *,
    key: KeyEstimate | None,
    rhythm: RhythmEstimate | None,
    loudness: Loudness,
    dfa: float | None,
) -> Mood:
    """The three scales; `dfa` is Essentia's Danceability (about 0-3) or `None` where the track is too short."""
    bpm = rhythm.bpm if rhythm else 0.0
    pulse = rhythm.confidence if rhythm else 0.0
    level = loudness.integrated_lufs if loudness.integrated_lufs is not None else features.level_db
    mode = _MODE_SIGN[key.key.mode] * key.confidence if key else 0.0
    # Tempo counts as far as the pulse is clear; half and double tempo feel alike, so it is folded to 80-160.
    folded = bpm * 2.0 ** -np.floor(np.log2(bpm / 80.0)) if bpm > 0 else 110.0
    energy = _scale(
        "energy",
        (
            _Term("loudness", level, -14.0, 6.0, 9.0),
            _Term("onsets per second", features.onset_rate, 4.0, 2.0, 8.0),
            _Term("brightness", features.brightness_hz, 1300.0, 700.0, 6.0),
            _Term("noisiness", features.noisiness_db, -20.0, 6.0, 5.0),
            _Term("steady level", -features.dynamics_db, -14.0, 7.0, 4.0),
        ),
    )
    danceability = _scale(
        "danceability",
        (
            _Term("clear beat", pulse, 0.5, 0.3, 11.0),
            _Term("steady tempo", float(bool(rhythm and rhythm.steady)), 0.5, 0.5, 7.0),
            _Term("tempo near 120", -abs(float(np.log2(folded / 120.0))) * pulse, -0.15, 0.15, 5.0),
            _Term("groove (DFA)", dfa if dfa is not None else 1.2, 1.2, 0.5, 6.0),
            _Term("steady level", -features.dynamics_db, -14.0, 7.0, 3.0),
        ),
    )
    happiness = _scale(
        "happiness",
        (
            _Term("major or minor", mode, 0.0, 0.6, 11.0),
            _Term("tempo", (folded - 110.0) * pulse, 0.0, 25.0, 4.0),
            _Term("clear beat", pulse, 0.5, 0.3, 4.0),
            _Term("brightness", features.brightness_hz, 1300.0, 700.0, 3.0),
            _Term("key clarity", key.confidence if key else 0.0, 0.5, 0.3, 3.0),
        ),
    )
    return Mood(energy=energy, danceability=danceability, happiness=happiness)


def _scale(name: str, terms: tuple[_Term, ...]) -> MoodScale:
    points = {
        term.name: float(np.clip((term.value - term.centre) / term.spread, -2.0, 2.0)) * term.points for term in terms
    }
    value = float(np.clip(50.0 + sum(points.values()), 0.0, 100.0))
    error = _POPULATION_SPREAD * (1.0 - _EXPLAINED[name]) ** 0.5
    word = _WORDS[name][min(4, int(value // 20))]
    factors = sorted(
        (Factor(name=part, points=round(p, 1)) for part, p in points.items()), key=lambda f: -abs(f.points)
    )
    return MoodScale(
        value=round(value, 1),
        low=round(max(0.0, value - error), 1),
        high=round(min(100.0, value + error), 1),
        word=word,
        factors=tuple(factors),
    )
