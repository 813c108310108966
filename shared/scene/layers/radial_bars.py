"""Radial bars: a spectrum around a circle, outwards, inwards or both ways, over the whole turn or an arc of it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, Floats, arranged, levels

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    radius, reach = props.number("radius") * frame.unit, props.number("height") * frame.unit
    rows = _spokes(frame, props, radius, reach)
    arc = math.radians(props.number("arc"))
    width = max(0.5, props.number("fill") * arc * max(radius, 0.02 * frame.unit) / props.count("count"))
    cap = "round" if props.switch("round") else "butt"
    glow = props.number("glow") * frame.unit
    if glow > 0:
        brush.stroke(None, width, cap=cap, blend="plus", sigma=glow)
        _shade(brush, frame, props, radius, reach, 0.5)
        brush.segments(rows)
    brush.stroke(None, width, cap=cap, blend=props.text("blend"))
    _shade(brush, frame, props, radius, reach, 1.0)
    brush.segments(rows)


def _spokes(frame: Frame, props: Props, radius: float, reach: float) -> Floats:
    count, order = props.count("count"), arranged(props.text("order"), props.count("count"))
    least = np.float32(props.number("least"))
    tall = np.maximum(levels(frame, props, count), least)[order] * np.float32(reach)
    side = props.text("side")
    outwards = 0.0 if side == "inside" else 1.0
    inwards = {"outside": 0.0, "inside": 1.0}.get(side, 0.6)
    near = radius - np.minimum(inwards * tall, 0.96 * radius)
    far = radius + outwards * tall
    angle = _angles(frame, props, count)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * near, sin * near, cos * far, sin * far], axis=1).astype(np.float32)


def _angles(frame: Frame, props: Props, count: int) -> np.ndarray:
    """From above on, clockwise; an arc lies around the place above."""
    arc = math.radians(props.number("arc"))
    share = (np.arange(count) + 0.5) / count
    return _turn(frame, props) - math.pi / 2 + arc * (share - 0.5)


def _turn(frame: Frame, props: Props) -> float:
    return math.radians(props.number("start") + math.fmod(props.number("spin") * frame.t, 360.0))


def _shade(brush: Brush, frame: Frame, props: Props, radius: float, reach: float, share: float) -> None:
    inner, outer = with_alpha(props.color("inner"), share), with_alpha(props.color("outer"), share)
    if props.text("shade") == "around":
        brush.sweep((0.0, 0.0), [inner, outer, inner], start=_turn(frame, props) + math.pi / 2)
        return
    end = max(radius + reach, 1.0)
    low = radius / end if props.text("side") == "outside" else max(0.0, (radius - reach) / end)
    brush.radial((0.0, 0.0), end, [(min(low, 0.99), inner), (1.0, outer)])


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = 2 * (props.number("radius") + (0.0 if props.text("side") == "inside" else props.number("height")))
    return side * frame.unit, side * frame.unit


KIND: Final = LayerKind(
    name="radial_bars",
    label="Radial bars",
    group="Spectrum",
    words="The spectrum around a circle.",
    inputs=(
        number("count", "Bars", 120, 4, 360, whole=True, unit="count"),
        number("radius", "Radius", 0.22, 0, 1, unit="size"),
        number("height", "Height", 0.16, 0.01, 1, unit="size"),
        choice("side", "Side", "outside", ("outside", "inside", "both")),
        number("fill", "Thickness", 0.55, 0.05, 1, unit="percent"),
        switch("round", "Round ends", True),
        number("least", "Least height", 0.02, 0, 0.3, unit="percent"),
        number("arc", "Arc", 360, 30, 360, step=1, unit="degrees"),
        number("start", "Start", 0, -360, 360, step=1, unit="degrees"),
        number("spin", "Spin", 0, -180, 180, step=1, unit="degrees", group="Motion", words="Degrees per second."),
        choice("order", "Low notes", "edges", ("edges", "middle", "rising", "falling")),
        choice("shade", "Colours", "outwards", ("outwards", "around"), group="Colour"),
        color("inner", "Inner colour", "$2", group="Colour"),
        color("outer", "Outer colour", "$1", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
