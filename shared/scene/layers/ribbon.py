"""Spectrogram: the last seconds of the spectrum as columns that move by, or as ridges one behind the other."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import mix_rows, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import HEARD, Floats, arranged, levels_over

__all__ = ["KINDS"]

#: Steps of loudness, each one path of its own colour.
_STEPS: Final = 7


def _columns(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    columns, bands = props.count("columns"), props.count("count")
    step, rise = width / columns, height / bands
    high, part = _past(frame, props, columns, bands)
    across = width / 2 - step * (np.arange(columns, dtype=np.float32) + part)
    down = height / 2 - rise * (np.arange(bands, dtype=np.float32) + 1)
    stops = [with_alpha(props.color("low"), 0.35), props.color("middle"), props.color("high")]
    tints = mix_rows(stops, np.linspace(0, 1, _STEPS))
    place = np.minimum(_STEPS, (high * (_STEPS + 1)).astype(np.int64))
    gap = np.float32(1 - props.number("gap"))
    with brush.clipped(-width / 2, -height / 2, width, height):
        for at in range(1, _STEPS + 1):
            column, band = np.nonzero(place == at)
            rows = np.empty((len(column), 4), np.float32)
            rows[:, 0], rows[:, 1] = across[column] - step * gap, down[band] + rise * (1 - gap) / 2
            rows[:, 2], rows[:, 3] = step * gap, rise * gap
            red, green, blue, alpha = map(float, tints[at - 1])
            brush.fill((red, green, blue, alpha), blend=props.text("blend"))
            brush.rects(rows, radius=props.number("round") * float(gap) * min(step, rise) / 2)


def _ridges(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    lines, count = props.count("lines"), props.count("count")
    high, part = _past(frame, props, lines + 1, count)
    away = np.minimum(np.arange(count), np.arange(count)[::-1]) / max(1.0, 0.3 * count)
    high = high[:, arranged(props.text("order"), count)] * (np.sin(np.minimum(1.0, away) * np.pi / 2) ** 2)
    across = np.linspace(-width / 2, width / 2, count, dtype=np.float32)
    depth = ((np.arange(lines + 1) + part) / (lines + 1)).astype(np.float32)
    near = 1 - np.float32(0.55 * props.number("depth")) * depth
    level = -height / 2 + height * (0.25 + 0.75 * (1 - depth) ** (1 + props.number("depth")))
    fade = np.minimum(1, 4 * (1 - depth)) * np.minimum(1, 6 * depth)
    points = np.empty((lines + 1, count, 2), np.float32)
    points[:, :, 0] = near[:, None] * across
    points[:, :, 1] = level[:, None] - near[:, None] * np.float32(0.42 * height) * high
    tints = mix_rows([props.color("front"), props.color("back")], depth).tolist()
    below, thick, blend = props.color("below"), props.number("thick") * frame.unit, props.text("blend")
    # The newest line is in front, below; it moves away from the viewer as it gets older.
    for line in range(lines, -1, -1):
        red, green, blue, alpha = tints[line]
        share = float(fade[line])
        if below[3] > 0:
            brush.fill(with_alpha(below, min(1.0, 2 * share)))
            brush.polygon(points[line])
        brush.stroke(with_alpha((red, green, blue, alpha), share), thick, blend=blend)
        brush.polygon(points[line], closed=False)


def _past(frame: Frame, props: Props, rows: int, bands: int) -> tuple[Floats, float]:
    """Spectra at fixed times, the newest first, and how far time has gone on since the newest, 0-1 of a step.

    At fixed times, so that what is seen moves but does not change.
    """
    step = props.number("seconds") / rows
    last = np.floor(frame.t / step)
    times = (last - np.arange(rows)) * step
    return levels_over(frame, props, bands, times), float(frame.t / step - last)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


_RIBBON: Final = LayerKind(
    name="ribbon",
    label="Spectrogram",
    group="Spectrum",
    words="The last seconds of the spectrum as columns that move by.",
    inputs=(
        number("seconds", "Seconds", 4, 0.5, 20, unit="seconds"),
        number("columns", "Columns", 64, 8, 128, whole=True, unit="count"),
        number("count", "Bands", 24, 4, 48, whole=True, unit="count"),
        number("width", "Width", 1, 0.05, 2, unit="x"),
        number("height", "Height", 0.5, 0.02, 2, unit="size"),
        number("gap", "Gap", 0.2, 0, 0.8, unit="percent"),
        number("round", "Roundness", 0.5, 0, 1, unit="percent"),
        color("low", "Quiet", "$2", group="Colour"),
        color("middle", "Middle", "$1", group="Colour"),
        color("high", "Loud", "$3", group="Colour"),
        *HEARD,
    ),
    draw=_columns,
    extent=_extent,
    own_blend=True,
)
_RIDGES: Final = LayerKind(
    name="ridges",
    label="Ridges",
    group="Spectrum",
    words="The last seconds of the spectrum as hills, one behind the other.",
    inputs=(
        number("seconds", "Seconds", 3, 0.3, 20, unit="seconds"),
        number("lines", "Lines", 18, 3, 40, whole=True, unit="count"),
        number("count", "Points", 64, 12, 160, whole=True, unit="count"),
        number("width", "Width", 0.7, 0.05, 2, unit="x"),
        number("height", "Height", 0.7, 0.02, 2, unit="size"),
        number("depth", "Depth", 0.4, 0, 1, unit="percent"),
        choice("order", "Low notes", "middle", ("middle", "edges", "rising", "falling")),
        number("thick", "Thickness", 0.0035, 0.0005, 0.03, step=0.0005, unit="size"),
        color("front", "Front colour", "$1", group="Colour"),
        color("back", "Back colour", "$2", group="Colour"),
        color("below", "Below the lines", "$0", group="Colour"),
        *HEARD,
    ),
    draw=_ridges,
    extent=_extent,
)
KINDS: Final = (_RIBBON, _RIDGES)
