"""Bars: a spectrum as columns, growing upwards, downwards or from the middle, whole or of small lights, with peaks."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import RGBA
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, ORDER, Floats, arranged, levels, peaks, shade

__all__ = ["KIND"]

#: More lights than this are made fewer: each is four edges of a path.
_MOST_LIGHTS: Final = 3000


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    count, (width, height) = props.count("count"), _extent(frame, props)
    order = arranged(props.text("order"), count)
    grow, step = props.text("grow"), width / count
    thick = step * props.number("fill")
    left = -width / 2 + step * (np.arange(count, dtype=np.float32) + 0.5) - thick / 2
    high = np.maximum(levels(frame, props, count)[order], np.float32(props.number("least")))
    colors = [props.color("bottom"), props.color("top")]
    lights = min(props.count("segments"), _MOST_LIGHTS // count)
    if lights >= 2:
        radius = props.number("round") * min(thick, height / lights / 2) / 2
        rows = _lights(left, thick, high, height, lights, grow)
    else:
        radius = props.number("round") * thick / 2
        rows = _columns(left, thick, high * np.float32(height), height, grow)
    glow = props.number("glow") * frame.unit
    if glow > 0:
        brush.fill(blend="plus", sigma=glow)
        _shade(brush, props, width, height, [(*each[:3], round(each[3] * 128) / 255) for each in colors])
        brush.rects(rows, radius=radius)
    brush.fill(blend=props.text("blend"))
    _shade(brush, props, width, height, colors)
    brush.rects(rows, radius=radius)
    if props.switch("peaks"):
        _peaks(brush, frame, props, left, thick, order)


def _shade(brush: Brush, props: Props, width: float, height: float, colors: list[RGBA]) -> None:
    how = props.text("shade")
    if how == "height" and props.text("grow") != "up":
        if props.text("grow") == "middle":
            shade(brush, "middle", width, height, colors)
        else:
            shade(brush, "height", width, height, colors[::-1])
    else:
        shade(brush, how, width, height, colors)


def _columns(left: Floats, thick: float, tall: Floats, height: float, grow: str) -> Floats:
    rows = np.empty((len(left), 4), np.float32)
    rows[:, 0], rows[:, 2], rows[:, 3] = left, thick, tall
    match grow:
        case "up":
            rows[:, 1] = height / 2 - tall
        case "down":
            rows[:, 1] = -height / 2
        case _:
            rows[:, 1] = -tall / 2
    return rows


def _lights(left: Floats, thick: float, high: Floats, height: float, lights: int, grow: str) -> Floats:
    """Each column as small lights of one size, as many as it is high."""
    cell = height / lights
    tops = (np.arange(lights, dtype=np.float32) + 0.5) / lights
    if grow == "middle":
        lit = np.abs(2 * tops - 1)[None, :] <= np.maximum(high, 1.01 / lights)[:, None]
    else:
        lit = tops[None, :] <= np.maximum(high, 0.5 / lights)[:, None]
    column, row = np.nonzero(lit)
    rows = np.empty((len(column), 4), np.float32)
    rows[:, 0], rows[:, 2], rows[:, 3] = left[column], thick, 0.68 * cell
    low = -height / 2 + cell * row if grow == "down" else height / 2 - cell * (row + 1)
    rows[:, 1] = low + 0.16 * cell
    return rows


def _peaks(brush: Brush, frame: Frame, props: Props, left: Floats, thick: float, order: np.ndarray) -> None:
    _, height = _extent(frame, props)
    count, grow = props.count("count"), props.text("grow")
    high = peaks(frame, props, count, hold=props.number("hold"), fall=props.number("fall"))[order] * np.float32(height)
    size = max(1.0, 0.004 * frame.unit)
    gap = 2 * size
    rows = np.empty((count, 4), np.float32)
    rows[:, 0], rows[:, 2], rows[:, 3] = left, thick, size
    rows[:, 1] = {"up": height / 2 - high - gap, "down": high - height / 2 + gap - size}.get(grow, -high / 2 - gap)
    if grow == "middle":
        lower = rows.copy()
        lower[:, 1] = high / 2 + gap - size
        rows = np.concatenate([rows, lower])
    brush.fill(props.color("peak_color"), blend=props.text("blend"))
    brush.rects(rows, radius=size / 2)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="bars",
    label="Bars",
    group="Spectrum",
    words="The spectrum as columns, whole or of small lights.",
    inputs=(
        number("count", "Bars", 64, 4, 256, whole=True, unit="count"),
        number("width", "Width", 0.8, 0.05, 2, unit="x"),
        number("height", "Height", 0.4, 0.02, 2, unit="size"),
        number("fill", "Thickness", 0.62, 0.05, 1, unit="percent"),
        number("round", "Roundness", 1, 0, 1, unit="percent"),
        number("least", "Least height", 0.012, 0, 0.2, unit="percent"),
        number(
            "segments", "Lights", 0, 0, 60, whole=True, unit="count", words="Columns of so many lights; 0 is whole."
        ),
        choice("grow", "Grow", "up", ("up", "down", "middle")),
        ORDER,
        choice("shade", "Colours", "height", ("height", "across", "middle"), group="Colour"),
        color("top", "Top colour", "$1", group="Colour"),
        color("bottom", "Bottom colour", "$2", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        switch("peaks", "Peaks", False, group="Peaks"),
        color("peak_color", "Peak colour", "$4", group="Peaks"),
        number("hold", "Hold", 0.25, 0, 1, unit="seconds", group="Peaks"),
        number("fall", "Fall", 3, 0.2, 20, unit="ratio", group="Peaks"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
