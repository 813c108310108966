"""What layers and effects feel of the music by themselves, beside the drives of their inputs: pulses and travel."""

from __future__ import annotations

import numpy as np

from shared.scene.frame import Frame
from shared.scene.inputs import Input, choice
from shared.spectrum.features import FEATURE_RATE, SCALARS, Features

__all__ = ["FEELINGS", "felt", "follow", "travelled"]

#: What a layer can follow; "none" is always 0.
FEELINGS = ("none", *(name for name in SCALARS if name not in ("beat", "bar", "section", "progress")))

#: One frame at each attack: felt as a blow that fades.
_BLOWS = ("onset", "kick", "hat")


def follow(name: str, label: str, default: str, *, words: str = "", group: str = "Music") -> Input:
    """An input that says what of the music is followed."""
    return choice(name, label, default, FEELINGS, words=words, group=group)


def felt(frame: Frame, name: str, *, release: float = 0.18) -> float:
    """What is felt of a feature now, 0-1: attacks fade within some `release` seconds, the rest is as it is."""
    if name == "none":
        return 0.0
    if name not in _BLOWS:
        return float(frame.features.value(name, frame.t))
    ages = np.arange(int(5 * release * FEATURE_RATE) + 2) / FEATURE_RATE
    # From frame to frame of the features, so that a blow has its full height whatever the picture's rate.
    now = np.floor(frame.t * FEATURE_RATE) / FEATURE_RATE
    blows = frame.features.values(name, now - ages)
    return float(np.max(blows * np.exp(-(ages + frame.t - now) / release), initial=0.0))


def travelled(frame: Frame, name: str) -> float:
    """Seconds that would have gone by if time passed as fast as the feature is high: never jumps, never falls."""
    if name == "none":
        return 0.0
    key = ("travelled", name)
    if key not in frame.shelf:
        frame.shelf[key] = _sums(frame.features, name)
    sums: np.ndarray = frame.shelf[key]
    return float(np.interp(frame.t, np.arange(len(sums)) / FEATURE_RATE, sums))


def _sums(features: Features, name: str) -> np.ndarray:
    values = features.values(name, np.arange(features.frames) / FEATURE_RATE)
    if name in _BLOWS:
        # A blow moves as if it lasted a tenth of a second.
        values = values * 6
    return np.concatenate([[0.0], np.cumsum(values) / FEATURE_RATE])
