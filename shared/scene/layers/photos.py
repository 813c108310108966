"""How pictures are put into boxes: fitting, blurring once in numpy, and what stands in for a cover that is missing."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import RGBA, hex_of, mix, with_alpha
from shared.scene.facts import ImageFacts
from shared.scene.frame import Frame
from shared.scene.resources import MediaImage

__all__ = ["FITS", "blurred", "draw_photo", "fitted", "soft_shadow", "stand_in"]

FITS: Final = ("cover", "contain", "stretch")
#: A blur that moves makes at most this many pictures.
_BLUR_STEPS: Final = 16
_WIDEST: Final = 24.0  # pixels of the small copy


def fitted(fit: str, found: tuple[float, float], box: tuple[float, float]) -> tuple[float, float]:
    """Width and height at which a picture is drawn in a box: "cover" fills it, "contain" lies within it.

    >>> fitted("cover", (200, 100), (100, 100)), fitted("contain", (200, 100), (100, 100))
    ((200.0, 100.0), (100.0, 50.0))
    """
    if fit == "stretch":
        return box
    across, down = box[0] / max(1.0, found[0]), box[1] / max(1.0, found[1])
    scale = max(across, down) if fit == "cover" else min(across, down)
    return found[0] * scale, found[1] * scale


def blurred(
    frame: Frame, media: str, facts: ImageFacts, amount: float, *, dark: float = 0.0, tint: RGBA | None = None,
    tinted: float = 0.0, saturation: float = 1.0,
) -> int:  # fmt: skip
    """The number of a picture's small copy, blurred by a share of 0-1 and coloured; to be drawn large with "cubic"."""
    step = math.ceil(amount * _BLUR_STEPS)
    name = f"blur {media} {step} {dark:.2f} {hex_of(tint or (0, 0, 0, 1))} {tinted:.2f} {saturation:.2f}"

    def make() -> np.ndarray:
        pixels = facts.small[:, :, :4].astype(np.float32) / 255
        alpha = pixels[:, :, 3:]
        colors = pixels[:, :, :3] * alpha
        both = _smooth(np.concatenate([colors, alpha], axis=2), _WIDEST * (step / _BLUR_STEPS) ** 1.5)
        colors, alpha = both[:, :, :3], both[:, :, 3:]
        grey = (colors * np.array([0.2126, 0.7152, 0.0722], np.float32)).sum(axis=2, keepdims=True)  # ITU-R BT.709
        colors = np.clip(grey + saturation * (colors - grey), 0, alpha)
        if tint is not None and tinted > 0:
            colors = colors + tinted * (np.array(tint[:3], np.float32) * alpha - colors)
        return np.round(np.concatenate([colors * (1 - dark), alpha], axis=2) * 255).astype(np.uint8)

    return frame.keep(name, lambda: frame.resources.array(name, make))


def _smooth(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Three running means, which together are nearly a Gaussian; edges go on as they are."""
    half = round(sigma)
    for _ in range(3 if half else 0):
        for axis in (0, 1):
            wide = [(half + 1, half) if at == axis else (0, 0) for at in range(3)]
            sums = np.cumsum(np.pad(pixels, wide, mode="edge"), axis=axis, dtype=np.float64)
            size = pixels.shape[axis]
            late = np.take(sums, np.arange(2 * half + 1, 2 * half + 1 + size), axis=axis)
            early = np.take(sums, np.arange(size), axis=axis)
            pixels = ((late - early) / (2 * half + 1)).astype(np.float32)
    return pixels


def draw_photo(
    brush: Brush, frame: Frame, media: str, box: tuple[float, float], *, fit: str = "cover", zoom: float = 1.0,
    blur: float = 0.0, opacity: float = 1.0,
) -> bool:  # fmt: skip
    """A picture around the origin; the caller clips. False where there is no such picture."""
    facts = frame.facts.image(media) if media else None
    if facts is None:
        return False
    width, height = fitted(fit, (facts.width, facts.height), box)
    if blur > 0:
        number, sampling = blurred(frame, media, facts, blur), "cubic"
    else:
        number, sampling = frame.resources.add(MediaImage(media)), "mipmap"
    brush.image(number, 0, 0, width * zoom, height * zoom, opacity=opacity, sampling=sampling)
    return True


def stand_in(brush: Brush, frame: Frame, side: float) -> None:
    """A square that the palette paints where a song has no cover: a sky with discs, another for every title."""
    colors = [frame.place(at) for at in range(5)]
    chances = frame.title_chance(10)
    half = side / 2
    turn = 2 * math.pi * float(chances[0])
    across, down = math.cos(turn) * half, math.sin(turn) * half
    brush.fill()
    brush.linear((-across, -down), (across, down), [mix(colors[0], colors[1], 0.75), mix(colors[1], colors[2], 0.5),
                                                     mix(colors[0], colors[2], 0.85)])  # fmt: skip
    brush.rect(-half, -half, side, side)
    for at in range(3):
        x, y = (float(chances[1 + at]) - 0.5) * side, (float(chances[4 + at]) - 0.5) * side
        radius = side * (0.16 + 0.26 * float(chances[7 + at]))
        brush.fill()
        tint = colors[(3, 1, 2)[at]]
        brush.linear((x, y - radius), (x, y + radius), [with_alpha(tint, 0.85), with_alpha(tint, 0.0)])
        brush.circles(np.array([[x, y, radius]], np.float32))


def soft_shadow(
    brush: Brush, frame: Frame, width: float, height: float, soft: float, opacity: float, *, round_: bool = False
) -> None:
    """The shadow of a box around the origin, `soft` canvas pixels wide beyond its edges, as one small picture."""
    if opacity <= 0 or soft <= 0:
        return
    side = 96
    share = min(0.9, 2 * soft / (max(width, height) + 2 * soft))
    steps = max(1, round(share * 10)) / 10

    def make() -> np.ndarray:
        places = np.abs((np.arange(side) + 0.5) / side * 2 - 1)
        if round_:
            far = np.hypot(places[:, None], places[None, :]) - (1 - steps)
        else:
            beyond = np.clip(places - (1 - steps), 0, None)
            far = np.hypot(beyond[:, None], beyond[None, :])
        fall = np.clip(1 - far / steps, 0, 1)
        pixels = np.zeros((side, side, 4), np.uint8)
        pixels[:, :, 3] = np.round(255 * fall * fall * (3 - 2 * fall))
        return pixels

    number = frame.keep(("shadow", steps, round_), lambda: frame.resources.array(f"shadow {steps:.1f} {round_}", make))
    brush.image(number, 0, 0, width + 2 * soft, height + 2 * soft, opacity=min(1.0, opacity), sampling="linear")
