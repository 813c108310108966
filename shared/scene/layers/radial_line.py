"""Radial curve: a spectrum as a closed smooth shape around a circle, with coloured echoes that follow it late."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import mix_rows, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, Floats, arranged, levels_over

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    echoes = props.count("echoes")
    stops = [props.color("color"), props.color("echo_color"), props.color("last_color")]
    colors = mix_rows(stops, np.arange(echoes + 1) / max(1, echoes)).tolist()
    outlines = _outlines(frame, props, echoes)
    # What comes latest lies at the back and reaches furthest.
    for echo in range(echoes, -1, -1):
        red, green, blue, alpha = colors[echo]
        _shape(brush, frame, props, outlines[echo], (red, green, blue, alpha), first=echo == 0)


def _shape(
    brush: Brush, frame: Frame, props: Props, points: Floats, tint: tuple[float, float, float, float], *, first: bool
) -> None:
    glow = props.number("glow") * frame.unit if first else 0.0
    thick = props.number("thick") * frame.unit
    filled = props.text("style") == "area"
    if glow > 0:
        brush.stroke(with_alpha(tint, 0.7), max(thick, glow), blend="plus", sigma=glow)
        brush.curve(points)
    if filled:
        brush.fill(tint, blend=props.text("blend"))
    else:
        brush.stroke(tint, thick, blend=props.text("blend"))
    brush.curve(points)


def _outlines(frame: Frame, props: Props, echoes: int) -> Floats:
    """Points of the shape now and of its echoes: float32 [1 + echoes, count, 2]."""
    count, echo = props.count("count"), np.arange(echoes + 1)
    times = np.asarray(frame.t - echo * props.number("delay"), np.float64)
    high = levels_over(frame, props, count, times)[:, arranged(props.text("order"), count)]
    if not props.switch("sharp"):
        # Neighbours over the seam too, so that the outline has no kinks.
        high = (np.roll(high, 1, axis=1) + 2 * high + np.roll(high, -1, axis=1)) / np.float32(4)
    grown = (1.0 + echo * props.number("spread")) * props.number("height")
    radius = (props.number("radius") + high * grown[:, None]) * frame.unit
    turn = np.radians(props.number("start") + np.fmod(props.number("spin") * times, 360.0)) + math.pi / 2
    angle = turn[:, None] + 2 * math.pi * (np.arange(count) + 0.5) / count
    return np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=2).astype(np.float32)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = 2 * (props.number("radius") + props.number("height")) * frame.unit
    return side, side


KIND: Final = LayerKind(
    name="radial_line",
    label="Radial curve",
    group="Spectrum",
    words="A closed curve around a circle that the music pushes out, with coloured echoes.",
    inputs=(
        number("count", "Points", 72, 8, 240, whole=True, unit="count"),
        number("radius", "Radius", 0.22, 0, 1, unit="size"),
        number("height", "Height", 0.14, 0.01, 1, unit="size"),
        choice("style", "Style", "area", ("area", "line")),
        switch("sharp", "Sharp", False),
        number("thick", "Thickness", 0.005, 0.001, 0.05, step=0.0005, unit="size"),
        choice("order", "Low notes", "edges", ("middle", "edges", "rising", "falling")),
        number("start", "Start", 0, -360, 360, step=1, unit="degrees"),
        number("spin", "Spin", 0, -180, 180, step=1, unit="degrees", group="Motion", words="Degrees per second."),
        color("color", "Colour", "$4", group="Colour"),
        color("echo_color", "Echo colour", "$1", group="Colour"),
        color("last_color", "Last colour", "$2", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        number("echoes", "Echoes", 4, 0, 8, whole=True, unit="count", group="Echo"),
        number("delay", "Delay", 0.04, 0, 0.5, unit="seconds", group="Echo"),
        number("spread", "Spread", 0.12, 0, 1, unit="ratio", group="Echo"),
        *HEARD,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
