"""Changes of light and of red at each cell of a picture, as WCAG 2.2 defines what a flash is made of.

A change counts between neighbouring peaks and valleys, however many frames lie between; it is found in the frame in
which it becomes large enough. Rises and falls of a cell alternate.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["LINEAR", "LightChanges", "RedChanges", "to_bytes", "to_linear"]

Grid = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]

#: WCAG 2.2, "relative luminance": sRGB bytes to light, red 0.2126, green 0.7152, blue 0.0722.
_BYTES: Final = np.arange(256) / 255.0
LINEAR: Final = np.where(_BYTES <= 0.04045, _BYTES / 12.92, ((_BYTES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
#: "Where the relative luminance of the darker image is below 0.80".
_DARKER: Final = np.float32(0.80)
#: "R/(R + G + B) is greater than or equal to 0.8, and the difference between states is more than 0.2 (unitless) in the
#: CIE 1976 UCS chromaticity diagram" (ISO 9241-391).
_SATURATED: Final = np.float32(0.8)
_APART: Final = np.float32(0.2)
#: A screen's black is not without light, else every dark cell would have some colour. By this a red below 7 % of full
#: is not saturated, about where WCAG 2.0's (R - G - B) x 320 > 20 had it.
_GLARE: Final = np.float32(0.01)
#: Cells in doubt by rounding count.
_EPSILON: Final = np.float32(1e-5)


def to_linear(picture: npt.NDArray[np.uint8]) -> tuple[Values, Values, Values]:
    """Red, green and blue light, 0-1, of BGRA bytes [..., 4] on black.

    >>> [float(one) for one in to_linear(np.array([0, 0, 255, 255], np.uint8))]
    [1.0, 0.0, 0.0]
    """
    return LINEAR[picture[..., 2]], LINEAR[picture[..., 1]], LINEAR[picture[..., 0]]


def to_bytes(light: Values) -> npt.NDArray[np.uint8]:
    """The nearest sRGB bytes of light, 0-1.

    >>> to_bytes(LINEAR[[0, 1, 127, 255]]).tolist()
    [0, 1, 127, 255]
    """
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
    return np.rint(255 * coded).astype(np.uint8)


class LightChanges:
    """Rises and falls of relative luminance by `change` or more, the darker state below 0.80."""

    def __init__(self, change: float) -> None:
        self._change = np.float32(change) - _EPSILON
        self._way: npt.NDArray[np.int8] | None = None  # 1 after a rise, -1 after a fall, 0 before either

    def feed(self, picture: npt.NDArray[np.uint8]) -> tuple[Grid, Grid]:
        """Cells that have risen and that have fallen with this picture."""
        red, green, blue = to_linear(picture)
        light: Values = _RED * red + _GREEN * green + _BLUE * blue
        if self._way is None:
            self._way = np.zeros(light.shape, np.int8)
            self._high, self._low = light.copy(), light.copy()
        np.maximum(self._high, light, out=self._high)
        np.minimum(self._low, light, out=self._low)
        rises = (self._way <= 0) & (light - self._low >= self._change) & (self._low < _DARKER)
        falls = (self._way >= 0) & (self._high - light >= self._change) & (light < _DARKER)
        changed = rises | falls
        if changed.any():
            self._way = np.where(rises, 1, np.where(falls, -1, self._way)).astype(np.int8)
            self._high = np.where(changed, light, self._high)
            self._low = np.where(changed, light, self._low)
        return rises, falls


class RedChanges:
    """Changes to a saturated red (rises) and from it (falls), of more than 0.2 in chromaticity."""

    def __init__(self) -> None:
        self._way: npt.NDArray[np.int8] | None = None

    def feed(self, picture: npt.NDArray[np.uint8]) -> tuple[Grid, Grid]:
        """Cells that have become red and that have ceased to be with this picture."""
        now = _redness(picture)
        if self._way is None:
            self._way = np.zeros(picture.shape[:2], np.int8)
            self._most, self._least = now.copy(), now.copy()  # each the reddest and least red state: redness, u', v'
        self._most = np.where(now[0] > self._most[0], now, self._most)
        self._least = np.where(now[0] < self._least[0], now, self._least)
        rises = (self._way <= 0) & (now[0] >= _SATURATED) & (_distance(now, self._least) > _APART)
        falls = (self._way >= 0) & (self._most[0] >= _SATURATED) & (_distance(now, self._most) > _APART)
        changed = rises | falls
        if changed.any():
            self._way = np.where(rises, 1, np.where(falls, -1, self._way)).astype(np.int8)
            self._most = np.where(changed, now, self._most)
            self._least = np.where(changed, now, self._least)
        return rises, falls


def _redness(picture: npt.NDArray[np.uint8]) -> Values:
    """R / (R + G + B), u' and v' of each cell, float32 [3, rows, columns]."""
    red, green, blue = (one + _GLARE for one in to_linear(picture))
    # IEC 61966-2-1: sRGB to CIE XYZ; CIE 15:2004, 8.2.1: u' = 4X / (X + 15Y + 3Z), v' = 9Y / (the same).
    x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
    y = _RED * red + _GREEN * green + _BLUE * blue
    z = 0.0193 * red + 0.1192 * green + 0.9505 * blue
    whole = x + 15 * y + 3 * z
    return np.stack([red / (red + green + blue), 4 * x / whole, 9 * y / whole]).astype(np.float32)


def _distance(one: Values, other: Values) -> Values:
    distance: Values = np.hypot(one[1] - other[1], one[2] - other[2])
    return distance
