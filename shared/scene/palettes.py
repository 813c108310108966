"""Palettes: named ones, and those that a picture suggests.

The order is that of a project's palette: background, three accents from the strongest on, and a colour for words that
can be read on the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.errors import KeylightError
from shared.scene.colors import hex_of

__all__ = ["PALETTES", "Palette", "contrast", "luminance", "palettes_of"]

#: Words on a background need this contrast (WCAG 2.2, 1.4.3, large text asks for 3).
_READABLE: Final = 4.5
#: Steps a channel is counted in.
_STEPS: Final = 16


@dataclass(frozen=True)
class Palette:
    """Five colours `#rrggbb` and their name."""

    name: str
    colors: tuple[str, ...]


PALETTES: Final = (
    Palette("Keylight", ("#0b0a12", "#ff4588", "#45ccff", "#ffd166", "#ffffff")),
    Palette("Neon night", ("#07051a", "#ff2e97", "#00e5ff", "#b967ff", "#fdf7ff")),
    Palette("Sunset drive", ("#1b0f2e", "#ff6b4a", "#ffb347", "#e0457b", "#fff3e6")),
    Palette("Deep sea", ("#04131f", "#1fb6c9", "#2f6bff", "#9be8d8", "#eefcff")),
    Palette("Forest", ("#0c1510", "#4fbf7b", "#c6d66b", "#2a8f6d", "#f3f8ec")),
    Palette("Ember", ("#140806", "#ff5a1f", "#ffb020", "#c0222b", "#fff1e0")),
    Palette("Ice", ("#0a1220", "#8fd3ff", "#d7f0ff", "#5a8dee", "#ffffff")),
    Palette("Gold", ("#0f0c06", "#f2c14e", "#d98e2b", "#fff0c2", "#fffaf0")),
    Palette("Rose", ("#1a0b14", "#ff7aa8", "#ffb3c8", "#c94f7c", "#fff5f8")),
    Palette("Vapor", ("#16102b", "#ff71ce", "#01cdfe", "#05ffa1", "#fffbff")),
    Palette("Acid", ("#0a0d05", "#c6ff00", "#57e600", "#00d1a0", "#fbfff0")),
    Palette("Lavender", ("#141124", "#a78bfa", "#f0abfc", "#7dd3fc", "#faf7ff")),
    Palette("Copper", ("#12100e", "#d08c60", "#a4553a", "#e6c39b", "#fbf4ec")),
    Palette("Blood moon", ("#0d0506", "#e11d48", "#7f1d1d", "#fb923c", "#fff1f2")),
    Palette("Aurora", ("#050f14", "#34d399", "#60a5fa", "#c084fc", "#f2fff9")),
    Palette("Midnight blue", ("#070b1d", "#4f7cff", "#82aaff", "#2dd4bf", "#f3f6ff")),
    Palette("Candy", ("#21102b", "#ff8fab", "#9bf6ff", "#fdffb6", "#fffdfa")),
    Palette("Mono", ("#0a0a0a", "#f5f5f5", "#a3a3a3", "#525252", "#ffffff")),
    Palette("Paper", ("#f4efe6", "#d1495b", "#2e4057", "#edae49", "#1d1a16")),
    Palette("Daylight", ("#eef4fb", "#2563eb", "#f97316", "#10b981", "#0f172a")),
    Palette("Peach", ("#fff1e8", "#ff6f61", "#f7b267", "#7c5c8f", "#3a1f2b")),
    Palette("Mint", ("#eafaf3", "#0f9d78", "#34568b", "#ff8a5b", "#12302a")),
)


def luminance(color: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Relative luminance 0-1 of sRGB colours 0-1, [..., 3 or more] (WCAG 2.2)."""
    plain = np.asarray(color, np.float64)[..., :3]
    linear = np.where(plain <= 0.04045, plain / 12.92, ((plain + 0.055) / 1.055) ** 2.4)
    return (linear * (0.2126, 0.7152, 0.0722)).sum(axis=-1)


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast ratio 1-21 of two colours 0-1 (WCAG 2.2).

    >>> round(contrast((0, 0, 0), (1, 1, 1)), 1)
    21.0
    """
    low, high = sorted((float(luminance(one)), float(luminance(other))))
    return (high + 0.05) / (low + 0.05)


def palettes_of(pixels: np.ndarray) -> tuple[Palette, ...]:
    """Palettes from a picture, uint8 [h, w, 4]: one on its dark, one on its light. See-through pixels do not count.

    Raises `KeylightError` for a picture of which nothing is to be seen.
    """
    rows = pixels.reshape(-1, pixels.shape[-1])
    seen = rows[rows[:, 3] >= 128][:, :3] if pixels.shape[-1] == 4 else rows
    if not len(seen):
        raise KeylightError("Expected a picture with colours, got one that is see-through everywhere.")
    colors, counts = _counted(seen)
    accents = _accents(colors, counts)
    dark = _background(colors, counts, light=False)
    light = _background(colors, counts, light=True)
    return (
        Palette(
            "Cover, dark", tuple(hex_of(each.tolist()) for each in (dark, *_readable(accents, dark), _words(dark)))
        ),
        Palette(
            "Cover, light", tuple(hex_of(each.tolist()) for each in (light, *_readable(accents, light), _words(light)))
        ),
    )


def _counted(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours 0-1 [n, 3] of the cells of a coarse cube, and the share of pixels in each."""
    cells = (rows // (256 // _STEPS)).astype(np.int64)
    keys = (cells[:, 0] * _STEPS + cells[:, 1]) * _STEPS + cells[:, 2]
    found, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(places, rows[:, at], minlength=len(found)) for at in range(3)], axis=1)
    return sums / counts[:, None] / 255, counts / len(rows)


def _accents(colors: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    """Three colours: common, vivid, and unlike one another."""
    vivid = colors.max(axis=1) - colors.min(axis=1)
    worth = np.sqrt(counts) * (0.05 + vivid) * (0.3 + luminance(colors) ** 0.5)
    chosen: list[np.ndarray] = []
    for _ in range(3):
        best = colors[int(np.argmax(worth))]
        chosen.append(best)
        away = np.sqrt(((colors - best) ** 2).sum(axis=1))
        worth = worth * np.clip(away / 0.5, 0.02, 1.0)
    return chosen


def _background(colors: np.ndarray, counts: np.ndarray, *, light: bool) -> np.ndarray:
    """The most common of the darkest (lightest) colours, led further to that end."""
    shade = luminance(colors)
    worth = counts * ((shade + 0.02) if light else (1.02 - shade)) ** 6
    base = colors[int(np.argmax(worth))]
    # Far enough that accents stand out: 88 % of the way to white, or down to a luminance near 0.01.
    return base + (1 - base) * 0.88 if light else base * min(1.0, 0.14 / max(1e-6, float(base.max())))


def _readable(accents: list[np.ndarray], background: np.ndarray) -> list[np.ndarray]:
    """Accents led away from the background until each can be told from it."""
    end = np.ones(3) if float(luminance(background)) < 0.4 else np.zeros(3)
    told = []
    for accent in accents:
        color = accent
        for _ in range(20):
            if contrast(tuple(color), tuple(background)) >= _READABLE - 1.5:
                break
            color = color + (end - color) * 0.15
        told.append(color)
    return told


def _words(background: np.ndarray) -> np.ndarray:
    return np.full(3, 0.98) if float(luminance(background)) < 0.4 else np.full(3, 0.07)
