"""Progress: how much of the song is over, as a line, a circle or a frame around the picture, with the time if asked."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, medium, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.outlines import arc
from shared.scene.layers.spectra import Floats
from shared.scene.resources import TextSpec

__all__ = ["KIND", "clock"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    share = frame.features.value("progress", frame.t)
    match props.text("style"):
        case "circle":
            _circle(brush, frame, props, share)
        case "frame":
            _frame(brush, frame, props, share)
        case _:
            _line(brush, frame, props, share)


def _line(brush: Brush, frame: Frame, props: Props, share: float) -> None:
    width, thick = props.number("width") * frame.width, props.number("thick") * frame.unit
    done = max(thick, width * share)
    blend = props.text("blend")
    brush.fill(props.color("track"), blend=blend)
    brush.rect(-width / 2, -thick / 2, width, thick, radius=thick / 2)
    _ink(brush, props, width)
    brush.rect(-width / 2, -thick / 2, done, thick, radius=thick / 2)
    if props.switch("knob"):
        brush.fill(props.color("knob_color"), blend=blend)
        brush.circles(np.array([[-width / 2 + width * share, 0, 1.6 * thick]], np.float32))
    if props.switch("time"):
        size = props.number("text_size") * frame.unit
        low = thick / 2 + 1.1 * size
        _clock(brush, frame, props, clock(min(frame.t, frame.features.seconds)), -width / 2, low, left=True)
        # Where there is no room for both, the end is left out.
        if width > 6 * size:
            _clock(brush, frame, props, clock(frame.features.seconds), width / 2, low, left=False)


def _circle(brush: Brush, frame: Frame, props: Props, share: float) -> None:
    radius, thick, blend = props.number("radius") * frame.unit, props.number("thick") * frame.unit, props.text("blend")
    brush.stroke(props.color("track"), thick, blend=blend)
    brush.circles(np.array([[0, 0, radius]], np.float32))
    turn = 2 * math.pi * max(share, 1e-4)
    brush.stroke(None, thick, blend=blend)
    brush.sweep((0.0, 0.0), [props.color("first"), props.color("last"), props.color("first")], start=-math.pi / 2)
    brush.polygon(arc(radius, -math.pi / 2, turn), closed=False)
    if props.switch("knob"):
        brush.fill(props.color("knob_color"), blend=blend)
        end = -math.pi / 2 + turn
        brush.circles(np.array([[math.cos(end) * radius, math.sin(end) * radius, 1.5 * thick]], np.float32))
    if props.switch("time"):
        _clock(brush, frame, props, clock(min(frame.t, frame.features.seconds)), 0.0, 0.0, left=None)


def _frame(brush: Brush, frame: Frame, props: Props, share: float) -> None:
    """Around the picture, clockwise from the middle of the upper edge."""
    thick = props.number("thick") * frame.unit
    inset = 0.035 * frame.unit
    across, down = frame.width / 2 - inset, frame.height / 2 - inset
    corners = np.array([[0, -1], [1, -1], [1, 1], [-1, 1], [-1, -1], [0, -1]], np.float64) * [across, down]
    brush.stroke(props.color("track"), thick, blend=props.text("blend"))
    brush.polygon(corners[1:5].astype(np.float32))
    _ink(brush, props, frame.width, stroke=thick)
    brush.polygon(_part(corners, max(share, 1e-4)), closed=False)


def _part(corners: np.ndarray, share: float) -> Floats:
    """The first part of a way through corners."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    end = share * lengths[-1]
    last = np.array([[np.interp(end, lengths, corners[:, at]) for at in range(2)]])
    return np.concatenate([corners[lengths < end], last]).astype(np.float32)


def _ink(brush: Brush, props: Props, width: float, *, stroke: float = 0.0) -> None:
    if stroke > 0:
        brush.stroke(None, stroke, blend=props.text("blend"))
    else:
        brush.fill(blend=props.text("blend"))
    brush.linear((-width / 2, 0.0), (width / 2, 0.0), [props.color("first"), props.color("last")])


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some.

    >>> clock(61.9), clock(3661), clock(-2)
    ('1:01', '1:01:01', '0:00')
    """
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def _clock(brush: Brush, frame: Frame, props: Props, words: str, x: float, y: float, *, left: bool | None) -> None:
    """Digit by digit, all equally wide: ten pictures do for every time, and nothing jumps."""
    size = props.number("text_size") * frame.unit
    spec = TextSpec("0", family=props.text("font"), weight=700, size=size, width=2 * size)
    advance = frame.keep(
        ("digit", spec), lambda: max(frame.facts.measure(_letter(spec, d)).width for d in "0123456789")
    )
    widths = [advance * (0.55 if letter == ":" else 1.04) for letter in words]
    start = x if left else x - sum(widths) * (0.5 if left is None else 1.0)
    for letter, width in zip(words, widths, strict=True):
        number_of = frame.resources.add(_letter(spec, letter))
        brush.text(number_of, start + width / 2, y, props.color("text_color"), blend=props.text("blend"))
        start += width


def _letter(spec: TextSpec, letter: str) -> TextSpec:
    return msgspec.structs.replace(spec, text=letter)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    match props.text("style"):
        case "circle":
            side = (2 * props.number("radius") + props.number("thick")) * frame.unit
            return side, side
        case "frame":
            return frame.width, frame.height
        case _:
            below = 3.5 * props.number("text_size") if props.switch("time") else 0.0
            return props.number("width") * frame.width, (4 * props.number("thick") + below) * frame.unit


KIND: Final = LayerKind(
    name="progress",
    label="Progress",
    group="Shape",
    words="How much of the song is over.",
    inputs=(
        choice("style", "Style", "line", ("line", "circle", "frame")),
        number("width", "Width", 0.6, 0.02, 2, unit="x", words="Of the line."),
        number("radius", "Radius", 0.2, 0.01, 1, unit="size", words="Of the circle."),
        number("thick", "Thickness", 0.008, 0.001, 0.1, step=0.0005, unit="size"),
        switch("knob", "Knob", True),
        color("first", "First colour", "$2", group="Colour"),
        color("last", "Last colour", "$1", group="Colour"),
        color("track", "Track", "$4/20", group="Colour"),
        color("knob_color", "Knob colour", "$4", group="Colour"),
        switch("time", "Time", False, group="Time"),
        number("text_size", "Size", 0.028, 0.005, 0.3, step=0.001, unit="size", group="Time"),
        medium("font", "Font", "font", "Inter", group="Time"),
        color("text_color", "Colour", "$4/80", group="Time"),
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
