"""Circle wave: the waveform around a circle, closed without a seam."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import Floats, swell
from shared.scene.layers.waves import HEARD_WAVE, wave_of

__all__ = ["KIND"]

#: The share of the wave by whose crossfade its end becomes its start.
_SEAM: Final = 0.15


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    points = _points(frame, props)
    turn = math.radians(props.number("start") + math.fmod(props.number("spin") * frame.t, 360.0))
    colors = [props.color("first"), props.color("last"), props.color("first")]
    if props.text("style") == "area":
        brush.fill(with_alpha(props.color("first"), props.number("fill")), blend=props.text("blend"))
        brush.polygon(points)
    thick, glow = props.number("thick") * frame.unit, props.number("glow") * frame.unit
    if glow > 0:
        brush.stroke(None, 2 * thick, blend="plus", sigma=glow)
        brush.sweep((0.0, 0.0), [with_alpha(each, 0.7) for each in colors], start=turn)
        brush.polygon(points)
    brush.stroke(None, thick, blend=props.text("blend"))
    brush.sweep((0.0, 0.0), colors, start=turn)
    brush.polygon(points)


def _points(frame: Frame, props: Props) -> Floats:
    count = props.count("count")
    seam = max(2, int(_SEAM * count))
    wave = wave_of(frame, props, count + seam)
    share = np.linspace(0.0, 1.0, seam, endpoint=False, dtype=np.float32)
    round_wave = wave[:count].copy()
    round_wave[:seam] = wave[count:] * (1 - share) + wave[:seam] * share
    bass = swell(frame, "bass", stem=props.text("stem")) * props.number("pulse")
    radius = props.number("radius") * (1 + bass) + props.number("height") / 2 * round_wave
    angle = math.radians(props.number("start") + math.fmod(props.number("spin") * frame.t, 360.0))
    angles = angle + 2 * math.pi * np.arange(count) / count
    reach = np.maximum(0.0, radius) * frame.unit
    return np.stack([np.cos(angles) * reach, np.sin(angles) * reach], axis=1).astype(np.float32)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = (2 * props.number("radius") * (1 + props.number("pulse")) + props.number("height")) * frame.unit
    return side, side


KIND: Final = LayerKind(
    name="circle_wave",
    label="Circle wave",
    group="Wave",
    words="The sound around now, bent to a circle.",
    inputs=(
        choice("style", "Style", "line", ("line", "area")),
        number("count", "Points", 300, 24, 1024, whole=True, unit="count"),
        number("radius", "Radius", 0.24, 0.01, 1, unit="size"),
        number("height", "Height", 0.12, 0.005, 1, unit="size"),
        number("pulse", "Pulse", 0.08, 0, 1, unit="percent", group="Motion", words="How far the bass widens it."),
        number("start", "Start", -90, -360, 360, step=1, unit="degrees"),
        number("spin", "Spin", 8, -180, 180, step=1, unit="degrees", group="Motion", words="Degrees per second."),
        number("thick", "Thickness", 0.006, 0.001, 0.05, step=0.0005, unit="size"),
        color("first", "First colour", "$2", group="Colour"),
        color("last", "Last colour", "$1", group="Colour"),
        number("fill", "Fill", 0.25, 0, 1, unit="percent", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        *HEARD_WAVE,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
