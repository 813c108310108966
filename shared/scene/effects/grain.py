"""Grain: the noise of film, a tile of chance that lies elsewhere from frame to frame.

Chance is drawn once into a texture: a hash in a shader gives other numbers on other graphics cards.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND", "noise_tile"]

_SIDE: Final = 256
#: A full canvas of tiles takes 40 ms at 1080p on a CPU, a picture of it 3: so many are kept, 8 MB each, 33 at 4K.
_LOOKS: Final = 3


def noise_tile(seed: int = 1) -> np.ndarray:
    """Black and white dots of differing alpha, uint8 [256, 256, 4], premultiplied: light and dark in equal parts."""
    values = np.random.default_rng(seed).normal(0, 0.5, (_SIDE, _SIDE)).clip(-1, 1)
    alpha = np.round(np.abs(values) * 255).astype(np.uint8)
    light = np.where(values > 0, alpha, np.uint8(0))
    return np.stack([light, light, light, alpha], axis=2)


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    content()
    strength = props.number("strength")
    if strength <= 0:
        return
    tile = frame.keep("tile", lambda: frame.resources.array("grain", noise_tile))
    scale = max(1.0, props.number("size") * frame.unit)
    which = int(_order(frame)[int(max(0.0, frame.t) * props.number("rate")) % 251])
    x, y = (frame.chance("places", _LOOKS, 2)[which] * _SIDE).round() * scale

    def draw() -> None:
        brush.tile(tile, float(x) - _SIDE * scale, float(y) - _SIDE * scale, scale=scale, opacity=strength)

    if frame.steady:
        with brush.cached():
            draw()
    else:
        draw()


def _order(frame: Frame) -> np.ndarray:
    """Which look each frame has: by chance, never the same twice in a row."""
    steps = 1 + (frame.chance("order", 251) * (_LOOKS - 1)).astype(np.int64)
    return frame.keep("order", lambda: np.cumsum(np.minimum(steps, _LOOKS - 1)) % _LOOKS)


KIND: Final = EffectKind(
    name="grain",
    label="Grain",
    group="Film",
    words="The grain of film.",
    inputs=(
        number("strength", "Strength", 0.08, 0, 1, unit="percent"),
        number("size", "Size", 0.0015, 0.0005, 0.01, step=0.0001, unit="size"),
        number("rate", "Changes per second", 24, 1, 60, step=1),
    ),
    apply=_apply,
    scope="picture",
)
