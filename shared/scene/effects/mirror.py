"""Mirrors: halves, quarters, kaleidoscope, reflection, and many copies: all stamps of one picture of the content."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, number, switch
from shared.scene.kind import Content, EffectKind

__all__ = ["KINDS"]

#: Wedges overlap by this angle in radians, so that no seam shows between them.
_OVERLAP: Final = 0.004
#: Strips of a reflection, each fainter than the one above.
_STRIPS: Final = 24


def _mirror(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    width, height = frame.width, frame.height
    keep = props.text("keep")
    with brush.offscreen() as slot:
        content()
    across = keep in ("left", "right", "corner")
    down = keep in ("top", "bottom", "corner")
    for flip_x in (False, True) if across else (False,):
        for flip_y in (False, True) if down else (False,):
            x = width / 2 if across and (flip_x != (keep == "right")) else 0.0
            y = height / 2 if down and (flip_y != (keep == "bottom")) else 0.0
            matrix = (-1.0 if flip_x else 1.0, 0.0, 0.0, -1.0 if flip_y else 1.0, flip_x * width, flip_y * height)
            with brush.clipped(x, y, width / 2 if across else width, height / 2 if down else height):
                brush.stamp(slot, matrix=matrix)


def _kaleidoscope(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    """A wedge of the content, turned around the middle with every second copy mirrored.

    A point at angle a within the wedge from s to s + d goes to a + i d, or mirrored to 2 s + (i + 1) d - a.
    """
    x, y = frame.middle
    wedges, zoom = 2 * props.count("wedges"), props.number("zoom")
    step = 2 * math.pi / wedges
    # The wedge's middle lies along the longer side, where the picture reaches furthest.
    start = math.radians(props.number("turn")) - step / 2 + (math.pi / 2 if frame.height > frame.width else 0.0)
    away = math.radians(props.number("spin"))
    far = 2 * math.hypot(frame.width, frame.height)
    # Half the size is a quarter of the work.
    divisor = 1 if props.switch("sharp") else 2
    with brush.offscreen(divisor) as slot:
        content()
    with brush.offscreen(divisor) if divisor > 1 else nullcontext() as whole:
        for at in range(wedges):
            low, high = away + start + at * step, away + start + (at + 1) * step + _OVERLAP
            ends = ((x + far * math.cos(a), y + far * math.sin(a)) for a in (low, high))
            angle = away + (2 * start + (at + 1) * step if at % 2 else at * step)
            cos, sin, side = zoom * math.cos(angle), zoom * math.sin(angle), -1.0 if at % 2 else 1.0
            a, b, c, d = cos, sin, -side * sin, side * cos
            with brush.clipped_polygon(np.array([(x, y), *ends], np.float32)):
                brush.stamp(slot, matrix=(a, b, c, d, x - a * x - c * y, y - b * x - d * y))
    if whole is not None:
        brush.stamp(whole)


def _reflection(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    """As in a polished floor: upside down below a line, in strips that fade."""
    line = round(frame.middle[1] + props.number("line") * frame.unit)
    depth, strength = props.number("depth") * frame.unit, props.number("strength")
    content()
    if depth < 1 or strength <= 0:
        return
    with brush.offscreen() as slot:
        content()
    edges = np.round(np.linspace(0, depth, _STRIPS + 1)).tolist()
    for at in range(_STRIPS):
        if edges[at + 1] > edges[at]:
            with brush.clipped(0, line + edges[at], frame.width, edges[at + 1] - edges[at]):
                fade = (1 - (at + 0.5) / _STRIPS) ** 1.5
                brush.stamp(slot, matrix=(1, 0, 0, -1, 0, 2.0 * line), opacity=strength * fade)


def _copies(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    count, width, height = props.count("count"), frame.width, frame.height
    with brush.offscreen(count) as slot:
        content()
    for row in range(count):
        for column in range(count):
            flip_x = props.switch("mirrored") and column % 2 == 1
            flip_y = props.switch("mirrored") and row % 2 == 1
            a, d = (-1 if flip_x else 1) / count, (-1 if flip_y else 1) / count
            x, y = (column + flip_x) * width / count, (row + flip_y) * height / count
            brush.stamp(slot, matrix=(a, 0, 0, d, x, y))


KINDS: Final = (
    EffectKind(
        name="mirror",
        label="Mirror",
        group="Shape",
        words="One half, or one quarter, mirrored into the rest.",
        inputs=(choice("keep", "Keep", "left", ("left", "right", "top", "bottom", "corner")),),
        apply=_mirror,
        static=True,
    ),
    EffectKind(
        name="kaleidoscope",
        label="Kaleidoscope",
        group="Shape",
        words="A wedge mirrored all around; dear on a computer without a graphics card.",
        inputs=(
            number("wedges", "Wedges", 4, 2, 12, whole=True, unit="count"),
            number("turn", "Where the wedge lies", 0, -3600, 3600, step=1, unit="degrees"),
            number("spin", "Turn", 0, -3600, 3600, step=1, unit="degrees"),
            number("zoom", "Zoom", 1.2, 0.5, 4, unit="ratio"),
            switch("sharp", "Sharp", True, words="Off it is a little softer, and a third as dear."),
        ),
        apply=_kaleidoscope,
        static=True,
    ),
    EffectKind(
        name="reflection",
        label="Reflection",
        group="Shape",
        words="Upside down below, as in a polished floor.",
        inputs=(
            number("line", "Floor below the middle", 0.26, -1, 1, step=0.005, unit="size"),
            number("depth", "Depth", 0.22, 0, 1, step=0.005, unit="size"),
            number("strength", "Strength", 0.35, 0, 1, unit="percent"),
        ),
        apply=_reflection,
        scope="layer",
        static=True,
    ),
    EffectKind(
        name="copies",
        label="Copies",
        group="Shape",
        words="The same many times, in rows and columns.",
        inputs=(
            number("count", "Across and down", 2, 1, 6, whole=True, unit="count"),
            switch("mirrored", "Every second one mirrored", False),
        ),
        apply=_copies,
        static=True,
    ),
)
