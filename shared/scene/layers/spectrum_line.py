"""Spectrum line: a spectrum as one smooth curve, stroked or filled, mirrored, with echoes of what was."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import mix, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, ORDER, Floats, arranged, levels, shade

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    echoes = props.count("echoes")
    for echo in range(echoes, 0, -1):
        heights = _heights(frame, props, at=frame.t - echo * props.number("delay"))
        _curve(brush, frame, props, heights, echo / (echoes + 1), soft=False)
    _curve(brush, frame, props, _heights(frame, props), 0.0, soft=True)


def _heights(frame: Frame, props: Props, *, at: float | None = None) -> Floats:
    """Heights 0-1 with both ends on the line, so that the curve rises out of it."""
    count = props.count("count")
    high = levels(frame, props, count, at=at)[arranged(props.text("order"), count)]
    if props.switch("taper"):
        away = np.minimum(np.arange(count), np.arange(count)[::-1]) / max(1.0, 0.16 * count)
        high = high * np.sin(np.minimum(1.0, away) * np.pi / 2).astype(np.float32)
    return high


def _curve(brush: Brush, frame: Frame, props: Props, heights: Floats, gone: float, *, soft: bool) -> None:
    """gone: 0 now, towards 1 for what was longer ago."""
    width, height = _extent(frame, props)
    mirrored = props.switch("mirrored")
    line = 0.0 if mirrored else height / 2
    reach = height / 2 if mirrored else height
    across = np.linspace(-width / 2, width / 2, len(heights), dtype=np.float32)
    upper = np.stack([across, line - heights * np.float32(reach)], axis=1)
    lower = np.stack([across, line + heights * np.float32(reach)], axis=1)[::-1]
    colors = [
        with_alpha(mix(props.color(name), props.color("echo_color"), gone), 1.0 - 0.75 * gone)
        for name in ("bottom", "top")
    ]
    style, how = props.text("style"), "middle" if mirrored and props.text("shade") == "height" else props.text("shade")
    if style != "line":
        weak = props.number("fill") if style == "both" else 1.0
        brush.fill(blend=props.text("blend"))
        shade(brush, how, width, height, [with_alpha(each, weak) for each in colors])
        brush.curve(
            np.concatenate([upper, lower if mirrored else _base(width, line + props.number("ground") * frame.unit)]),
            closed=True,
        )
    if style == "area":
        return
    thick, glow = props.number("thick") * frame.unit, props.number("glow") * frame.unit
    for sigma in (glow, 0.0) if soft and glow > 0 else (0.0,):
        brush.stroke(None, thick * (2 if sigma else 1), blend="plus" if sigma else props.text("blend"), sigma=sigma)
        shade(brush, how, width, height, [with_alpha(each, 0.7) for each in colors] if sigma else colors)
        brush.curve(upper, closed=False)
        if mirrored:
            brush.curve(lower, closed=False)


def _base(width: float, line: float) -> Floats:
    """The way back along the line; doubled points keep the corners sharp."""
    right, left = (width / 2, line), (-width / 2, line)
    return np.array([right, right, left, left], np.float32)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="spectrum_line",
    label="Spectrum curve",
    group="Spectrum",
    words="The spectrum as a smooth line or hill.",
    inputs=(
        number("count", "Points", 40, 6, 160, whole=True, unit="count"),
        number("width", "Width", 0.9, 0.05, 2, unit="x"),
        number("height", "Height", 0.35, 0.02, 2, unit="size"),
        choice("style", "Style", "both", ("line", "area", "both")),
        switch("mirrored", "Mirrored", False),
        switch("taper", "Ends on the line", True),
        number("ground", "Ground", 0, 0, 2, unit="size", words="How far a hill reaches below its line."),
        ORDER,
        number("thick", "Thickness", 0.006, 0.001, 0.05, step=0.0005, unit="size"),
        choice("shade", "Colours", "across", ("height", "across"), group="Colour"),
        color("bottom", "First colour", "$2", group="Colour"),
        color("top", "Last colour", "$1", group="Colour"),
        number("fill", "Fill", 0.3, 0, 1, unit="percent", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        number("echoes", "Echoes", 0, 0, 6, whole=True, unit="count", group="Echo"),
        number("delay", "Delay", 0.08, 0.01, 0.5, unit="seconds", group="Echo"),
        color("echo_color", "Echo colour", "$3", group="Echo"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
