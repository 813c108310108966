"""Scenery: a grid that runs to the horizon, a striped sun, rays, and colours that drift like northern lights."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import RGBA, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import Floats, swell

__all__ = ["KINDS"]

#: How much smaller than the canvas the drifting colours are painted.
_SOFT: Final = 24


def _floor(brush: Brush, frame: Frame, props: Props) -> None:
    """A plane seen in perspective: a line at distance z lies 1/z below the horizon."""
    width, height = _floor_extent(frame, props)
    lines, columns = props.count("lines"), props.count("columns")
    top = -height / 2
    part = math.fmod(frame.t * props.number("speed"), 1.0) % 1.0
    near = 1.0 / (1.0 + (np.arange(lines) + 1 - part) * 3.0 / lines * props.number("depth"))
    far = 1.0 / (1.0 + 3.0 * props.number("depth"))
    rows = top + height * (near - far) / (1.0 - far)
    rows = rows[(rows >= top) & (rows <= height / 2)]
    across = np.stack([np.full(len(rows), -width / 2), rows, np.full(len(rows), width / 2), rows], axis=1)
    places = np.linspace(-1, 1, columns + 1)
    spread = props.number("spread") * width / 2
    up = np.stack(
        [places * spread * far, np.full(columns + 1, top), places * spread, np.full(columns + 1, height / 2)], axis=1
    )
    tint = props.color("color")
    beat = 1.0 + props.number("pulse") * swell(frame, "bass")
    ground = props.color("ground")
    if ground[3] > 0:
        brush.fill(ground, blend=props.text("blend"))
        brush.rect(-width / 2, top, width, height)
    with brush.clipped(-width / 2, top, width, height):
        brush.stroke(None, props.number("thick") * frame.unit * beat, cap="butt", blend=props.text("blend"))
        brush.linear((0.0, top), (0.0, height / 2), [with_alpha(tint, 0.0), with_alpha(tint, 0.75), tint])
        brush.segments(np.concatenate([across, up]).astype(np.float32))


def _floor_extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.height


def _sun(brush: Brush, frame: Frame, props: Props) -> None:
    radius = props.number("radius") * frame.unit
    radius *= 1.0 + props.number("pulse") * swell(frame, "bass")
    top, bottom = props.color("top"), props.color("bottom")
    glow = props.number("glow")
    if glow > 0:
        brush.fill(blend="plus")
        reach = 1.7 * radius
        brush.radial((0.0, 0.0), reach, _faded(bottom, glow))
        brush.circles(np.array([[0, 0, reach]], np.float32))
    brush.fill(blend=props.text("blend"))
    brush.linear((0.0, -radius), (0.0, radius), [top, bottom])
    brush.polygon(_sun_slice(radius, -radius, _cuts(radius, props)[0][0] if props.count("stripes") else radius))
    for start, end in _cuts(radius, props):
        brush.polygon(_sun_slice(radius, end, start))


def _cuts(radius: float, props: Props) -> list[tuple[float, float]]:
    """What is left between the gaps: (lower, upper) edges, the first pair only as the end of the whole part."""
    stripes = props.count("stripes")
    edges = np.linspace(-0.05 * radius, radius, stripes + 1)
    gaps = np.linspace(0.12, 0.5, max(1, stripes)) * (1.05 * radius / max(1, stripes))
    found = [(float(edges[0]), float(edges[0]))]
    found += [(float(edges[at + 1]), float(edges[at] + gaps[at])) for at in range(stripes)]
    return found


def _sun_slice(radius: float, upper: float, lower: float) -> Floats:
    """The part of a disc between two heights."""
    down = np.linspace(upper, lower, 40) if lower > upper else np.array([upper, upper])
    half = np.sqrt(np.maximum(0.0, radius * radius - down * down))
    right, left = np.stack([half, down], axis=1), np.stack([-half, down], axis=1)
    return np.concatenate([right, left[::-1]]).astype(np.float32)


def _sun_extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = 2 * props.number("radius") * frame.unit
    return side, side


def _rays(brush: Brush, frame: Frame, props: Props) -> None:
    count = props.count("count")
    reach = props.number("reach") * math.hypot(frame.width, frame.height)
    turn = math.radians(math.fmod(props.number("spin") * frame.t, 360.0))
    turn += math.radians(props.number("kick")) * frame.features.value("beatPulse", frame.t)
    half = props.number("fill") * math.pi / count
    angle = turn + 2 * math.pi * np.arange(count) / count
    hole = props.number("hole") * frame.unit
    corners = [
        (np.cos(angle - half) * hole, np.sin(angle - half) * hole),
        (np.cos(angle - half) * reach, np.sin(angle - half) * reach),
        (np.cos(angle + half) * reach, np.sin(angle + half) * reach),
        (np.cos(angle + half) * hole, np.sin(angle + half) * hole),
    ]
    tint = props.color("color")
    brush.fill(blend=props.text("blend"))
    brush.radial((0.0, 0.0), reach, [tint, with_alpha(tint, 1.0 - props.number("fade"))])
    # All rays are one closed line: between them it runs around the hole.
    brush.polygon(np.stack([np.stack(corner, axis=1) for corner in corners], axis=1).reshape(-1, 2).astype(np.float32))


def _rays_extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = 2 * props.number("reach") * math.hypot(frame.width, frame.height)
    return min(side, frame.width), min(side, frame.height)


def _aurora(brush: Brush, frame: Frame, props: Props) -> None:
    """Large soft discs on slow orbits, painted small and shown large: the enlarging is the blur."""
    width, height = frame.width, frame.height
    count = props.count("count")
    chance = frame.chance("orbits", 64, 5)
    tints: list[RGBA] = [props.color(name) for name in ("first", "second", "third")]
    grown = 1.0 + props.number("pulse") * swell(frame, "bass")
    with brush.offscreen(_SOFT) as slot:
        for at in range(count):
            east, south, pace, phase, size = (float(one) for one in chance[at])
            time = frame.t * props.number("speed") * (0.05 + 0.12 * pace) * 2 * math.pi + 2 * math.pi * phase
            # Spread over the canvas like the hours on a clock, each swaying around its place.
            home = 2 * math.pi * (at + 0.35 * east) / count
            x = width * (0.5 + 0.32 * math.cos(home) + 0.22 * math.sin(time))
            y = height * (0.5 + 0.32 * math.sin(home) + 0.22 * math.cos(0.8 * time + 6 * south))
            radius = props.number("size") * (0.6 + 0.5 * size) * grown * (width + height) / 2
            tint = tints[at % 3]
            share = props.number("strength")
            brush.fill()
            brush.radial((x, y), radius, _faded(tint, share))
            brush.circles(np.array([[x, y, radius]], np.float32))
    # A layer's origin is its middle, a stamp's the canvas' corner.
    with brush.moved(-frame.middle[0], -frame.middle[1]):
        brush.stamp(slot, blend=props.text("blend"), sampling="cubic")


def _faded(color: RGBA, share: float) -> list[tuple[float, RGBA]]:
    """A soft disc: about a Gaussian's fall, so that no edge shows."""
    falls = ((0.0, 1.0), (0.2, 0.86), (0.4, 0.55), (0.6, 0.25), (0.8, 0.07), (1.0, 0.0))
    return [(at, with_alpha(color, share * fall)) for at, fall in falls]


