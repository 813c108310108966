"""Waveform: the sound around now as a line, a filled band or bars that scroll by."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import Floats, shade
from shared.scene.layers.waves import HEARD_WAVE, grid_offset, loudest, sound, wave_of

__all__ = ["KIND"]

#: Windows longer than this are shown by their outline: single swings would be a blur.
_OUTLINE_SECONDS: Final = 0.4


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    if props.text("style") == "bars":
        _bars(brush, frame, props)
    elif props.number("seconds") > _OUTLINE_SECONDS:
        _outline(brush, frame, props)
    else:
        _line(brush, frame, props)


def _line(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    count = props.count("count")
    down = -wave_of(frame, props, count) * _ends(props, count) * np.float32(height / 2)
    points = np.stack([np.linspace(-width / 2, width / 2, count, dtype=np.float32), down], axis=1)
    if props.text("style") == "area":
        _paint(brush, frame, props, np.concatenate([points, [[width / 2, 0.0], [-width / 2, 0.0]]]), closed=True)
        return
    _paint(brush, frame, props, points, closed=False)
    if props.switch("mirrored"):
        _paint(brush, frame, props, points * np.array([1, -1], np.float32), closed=False)


def _outline(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    across, high = _scrolling(frame, props, width)
    tall = high * np.float32(height / 2)
    upper = np.stack([across, -tall], axis=1)
    lower = np.stack([across, tall], axis=1)
    if props.text("style") == "area":
        _paint(brush, frame, props, np.concatenate([upper, lower[::-1]]), closed=True)
        return
    _paint(brush, frame, props, upper, closed=False)
    if props.switch("mirrored"):
        _paint(brush, frame, props, lower, closed=False)


def _bars(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    across, high = _scrolling(frame, props, width)
    thick = 0.6 * width / len(high)
    tall = np.maximum(high * np.float32(height), thick)
    rows = np.stack([across - thick / 2, -tall / 2, np.full(len(high), thick), tall], axis=1).astype(np.float32)
    brush.fill(blend=props.text("blend"))
    shade(brush, props.text("shade"), width, height, [props.color("first"), props.color("last")])
    brush.rects(rows, radius=thick / 2)


def _scrolling(frame: Frame, props: Props, width: float) -> tuple[Floats, Floats]:
    """Places and heights 0-1 of steps that move with the song."""
    count, seconds, song = props.count("count"), max(0.2, props.number("seconds")), sound(frame, props)
    high = np.minimum(1.0, loudest(song, frame.t, count, seconds) * np.float32(props.number("gain")))
    places = (np.arange(count) + 0.5 - grid_offset(frame.t, count, seconds)) / count - 0.5
    away = np.clip((0.5 - np.abs(places)) / 0.1, 0, 1) if props.switch("taper") else np.ones(count)
    return (places * width).astype(np.float32), (high * away).astype(np.float32)


def _ends(props: Props, count: int) -> Floats:
    """1 in the middle, 0 at both ends, where they are to lie on the line."""
    if not props.switch("taper"):
        return np.ones(count, np.float32)
    away = np.minimum(np.arange(count), np.arange(count)[::-1]) / max(1.0, 0.3 * count)
    return np.sin(np.minimum(1.0, away) * np.pi / 2).astype(np.float32)


def _paint(brush: Brush, frame: Frame, props: Props, points: Floats, *, closed: bool) -> None:
    width, height = _extent(frame, props)
    colors = [props.color("first"), props.color("last")]
    thick, glow = props.number("thick") * frame.unit, props.number("glow") * frame.unit
    if glow > 0:
        brush.stroke(None, 2 * thick, blend="plus", sigma=glow)
        shade(brush, props.text("shade"), width, height, [with_alpha(each, 0.7) for each in colors])
        brush.polygon(points, closed=closed)
    if closed:
        brush.fill(blend=props.text("blend"))
    else:
        brush.stroke(None, thick, blend=props.text("blend"))
    shade(brush, props.text("shade"), width, height, colors)
    brush.polygon(points, closed=closed)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="waveform",
    label="Waveform",
    group="Wave",
    words="The sound around now: one swing after the other, or some seconds that scroll by.",
    inputs=(
        choice("style", "Style", "line", ("line", "area", "bars")),
        number("count", "Points", 360, 16, 1024, whole=True, unit="count"),
        number("width", "Width", 0.9, 0.05, 2, unit="x"),
        number("height", "Height", 0.3, 0.02, 2, unit="size"),
        switch("mirrored", "Mirrored", False),
        switch("taper", "Ends on the line", True),
        number("thick", "Thickness", 0.006, 0.001, 0.05, step=0.0005, unit="size"),
        choice("shade", "Colours", "across", ("across", "height", "middle"), group="Colour"),
        color("first", "First colour", "$2", group="Colour"),
        color("last", "Last colour", "$1", group="Colour"),
        number("glow", "Glow", 0, 0, 0.06, step=0.001, unit="size", group="Colour"),
        *HEARD_WAVE,
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
