"""Bars: a spectrum as columns, growing upwards, downwards or from the middle."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    count, (width, height) = props.count("count"), _extent(frame, props)
    levels = frame.features.bands_at(frame.t, count, attack=props.number("attack"), release=props.number("release"))
    tall = np.maximum(levels, np.float32(props.number("least"))) * np.float32(height)
    step = width / count
    rows = np.empty((count, 4), np.float32)
    rows[:, 0] = -width / 2 + step * (np.arange(count) + 0.5 - props.number("fill") / 2)
    rows[:, 2] = step * props.number("fill")
    rows[:, 3] = tall
    match props.text("grow"):
        case "up":
            rows[:, 1] = height / 2 - tall
        case "down":
            rows[:, 1] = -height / 2
        case _:
            rows[:, 1] = -tall / 2
    brush.fill(blend=props.text("blend"))
    top = (0.0, -height / 2)
    brush.linear(top, (0.0, height / 2), [props.color("top"), props.color("bottom")])
    brush.rects(rows, radius=props.number("round") * float(rows[0, 2]) / 2)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="bars",
    label="Bars",
    group="Spectrum",
    words="The spectrum as columns, low notes on the left.",
    inputs=(
        number("count", "Bars", 64, 4, 256, whole=True, unit="count"),
        number("width", "Width", 0.8, 0.05, 2, unit="x"),
        number("height", "Height", 0.4, 0.02, 2, unit="size"),
        number("fill", "Thickness", 0.7, 0.05, 1, unit="percent"),
        number("round", "Roundness", 1, 0, 1, unit="percent"),
        number("least", "Least height", 0.012, 0, 0.2, unit="percent"),
        choice("grow", "Grow", "up", ("up", "down", "middle")),
        color("top", "Top colour", "$1"),
        color("bottom", "Bottom colour", "$2"),
        number("attack", "Attack", 0.01, 0, 0.5, unit="seconds", group="Motion"),
        number("release", "Release", 0.22, 0, 2, unit="seconds", group="Motion"),
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