def _aurora_extent(frame: Frame, props: Props) -> tuple[float, float]:
    return frame.width, frame.height


def _blob(brush: Brush, frame: Frame, props: Props) -> None:
    """A circle whose radius sways by a few slow waves around it, wider where the music is loud."""
    count = props.count("points")
    chance = frame.chance("waves", 4, 2)
    angle = 2 * math.pi * np.arange(count) / count
    sway = np.zeros(count)
    for at in range(4):
        pace, phase = float(chance[at, 0]), float(chance[at, 1])
        turns = at + 2
        sway += (
            np.sin(turns * angle + (0.4 + pace) * props.number("speed") * frame.t * (-1) ** at + 6.3 * phase) / turns
        )
    loud = 0.35 + 0.65 * swell(frame, "mid")
    size = props.number("radius") * (1 + props.number("pulse") * swell(frame, "bass")) * frame.unit
    radius = size * (1 + props.number("sway") * loud * sway)
    points = np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=1).astype(np.float32)
    first, last = props.color("first"), props.color("last")
    reach = props.number("radius") * frame.unit
    if props.text("style") == "outline":
        brush.stroke(None, props.number("thick") * frame.unit, blend=props.text("blend"))
    else:
        brush.fill(blend=props.text("blend"))
    brush.linear((-reach, -reach), (reach, reach), [first, last])
    brush.curve(points)


def _blob_extent(frame: Frame, props: Props) -> tuple[float, float]:
    side = 2 * props.number("radius") * (1 + props.number("sway")) * frame.unit
    return side, side


