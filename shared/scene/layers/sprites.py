"""Sprites: small white pictures that particles are stamped from, computed once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from shared.scene.frame import Frame

__all__ = ["SHAPES", "SIDE", "sprite", "white"]

#: Pixels a side; drawn smaller by mipmaps, larger up to about four times without harm since all edges are soft.
SIDE: Final = 64

Field = np.ndarray


def white(alpha: np.ndarray) -> np.ndarray:
    """White premultiplied pixels, uint8 [h, w, 4], from alpha 0-1 [h, w]."""
    steps = np.round(np.clip(alpha, 0, 1) * 255).astype(np.uint8)
    return np.repeat(steps[:, :, None], 4, axis=2)


def _edge(inside: Field, soft: float = 2.0 / SIDE) -> Field:
    """1 where a distance is above `soft`, 0 below -`soft`, and smooth between."""
    share = np.clip(inside / (2 * soft) + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def _dot(x: Field, y: Field) -> Field:
    far = np.hypot(x, y)
    return np.exp(-((far / 0.42) ** 2)) * _edge(0.94 - far, 0.06)


def _glint(x: Field, y: Field) -> Field:
    """A bright core in a wide haze: a spark, a star."""
    far = np.hypot(x, y)
    return (0.85 * np.exp(-((far / 0.2) ** 2)) + 0.35 * np.exp(-((far / 0.5) ** 2))) * _edge(0.92 - far, 0.08)


def _disc(x: Field, y: Field) -> Field:
    return _edge(0.88 - np.hypot(x, y))


def _bokeh(x: Field, y: Field) -> Field:
    """A blurred light in a lens: a disc, brighter at its rim."""
    far = np.hypot(x, y)
    return _edge(0.88 - far, 0.035) * (0.5 + 0.5 * np.clip(far / 0.88, 0, 1) ** 5)


def _ring(x: Field, y: Field) -> Field:
    return _edge(0.09 - np.abs(np.hypot(x, y) - 0.78))


def _sparkle(x: Field, y: Field) -> Field:
    """A star with four long points."""
    near = np.abs(x) ** 0.5 + np.abs(y) ** 0.5
    haze = 0.35 * np.exp(-((np.hypot(x, y) / 0.3) ** 2))
    return np.maximum(_edge(0.93 - near, 0.07), haze)


def _star(x: Field, y: Field) -> Field:
    """Five points: as far from the middle as a regular star is in that direction."""
    step = math.pi / 5
    angle = np.abs(np.mod(np.arctan2(x, -y) + step, 2 * step) - step)
    outer, inner = 0.92, 0.40
    # The line from the outer point (outer, 0) to the inner one (inner, step), in polar coordinates.
    ax, bx, by = outer, inner * math.cos(step), inner * math.sin(step)
    normal = (by, ax - bx)
    reach = (normal[0] * ax) / (normal[0] * np.cos(angle) + normal[1] * np.sin(angle))
    return _edge(reach - np.hypot(x, y), 0.03)


def _square(x: Field, y: Field) -> Field:
    return _edge(0.72 - np.maximum(np.abs(x), np.abs(y)))


def _heart(x: Field, y: Field) -> Field:
    """The curve (x^2 + y^2 - 1)^3 = x^2 y^3, y up."""
    a, b = x * 1.4, -y * 1.4 + 0.08
    value = (a * a + b * b - 1) ** 3 - a * a * b**3
    # Over its slope, so that the edge is as sharp at the tip as elsewhere.
    slope = np.hypot(*np.gradient(value)) * SIDE
    return _edge(-value / np.maximum(slope, 0.2), 0.03) * _edge(0.92 - np.maximum(np.abs(x), np.abs(y)))


def _flake(x: Field, y: Field) -> Field:
    """A snow crystal: six arms with barbs."""
    far = np.hypot(x, y)
    angle = np.abs(np.mod(np.arctan2(y, x) + math.pi / 6, math.pi / 3) - math.pi / 6)
    along, aside = far * np.cos(angle), far * np.sin(angle)
    arm = _edge(0.05 - aside, 0.03) * _edge(0.9 - along)
    barb = np.zeros_like(far)
    for start in (0.38, 0.62):
        slant = np.abs((along - start) * math.sin(1.05) - aside * math.cos(1.05))
        barb = np.maximum(barb, _edge(0.04 - slant, 0.03) * _edge(0.24 - aside) * _edge(along - start + 0.02))
    return np.maximum(arm, barb)


def _petal(x: Field, y: Field) -> Field:
    """A blossom's leaf: an ellipse with a point."""
    width = 0.42 * np.sqrt(np.clip(1 - y * y / 0.8, 0, 1)) * (0.75 - 0.45 * y)
    return _edge(width - np.abs(x), 0.03) * _edge(0.88 - np.abs(y))


SHAPES: Final[dict[str, Callable[[Field, Field], Field]]] = {
    "dot": _dot,
    "glint": _glint,
    "disc": _disc,
    "bokeh": _bokeh,
    "ring": _ring,
    "sparkle": _sparkle,
    "star": _star,
    "square": _square,
    "heart": _heart,
    "flake": _flake,
    "petal": _petal,
}


def sprite(frame: Frame, shape: str, *, squeeze: float = 1.0) -> int:
    """The number of a sprite of `SIDE` pixels; squeeze: its width over its height, as of paper that turns."""

    def make() -> np.ndarray:
        # Twice as fine, then halved: smooth edges.
        places = (np.arange(2 * SIDE) + 0.5) / SIDE - 1
        x, y = np.meshgrid(places / max(0.05, squeeze), places)
        fine = SHAPES[shape](x, y)
        return white(fine.reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3)))

    name = f"sprite {shape} {squeeze:.3f}"
    return frame.keep(name, lambda: frame.resources.array(name, make, mipmaps=True))
