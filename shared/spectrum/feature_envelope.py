"""Attack and release without a loop over time, and bands drawn as any number of bars.

Attack and release. The usual follower, y += (rising ? a : b) (x - y), needs one step of Python per frame. Either half
of it has a closed form that needs none:

- release: instant rise, exponential fall, y[i] = max(x[i], r y[i-1]) = max over k >= 0 of r^k x[i-k]
- attack:  one-pole low-pass of that,      z[i] = a y[i] + q z[i-1]  = sum over k >= 0 of a q^k y[i-k],  a = 1 - q

Both have the form "combine, over all k, q^k times the value k frames ago" with a combination that is associative, so
doubling computes them: if s holds the combination over the last m frames, then combine(s[i], q^m s[i-m]) holds it over
2m. After p passes over whole arrays 2^p frames are combined; p is the least with q^(2^p) < 1/1024, and what is older is
left out. So an output depends on exactly 2^p frames of input: any stretch computed with that much of the past is equal,
number by number, to the same stretch computed for the whole song.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError

__all__ = ["envelope", "envelope_frames", "resampling", "sampled"]

Floats = npt.NDArray[np.float32]

_RATE: Final = 60.0  # frames per second: FEATURE_RATE, whose module imports this one
_FORGOTTEN: Final = 1.0 / 1024  # what weighs less is left out: a quarter of one step of an 8-bit band
_SHORTEST: Final = 1.0 / (_RATE * -math.log(_FORGOTTEN))  # s; a shorter time constant is over within one frame
_LONGEST: Final = 60.0  # s
#: Bars further apart than bands show the power mean of the bands between them: the plain mean would sink a single
#: loud band to a stump, the maximum would make every bar of a full mix the same.
_MEAN_POWER: Final = 3


def envelope(x: npt.NDArray[Any], *, attack: float, release: float) -> Floats:
    """Values after attack and release: float32, shape of x, whose first axis is time at 60 frames per second.

    attack, release: time constants in seconds, of 0 to 60 (0: none). x is not below 0 and is not changed.

    >>> envelope(np.array([1.0, 0.0, 0.0]), attack=0.0, release=1 / 60).round(3)
    array([1.   , 0.368, 0.135], dtype=float32)
    """
    held = np.array(x, np.float32)
    ratio, passes = _ratio(release), _passes(release)
    if passes:
        _scan(held, ratio, passes, np.maximum)
    ratio, passes = _ratio(attack), _passes(attack)
    if passes:
        held *= np.float32((1.0 - ratio) / (1.0 - ratio ** (1 << passes)))  # so that what is left out is not missing
        _scan(held, ratio, passes, np.add)
    return held


def envelope_frames(attack: float, release: float) -> int:
    """How many frames of the past an output of `envelope` depends on, at most."""
    return sum((1 << passes) - 1 for passes in (_passes(attack), _passes(release)) if passes)


def sampled(x: npt.NDArray[Any], t: Any, *, rate: float = _RATE) -> Floats:
    """A series float or int [n] at times t (a number, or an array), straight between frames: float32, shape of t.

    0 before the first frame and from one frame after the last.

    >>> float(sampled(np.array([0.0, 1.0]), 0.5 / 60))
    0.5
    """
    place = np.asarray(t, np.float64) * rate
    if not len(x):
        return np.zeros(place.shape, np.float32)
    place = np.where(np.isfinite(place), np.clip(place, -2.0, len(x) + 1.0), -2.0)
    low = np.floor(place).astype(np.int64)
    part = (place - low).astype(np.float32)
    left, right = (_taken(x, index) for index in (low, low + 1))
    return left + part * (right - left)


def _taken(x: npt.NDArray[Any], index: npt.NDArray[np.int64]) -> Floats:
    inside = (index >= 0) & (index < len(x))
    return np.where(inside, x[np.clip(index, 0, len(x) - 1)], 0).astype(np.float32)


def _ratio(seconds: float) -> float:
    """What is left of a value after one frame."""
    return math.exp(-1.0 / (_RATE * seconds)) if _passes(seconds) else 0.0


def _passes(seconds: float) -> int:
    if not 0.0 <= seconds <= _LONGEST:
        raise KeylightError(f"expected an attack, release or smoothing of 0 to {_LONGEST:g} s, got {seconds}")
    if seconds <= _SHORTEST:
        return 0
    return max(1, math.ceil(math.log2(-math.log(_FORGOTTEN) * _RATE * seconds)))


def _scan(held: Floats, ratio: float, passes: int, combine: Callable[..., Any]) -> None:
    """Combine each frame with the 2^passes - 1 before it, in place."""
    for number in range(passes):
        shift = 1 << number
        if shift >= len(held):
            return
        combine(held[shift:], held[:-shift] * np.float32(ratio**shift), out=held[shift:])


@dataclass(frozen=True)
class _Resampling:
    """weights: float32 [bars, bands]; None where bars are the bands. power: of the mean."""

    weights: Floats | None
    power: int

    def apply(self, rows: Floats) -> Floats:
        """Bars of bands: float32 [rows, 64] to [rows, count]."""
        if self.weights is None:
            return rows
        if self.power == 1:
            return np.clip(np.einsum("tb,cb->tc", rows, self.weights), 0.0, 1.0)
        return np.clip(np.einsum("tb,cb->tc", rows**self.power, self.weights), 0.0, 1.0) ** (1.0 / self.power)


@lru_cache(maxsize=256)
def resampling(
    count: int, low_hz: float, high_hz: float, *, bands: int = 64, lowest_hz: float = 30.0, highest_hz: float = 16_000.0
) -> _Resampling:
    """How `count` bars from low_hz to high_hz are made of bands spaced evenly in pitch from lowest_hz to highest_hz.

    Bar j stands at the middle of the j-th of `count` equal steps of pitch. Raises `KeylightError` for no bars or
    frequencies that do not ascend above 0.
    """
    if count < 1 or count != int(count):
        raise KeylightError(f"expected 1 bar or more, got {count}")
    if not (0.0 < low_hz < high_hz and math.isfinite(high_hz)):
        raise KeylightError(f"expected frequencies that ascend above 0 Hz, got {low_hz} to {high_hz} Hz")
    per_octave = bands / math.log2(highest_hz / lowest_hz)
    first = per_octave * math.log2(low_hz / lowest_hz)
    spacing = (per_octave * math.log2(high_hz / lowest_hz) - first) / count
    if abs(first) < 1e-9 and abs(spacing - 1.0) < 1e-9:
        return _Resampling(None, 1)
    places = np.clip(first + spacing * (np.arange(count) + 0.5) - 0.5, 0.0, bands - 1.0)
    # The two bands beyond either edge repeat the edge's, so that a curve arrives there level.
    distance = np.abs(places[:, None] - np.arange(-2, bands + 2)) / max(1.0, spacing)
    weights = np.maximum(0.0, 1.0 - distance) if spacing > 1.0 else _catmull_rom(distance)
    weights[:, 2] += weights[:, :2].sum(axis=1)
    weights[:, -3] += weights[:, -2:].sum(axis=1)
    weights = weights[:, 2:-2]
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return _Resampling(weights, _MEAN_POWER if spacing > 1.0 else 1)


def _catmull_rom(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cubic that passes through the bands (Catmull & Rom 1974; Keys 1981, a = -1/2), x >= 0."""
    near = 1.0 + x * x * (1.5 * x - 2.5)
    far = 2.0 + x * (-4.0 + x * (2.5 - 0.5 * x))
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))