KINDS: Final = (
    LayerKind(
        name="aurora",
        label="Drifting colours",
        group="Background",
        words="Soft fields of colour that drift over the whole canvas.",
        inputs=(
            number("count", "Fields", 6, 1, 12, whole=True, unit="count"),
            number("size", "Size", 0.5, 0.1, 1.5, unit="ratio"),
            number("strength", "Strength", 0.6, 0, 1, unit="percent"),
            number("speed", "Speed", 1, 0, 8, unit="ratio", group="Motion"),
            number("pulse", "Pulse", 0.12, 0, 1, unit="percent", group="Motion"),
            color("first", "First colour", "$1", group="Colour"),
            color("second", "Second colour", "$2", group="Colour"),
            color("third", "Third colour", "$3", group="Colour"),
        ),
        draw=_aurora,
        extent=_aurora_extent,
        own_blend=True,
    ),
    LayerKind(
        name="floor",
        label="Grid floor",
        group="Shape",
        words="A grid that runs to the horizon.",
        inputs=(
            number("width", "Width", 1, 0.05, 2, unit="x"),
            number("height", "Height", 0.4, 0.02, 1, unit="y"),
            number("lines", "Lines", 14, 3, 60, whole=True, unit="count"),
            number("columns", "Columns", 26, 2, 80, whole=True, unit="count"),
            number("spread", "Spread", 3.2, 0.5, 12, unit="ratio"),
            number("depth", "Depth", 3, 0.2, 10, unit="ratio"),
            number("speed", "Speed", 0.8, -4, 4, unit="ratio", group="Motion"),
            number("pulse", "Pulse", 0.6, 0, 3, unit="percent", group="Motion"),
            number("thick", "Thickness", 0.003, 0.0005, 0.03, step=0.0005, unit="size"),
            color("color", "Colour", "$1", group="Colour"),
            color("ground", "Ground", "$0/0", group="Colour"),
        ),
        draw=_floor,
        extent=_floor_extent,
        own_blend=True,
    ),
    LayerKind(
        name="sun",
        label="Striped sun",
        group="Shape",
        words="A sun that goes down in stripes.",
        inputs=(
            number("radius", "Radius", 0.26, 0.01, 1, unit="size"),
            number("stripes", "Stripes", 6, 0, 16, whole=True, unit="count"),
            number("glow", "Glow", 0.35, 0, 1, unit="percent"),
            number("pulse", "Pulse", 0.05, 0, 1, unit="percent", group="Motion"),
            color("top", "Top colour", "$3", group="Colour"),
            color("bottom", "Bottom colour", "$1", group="Colour"),
        ),
        draw=_sun,
        extent=_sun_extent,
        own_blend=True,
    ),
    LayerKind(
        name="rays",
        label="Rays",
        group="Shape",
        words="Rays that go out from a middle and turn.",
        inputs=(
            number("count", "Rays", 14, 2, 60, whole=True, unit="count"),
            number("fill", "Thickness", 0.5, 0.05, 1, unit="percent"),
            number("reach", "Reach", 0.75, 0.05, 2, unit="ratio"),
            number("hole", "Hole", 0, 0, 1, unit="size"),
            number("fade", "Fade", 0.8, 0, 1, unit="percent"),
            number("spin", "Spin", 6, -180, 180, step=1, unit="degrees", group="Motion", words="Degrees per second."),
            number("kick", "Beat", 0, -45, 45, step=1, unit="degrees", group="Motion"),
            color("color", "Colour", "$1/30", group="Colour"),
        ),
        draw=_rays,
        extent=_rays_extent,
        own_blend=True,
    ),
    LayerKind(
        name="blob",
        label="Blob",
        group="Shape",
        words="A soft round form that breathes with the music.",
        inputs=(
            choice("style", "Style", "filled", ("filled", "outline")),
            number("radius", "Radius", 0.22, 0.01, 1.5, unit="size"),
            number("sway", "Sway", 0.22, 0, 0.6, unit="percent"),
            number("points", "Points", 40, 8, 120, whole=True, unit="count"),
            number("thick", "Line", 0.004, 0.0005, 0.1, step=0.0005, unit="size"),
            number("speed", "Speed", 1, 0, 8, unit="ratio", group="Motion"),
            number("pulse", "Pulse", 0.18, 0, 1, unit="percent", group="Motion"),
            color("first", "First colour", "$1", group="Colour"),
            color("last", "Last colour", "$2", group="Colour"),
        ),
        draw=_blob,
        extent=_blob_extent,
        own_blend=True,
    ),
)
