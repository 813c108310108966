"""Mirrored bars: columns on a line, with their fading picture below it as in water."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, ORDER, arranged, levels

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    count, (width, height) = props.count("count"), _extent(frame, props)
    line = height / 2 - height * _below(props)
    step = width / count
    thick = step * props.number("fill")
    high = np.maximum(levels(frame, props, count), np.float32(props.number("least")))[
        arranged(props.text("order"), count)
    ]
    rows = np.empty((count, 4), np.float32)
    rows[:, 0] = -width / 2 + step * (np.arange(count) + 0.5) - thick / 2
    rows[:, 2], rows[:, 3] = thick, high * np.float32(line + height / 2)
    rows[:, 1] = line - rows[:, 3]
    radius = props.number("round") * thick / 2
    top, bottom, blend = props.color("top"), props.color("bottom"), props.text("blend")
    brush.fill(blend=blend)
    brush.linear((0.0, line), (0.0, -height / 2), [bottom, top])
    brush.rects(rows, radius=radius)
    share = props.number("reflection")
    if share <= 0:
        return
    gap = props.number("gap") * frame.unit
    low = rows.copy()
    low[:, 1] = line + gap
    low[:, 3] *= props.number("squash")
    brush.fill(blend=blend)
    brush.linear((0.0, line), (0.0, height / 2), [with_alpha(bottom, share), with_alpha(bottom, 0.0)])
    brush.rects(low, radius=radius)


def _below(props: Props) -> float:
    """The share of the height that lies below the line."""
    return props.number("squash") / (1 + props.number("squash"))


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="mirror_bars",
    label="Mirrored bars",
    group="Spectrum",
    words="Columns on a line and their reflection below it.",
    inputs=(
        number("count", "Bars", 72, 4, 256, whole=True, unit="count"),
        number("width", "Width", 0.8, 0.05, 2, unit="x"),
        number("height", "Height", 0.5, 0.02, 2, unit="size"),
        number("fill", "Thickness", 0.6, 0.05, 1, unit="percent"),
        number("round", "Roundness", 0.6, 0, 1, unit="percent"),
        number("least", "Least height", 0.012, 0, 0.2, unit="percent"),
        number("gap", "Gap", 0.006, 0, 0.1, step=0.001, unit="size"),
        number("squash", "Depth", 0.55, 0.1, 1, unit="percent"),
        ORDER,
        color("top", "Top colour", "$1", group="Colour"),
        color("bottom", "Bottom colour", "$2", group="Colour"),
        number("reflection", "Reflection", 0.45, 0, 1, unit="percent", group="Colour"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
