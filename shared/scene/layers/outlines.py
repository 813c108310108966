"""Outlines of plain shapes around the origin, as points: float32 [n, 2]."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.layers.spectra import Floats

__all__ = ["SHAPES", "arc", "outline"]

#: Shapes that `outline` knows.
SHAPES: Final = ("rectangle", "circle", "polygon", "star", "heart", "drop", "cross")
_ROUND: Final = 96


def outline(shape: str, width: float, height: float, *, corners: int = 5, depth: float = 0.45) -> Floats:
    """A shape that fills a box. corners: of polygons and stars; depth: how far a star's inner corners lie outside.

    >>> outline("rectangle", 2, 4).tolist()
    [[-1.0, -2.0], [1.0, -2.0], [1.0, 2.0], [-1.0, 2.0]]
    """
    match shape:
        case "circle":
            points = _ring(_ROUND)
        case "polygon":
            points = _fitted(_ring(corners))
        case "star":
            points = _ring(2 * corners)
            points[1::2] *= depth
            points = _fitted(points)
        case "heart":
            points = _fitted(_heart())
        case "drop":
            points = _fitted(_drop())
        case "cross":
            points = _cross(depth)
        case _:
            points = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    return (points * np.array([width / 2, height / 2])).astype(np.float32)


def arc(radius: float, start: float, turn: float) -> Floats:
    """Points along an arc, from an angle in radians on, by so much."""
    steps = max(2, math.ceil(abs(turn) / (2 * math.pi) * 2 * _ROUND))
    angle = start + turn * np.linspace(0.0, 1.0, steps)
    return np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=1).astype(np.float32)


def _ring(corners: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(corners) / corners - np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _fitted(points: np.ndarray) -> np.ndarray:
    """Moved and stretched to fill -1 to 1 both ways."""
    low, high = points.min(axis=0), points.max(axis=0)
    found: np.ndarray = (points - (low + high) / 2) / ((high - low) / 2)
    return found


def _heart() -> np.ndarray:
    """The usual curve (Weisstein, "Heart Curve", MathWorld, no. 6)."""
    turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    down = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    return np.stack([16 * np.sin(turn) ** 3, -down], axis=1)


def _drop() -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    return np.stack([np.sin(turn) * np.sin(turn / 2) ** 1.5, -np.cos(turn)], axis=1)


def _cross(depth: float) -> np.ndarray:
    arm = min(0.9, max(0.05, depth)) / 1.5
    corner = np.array([[arm, -1], [arm, -arm], [1, -arm]])
    turns = [corner]
    for _ in range(3):
        last = turns[-1]
        turns.append(np.stack([-last[:, 1], last[:, 0]], axis=1))
    return np.concatenate(turns)
