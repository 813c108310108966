"""What moves a property: one of a song's scalars, smoothed, delayed, turned over or summed up.

Conventions: a series has one value per 1/60 s, float64 [n], 0-1, or seconds where it is cumulative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.spectrum.feature_document import FEATURE_RATE, Features
from shared.spectrum.feature_envelope import envelope

__all__ = ["Driver", "driven"]

Series = npt.NDArray[np.float64]

#: Of the smoothing's time constant: things rise faster than they fall, or a beat comes late. At 0.3 s the rise takes
#: 50 ms, and a pulse keeps four fifths of its height.
_ATTACK_SHARE: Final = 1.0 / 6.0
#: They jump: smoothing would make the jump a slope, and a straight line between frames would run through it.
_PHASES: Final = ("beat", "bar", "section")


def driven(
    features: Features,
    name: str,
    *,
    stem: str | None = None,
    smooth_seconds: float = 0.0,
    attack_seconds: float | None = None,
    release_seconds: float | None = None,
    delay_seconds: float = 0.0,
    invert: bool = False,
    cumulative: bool = False,
) -> Series:
    """The whole song's series of one of `SCALARS`: float64 [features.frames].

    stem: taken from that stem, where there is one; beats, bars, sections and progress are always the song's.
    smooth_seconds: how long it takes to fall; it rises six times as fast, and phases stay as they are. attack_seconds,
    release_seconds: either by itself. delay_seconds: how much later it moves, or earlier if below 0. invert: 1 - x.
    cumulative: the integral over time since the start, in seconds: a constant c becomes exactly c * t.
    Raises `KeylightError` for an unknown name and for times out of range.

    >>> from shared.spectrum.feature_document import silent_features
    >>> driven(silent_features(2.0), "bass", invert=True, cumulative=True)[60]
    np.float64(1.0)
    """
    if not abs(delay_seconds) <= 3600.0:
        raise KeylightError(f"expected a delay of at most an hour, got {delay_seconds} s")
    source = features.stem(stem) if name in features.series else features
    times = np.arange(features.frames) / FEATURE_RATE
    attack = smooth_seconds * _ATTACK_SHARE if attack_seconds is None else attack_seconds
    release = smooth_seconds if release_seconds is None else release_seconds
    if name in _PHASES or not (attack or release):
        series = source.values(name, times - delay_seconds)
    else:
        smooth = envelope(source.values(name, times), attack=attack, release=release)
        series = np.interp(times - delay_seconds, times, smooth) if len(times) else np.zeros(0)
    if invert:
        series = 1.0 - series
    return _integral(series) if cumulative else series


@dataclass(frozen=True, eq=False)
class Driver:
    """`driven` with its settings, asked by time. The series is computed once."""

    features: Features
    name: str
    stem: str | None = None
    smooth_seconds: float = 0.0
    delay_seconds: float = 0.0
    invert: bool = False
    cumulative: bool = False
    series: Series = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settings: dict[str, Any] = {
            name: getattr(self, name) for name in ("stem", "smooth_seconds", "delay_seconds", "invert", "cumulative")
        }
        object.__setattr__(self, "series", driven(self.features, self.name, **settings))

    def at(self, t: float) -> float:
        """The value at t: straight between frames, exact where it jumps; before 0 and after the end as it is there.

        >>> from shared.spectrum.feature_document import silent_features
        >>> Driver(silent_features(4.0), "progress").at(1.0)
        0.25
        """
        if not len(self.series):
            return 1.0 if self.invert and not self.cumulative else 0.0
        if self.name in _PHASES and not self.cumulative:
            value = self.features.value(self.name, t - self.delay_seconds)
            return 1.0 - value if self.invert else value
        last = len(self.series) - 1
        place = min(max(t * FEATURE_RATE, 0.0), float(last))
        low = min(int(place), max(last - 1, 0))
        here, there = float(self.series[low]), float(self.series[min(low + 1, last)])
        return here + (there - here) * (place - low)


def _integral(series: Series) -> Series:
    """By the trapezoid rule, which is exact for what runs straight from frame to frame; 0 at the first."""
    steps = (series[1:] + series[:-1]) / 2
    return np.concatenate((np.zeros(min(1, len(series))), np.cumsum(steps) / FEATURE_RATE))
