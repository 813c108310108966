"""Faults of the picture on purpose: colours apart, slices out of place, waves."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, number, switch
from shared.scene.kind import Content, EffectKind
from shared.scene.music import felt, follow

__all__ = ["KINDS"]

#: Slices overlap by this share of the canvas, a pixel of a small preview, so that no seam shows between them.
_OVERLAP: Final = 0.004
_ZEROS: Final = (0.0, 0.0, 0.0, 0.0, 0.0)
_RED: Final = (1.0, 0.0, 0.0, 0.0, 0.0, *_ZEROS, *_ZEROS, 0.0, 0.0, 0.0, 1.0, 0.0)
_GREEN: Final = (*_ZEROS, 0.0, 1.0, 0.0, 0.0, 0.0, *_ZEROS, 0.0, 0.0, 0.0, 1.0, 0.0)
_BLUE: Final = (*_ZEROS, *_ZEROS, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_CYAN: Final = (*_ZEROS, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _split(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    much = props.number("steady") + (1 - props.number("steady")) * felt(frame, props.text("follow"))
    far = props.number("amount") * frame.unit * much
    if far < 0.25:
        content()
        return
    angle = math.radians(props.number("angle"))
    dx, dy = math.cos(angle) * far, math.sin(angle) * far
    with brush.offscreen() as slot:
        content()
    parts = [(_RED, -1.0), (_CYAN, 1.0)] if not props.switch("three") else [(_RED, -1.0), (_GREEN, 0.0), (_BLUE, 1.0)]
    if frame.whole:
        # The first covers what is beneath, the others are added.
        for at, (matrix, side) in enumerate(parts):
            with brush.layer(blend="plus" if at else "normal", matrix=matrix):
                brush.stamp(slot, matrix=_moved(frame, side * dx, side * dy, far))
        return
    # What is apart is added up within a layer of its own, so that it lies on what is beneath as the whole did.
    with brush.within(frame.around(far)), brush.layer():
        for matrix, side in parts:
            with brush.layer(blend="plus", matrix=matrix):
                brush.stamp(slot, matrix=_moved(frame, side * dx, side * dy, far))


def _glitch(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    much = props.number("steady") + (1 - props.number("steady")) * felt(frame, props.text("follow"), release=0.22)
    if much < 0.08:
        content()
        return
    count, beat = props.count("slices"), int(frame.t * props.number("speed"))
    table = frame.chance("slices", 64, count, 3)[beat % 64]
    heights = 0.3 + table[:, 0]
    edges = np.concatenate([[0.0], np.cumsum(heights) / np.sum(heights)]) * frame.height
    edges = np.round(edges)
    away = (table[:, 1] * 2 - 1) ** 3 * props.number("amount") * frame.unit * much
    away[table[:, 2] > 0.65] = 0
    with brush.offscreen() as slot:
        content()
    for at in range(count):
        top, bottom = float(edges[at]), float(edges[at + 1])
        if frame.near is not None and (bottom < frame.near[1] or top > frame.near[1] + frame.near[3]):
            continue
        with brush.clipped(0, top, frame.width, bottom - top + _OVERLAP * frame.unit):
            brush.stamp(slot, matrix=(1, 0, 0, 1, float(away[at]), 0))
            if frame.whole and away[at]:
                # What leaves on one side comes in on the other.
                brush.stamp(slot, matrix=(1, 0, 0, 1, float(away[at] - math.copysign(frame.width, away[at])), 0))


def _moved(frame: Frame, dx: float, dy: float, far: float) -> tuple[float, float, float, float, float, float]:
    """Moved; a whole picture is also as much larger as keeps its edges out of sight."""
    scale = 1 + 2 * far / frame.unit if frame.whole else 1.0
    return (scale, 0, 0, scale, dx + frame.width / 2 * (1 - scale), dy + frame.height / 2 * (1 - scale))


def _waves(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    much = props.number("steady") + (1 - props.number("steady")) * felt(frame, props.text("follow"))
    far = props.number("amount") * frame.unit * much
    if far < 0.25:
        content()
        return
    with brush.offscreen() as slot:
        content()
    length = props.number("length") * frame.unit
    count = int(min(72, max(8, 12 * frame.height / length)))
    edges = np.unique(np.round(np.linspace(0, frame.height, count + 1)))  # a canvas may have fewer rows than slices
    ways = far * np.sin(2 * math.pi * (edges / length - frame.t * props.number("speed")))
    scale, _, _, _, left, top = _moved(frame, 0, 0, far)
    for at in range(len(edges) - 1):
        above, below = float(edges[at]), float(edges[at + 1])
        if frame.near is not None and not frame.near[1] <= below <= frame.near[1] + 1.1 * frame.near[3]:
            continue
        # Slanted, so that each slice ends where the next begins.
        slant = float(ways[at + 1] - ways[at]) / (below - above)
        start = float(ways[at]) - slant * above
        with brush.clipped(0, above, frame.width, below - above + _OVERLAP * frame.unit):
            brush.stamp(slot, matrix=(scale, 0, slant * scale, scale, left + slant * top + start, top))


KINDS: Final = (
    EffectKind(
        name="split",
        label="Colour split",
        group="Colour",
        words="Red to one side, blue to the other; dear on a computer without a graphics card.",
        inputs=(
            number("amount", "Amount", 0.008, 0, 0.1, step=0.0005, unit="size"),
            number("angle", "Angle", 0, -360, 360, step=1, unit="degrees"),
            switch("three", "Three colours", False),
            number("steady", "Without music", 0.3, 0, 1, unit="percent"),
            follow("follow", "Follows", "kick"),
        ),
        apply=_split,
    ),
    EffectKind(
        name="glitch",
        label="Glitch",
        group="Shape",
        words="Slices jump out of place with the music.",
        inputs=(
            number("amount", "Amount", 0.12, 0, 1, unit="size"),
            number("slices", "Slices", 14, 2, 40, whole=True, unit="count"),
            number("speed", "Changes per second", 14, 1, 30, step=0.5),
            number("steady", "Without music", 0, 0, 1, unit="percent"),
            follow("follow", "Follows", "kick"),
        ),
        apply=_glitch,
    ),
    EffectKind(
        name="waves",
        label="Waves",
        group="Shape",
        words="The picture sways in waves, as under water.",
        inputs=(
            number("amount", "Amount", 0.015, 0, 0.2, step=0.001, unit="size"),
            number("length", "Wave length", 0.4, 0.05, 3, unit="size"),
            number("speed", "Waves per second", 0.5, -5, 5),
            number("steady", "Without music", 0.5, 0, 1, unit="percent"),
            follow("follow", "Follows", "bass"),
        ),
        apply=_waves,
    ),
)
