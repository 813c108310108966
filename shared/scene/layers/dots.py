"""Dots: a spectrum as a grid of lights, or as one row of discs that swell."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, ORDER, Floats, arranged, levels, shade

__all__ = ["KIND"]

#: More dots than this are made fewer rows.
_MOST: Final = 2400


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    count = props.count("count")
    high = levels(frame, props, count)[arranged(props.text("order"), count)]
    colors = [props.color("bottom"), props.color("top")]
    how = props.text("shade")
    if props.text("style") == "row":
        rows = _row(high, width, height, props.number("size"), props.number("least"))
        rest = rows[:0]
    else:
        rows, rest = _grid(high, width, height, props)
    if props.number("rest") > 0 and len(rest):
        brush.fill(blend=props.text("blend"))
        shade(brush, how, width, height, [with_alpha(each, props.number("rest")) for each in colors])
        brush.circles(rest)
    glow = props.number("glow") * frame.unit
    if glow > 0:
        brush.fill(blend="plus", sigma=glow)
        shade(brush, how, width, height, [with_alpha(each, 0.6) for each in colors])
        brush.circles(rows)
    brush.fill(blend=props.text("blend"))
    shade(brush, how, width, height, colors)
    brush.circles(rows)


def _row(high: Floats, width: float, height: float, size: float, least: float) -> Floats:
    step = width / len(high)
    radius = (least + (1 - least) * high) * np.float32(min(size * step, height) / 2)
    across = -width / 2 + step * (np.arange(len(high)) + 0.5)
    return np.stack([across, np.zeros(len(high)), radius], axis=1).astype(np.float32)


def _grid(high: Floats, width: float, height: float, props: Props) -> tuple[Floats, Floats]:
    """Lit dots, and those that are not; the topmost lit one of each column swells and shrinks."""
    count = len(high)
    lines = min(props.count("rows"), max(1, _MOST // count))
    step, rise = width / count, height / lines
    radius = props.number("size") * min(step, rise) / 2
    middle = props.text("style") == "middle"
    line = np.arange(lines, dtype=np.float32)
    # How far a dot is from where its column grows from, in rows.
    depth = np.abs(line - (lines - 1) / 2) * 2 if middle else line
    share = np.clip(high[:, None] * lines - depth[None, :], 0, 1)
    across = np.repeat(-width / 2 + step * (np.arange(count, dtype=np.float32) + 0.5), lines)
    down = np.tile(height / 2 - rise * (line + 0.5), count)
    size = radius * (props.number("least") + (1 - props.number("least")) * share.reshape(-1))
    dots = np.stack([across, down, size], axis=1).astype(np.float32)
    lit = share.reshape(-1) > 0
    return dots[lit], dots[~lit]


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="dots",
    label="Dots",
    group="Spectrum",
    words="The spectrum as lights in a grid, or as discs in a row.",
    inputs=(
        choice("style", "Style", "grid", ("grid", "middle", "row")),
        number("count", "Columns", 40, 4, 128, whole=True, unit="count"),
        number("rows", "Rows", 16, 2, 48, whole=True, unit="count"),
        number("width", "Width", 0.8, 0.05, 2, unit="x"),
        number("height", "Height", 0.45, 0.02, 2, unit="size"),
        number("size", "Size", 0.62, 0.05, 1.6, unit="percent"),
        number("least", "Least size", 0.35, 0, 1, unit="percent"),
        ORDER,
        choice("shade", "Colours", "height", ("height", "across", "middle"), group="Colour"),
        color("bottom", "First colour", "$2", group="Colour"),
        color("top", "Last colour", "$1", group="Colour"),
        number("rest", "Unlit", 0.14, 0, 1, unit="percent", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
