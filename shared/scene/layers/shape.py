"""Shape: one plain form, filled, outlined or both, that swells with the music."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.outlines import SHAPES, outline
from shared.scene.layers.spectra import shade, swell

__all__ = ["KIND"]

_FOLLOWS: Final = ("bass", "kick", "beatPulse", "barPulse", "mid", "high", "loudness")


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    grown = 1.0 + props.number("pulse") * swell(frame, props.text("follows"))
    with brush.moved(scale=grown):
        _form(brush, frame, props, width, height)


def _form(brush: Brush, frame: Frame, props: Props, width: float, height: float) -> None:
    style, blend = props.text("style"), props.text("blend")
    thick, glow = props.number("thick") * frame.unit, props.number("glow") * frame.unit
    first, last = props.color("first"), props.color("last")
    if glow > 0:
        if style == "outline":
            brush.stroke(props.color("line"), 2 * thick, blend="plus", sigma=glow)
        else:
            brush.fill(first, blend="plus", sigma=glow)
        _path(brush, props, width, height)
    if style != "outline" and props.text("form") != "line":
        brush.fill(blend=blend)
        if props.text("shade") == "outwards":
            brush.radial((0.0, 0.0), max(width, height) / 2, [first, last])
        else:
            shade(
                brush,
                props.text("shade"),
                width,
                height,
                [last, first] if props.text("shade") == "height" else [first, last],
            )
        _path(brush, props, width, height)
    if style != "filled" or props.text("form") == "line":
        brush.stroke(props.color("line"), thick, blend=blend)
        _path(brush, props, width, height)


def _path(brush: Brush, props: Props, width: float, height: float) -> None:
    form = props.text("form")
    if form == "line":
        brush.segments(np.array([[-width / 2, 0, width / 2, 0]], np.float32))
    elif form == "circle" and width == height:
        brush.circles(np.array([[0, 0, width / 2]], np.float32))
    elif form == "rectangle":
        brush.rect(-width / 2, -height / 2, width, height, radius=props.number("round") * min(width, height) / 2)
    else:
        brush.polygon(outline(form, width, height, corners=props.count("corners"), depth=props.number("depth")))


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.unit, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="shape",
    label="Shape",
    group="Shape",
    words="A plain form: circle, rectangle, triangle, star, heart, line.",
    inputs=(
        choice("form", "Form", "circle", (*SHAPES, "line")),
        choice("style", "Style", "filled", ("filled", "outline", "both")),
        number("width", "Width", 0.4, 0.002, 4, step=0.001, unit="size"),
        number("height", "Height", 0.4, 0.002, 4, step=0.001, unit="size"),
        number("corners", "Corners", 5, 3, 24, whole=True, unit="count", words="Of polygons and stars."),
        number("depth", "Depth", 0.45, 0.05, 1, unit="percent", words="Of stars and crosses."),
        number("round", "Roundness", 0, 0, 1, unit="percent", words="Of rectangles."),
        number("thick", "Line", 0.006, 0.0005, 0.1, step=0.0005, unit="size"),
        choice("shade", "Colours", "height", ("height", "across", "outwards"), group="Colour"),
        color("first", "First colour", "$1", group="Colour"),
        color("last", "Last colour", "$1", group="Colour"),
        color("line", "Line colour", "$4", group="Colour"),
        number("glow", "Glow", 0, 0, 0.1, step=0.001, unit="size", group="Colour"),
        number("pulse", "Pulse", 0, -0.9, 2, unit="percent", group="Motion"),
        choice("follows", "Follows", "bass", _FOLLOWS, group="Motion"),
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
