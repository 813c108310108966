"""Crop: only what lies within a shape of the canvas is seen."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND"]


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    x, y = props.number("at_x") * frame.width, props.number("at_y") * frame.height
    wide, tall = props.number("width") * frame.unit, props.number("height") * frame.unit
    match props.text("shape"):
        case "circle":
            with brush.clipped_circle(x, y, min(wide, tall) / 2):
                content()
        case "hexagon":
            angles = np.arange(6) * (math.pi / 3)
            points = np.stack([x + np.cos(angles) * wide / 2, y + np.sin(angles) * tall / 2], axis=1)
            with brush.clipped_polygon(points.astype(np.float32)):
                content()
        case _:
            radius = props.number("round") * min(wide, tall) / 2
            with brush.clipped(x - wide / 2, y - tall / 2, wide, tall, radius=radius):
                content()


KIND: Final = EffectKind(
    name="crop",
    label="Crop",
    group="Shape",
    words="Only what lies within a shape.",
    inputs=(
        choice("shape", "Shape", "rectangle", ("rectangle", "circle", "hexagon")),
        number("at_x", "X", 0.5, -0.5, 1.5, step=0.001, unit="x"),
        number("at_y", "Y", 0.5, -0.5, 1.5, step=0.001, unit="y"),
        number("width", "Width", 0.8, 0.01, 4, unit="size"),
        number("height", "Height", 0.8, 0.01, 4, unit="size"),
        number("round", "Roundness", 0.1, 0, 1, unit="percent"),
    ),
    apply=_apply,
    static=True,
)
