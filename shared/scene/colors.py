"""Colours: text to RGBA 0-1 in steps of 1/255, palettes, and mixtures in linear light's place: plain sRGB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.errors import KeylightError

__all__ = ["RGBA", "hex_of", "mix", "mix_rows", "parse_color", "with_alpha"]

RGBA = tuple[float, float, float, float]

_HEX: Final = re.compile(r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def parse_color(text: str, palette: Sequence[str] = ()) -> RGBA:
    """A colour from `#rgb`, `#rrggbb`, `#rrggbbaa` or `$n`, a place of the palette, wrapped around.

    `$n/60` has 60 % of its alpha. Raises `KeylightError` for anything else.

    >>> parse_color("#ff0000")
    (1.0, 0.0, 0.0, 1.0)
    >>> parse_color("$1/50", ["#000", "#fff"])
    (1.0, 1.0, 1.0, 0.5019607843137255)
    """
    if text.startswith("$") and palette:
        place, _, percent = text[1:].partition("/")
        if place.isdecimal() and (not percent or percent.isdecimal()):
            red, green, blue, alpha = parse_color(palette[int(place) % len(palette)])
            return (red, green, blue, _step(alpha * min(100, int(percent)) / 100) if percent else alpha)
    if not _HEX.fullmatch(text):
        raise KeylightError(f"Expected a colour such as #ff4588 or $1, got {text!r}.")
    digits = text[1:]
    if len(digits) < 6:
        digits = "".join(2 * one for one in digits)
    values = [int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2)]
    return (values[0], values[1], values[2], values[3] if len(values) > 3 else 1.0)


def with_alpha(color: RGBA, share: float) -> RGBA:
    """A colour with its alpha times `share`."""
    return (*color[:3], _step(color[3] * share))


def mix(first: RGBA, second: RGBA, share: float) -> RGBA:
    """`share` of the way (0-1) from one colour to another."""
    low = min(1.0, max(0.0, share))
    mixed = [_step(a + (b - a) * low) for a, b in zip(first, second, strict=True)]
    return (mixed[0], mixed[1], mixed[2], mixed[3])


def mix_rows(colors: Sequence[RGBA], shares: np.ndarray) -> np.ndarray:
    """Colours along a row of stops at equal distances: float32 [n, 4] for shares [n] of 0-1."""
    stops = np.linspace(0.0, 1.0, len(colors)) if len(colors) > 1 else np.zeros(1)
    table = np.array(colors, np.float64)
    out = np.stack([np.interp(shares, stops, table[:, at]) for at in range(4)], axis=1)
    return np.round(out * 255).astype(np.float32) / np.float32(255)


def hex_of(color: Sequence[float]) -> str:
    """`#rrggbb`, with `aa` where it is not opaque.

    >>> hex_of((1, 0.5, 0, 1))
    '#ff8000'
    """
    parts = [min(255, max(0, round(value * 255))) for value in color]
    if len(parts) == 4 and parts[3] == 255:
        parts.pop()
    return "#" + "".join(f"{part:02x}" for part in parts)


def _step(value: float) -> float:
    return round(min(1.0, max(0.0, value)) * 255) / 255
