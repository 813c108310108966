"""Gradient: two or three colours over the whole canvas."""

from __future__ import annotations

import math
from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    colors = [props.color("first"), *([props.color("middle")] if props.switch("three") else []), props.color("last")]
    brush.fill()
    if props.text("shape") == "radial":
        brush.radial((0.0, 0.0), props.number("reach") * math.hypot(width, height) / 2, colors)
    else:
        angle = math.radians(props.number("angle"))
        # As long as the canvas is in that direction, so that the corners have the outer colours.
        half = props.number("reach") * (abs(math.cos(angle)) * width + abs(math.sin(angle)) * height) / 2
        across, down = math.cos(angle) * half, math.sin(angle) * half
        brush.linear((-across, -down), (across, down), colors)
    # Everywhere, wherever its middle is dragged to.
    brush.paint_all()


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return frame.width, frame.height


KIND: Final = LayerKind(
    name="gradient",
    label="Gradient",
    group="Background",
    words="Colours that run into one another over the whole canvas.",
    inputs=(
        choice("shape", "Shape", "linear", ("linear", "radial")),
        color("first", "First colour", "$0"),
        switch("three", "Three colours", False),
        color("middle", "Middle colour", "$1"),
        color("last", "Last colour", "$2"),
        number("angle", "Angle", 90, -360, 360, step=1, unit="degrees"),
        number("reach", "Reach", 1, 0.1, 3, unit="ratio"),
    ),
    draw=_draw,
    extent=_extent,
    static=True,
)
