"""Song wave: the waveform of the whole song, what is over in another colour, and where it plays."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import Floats

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    count = props.count("count")
    step = width / count
    thick = step * props.number("fill")
    tall = np.maximum(_outline(frame, count) * np.float32(height), np.float32(thick))
    rows = np.empty((count, 4), np.float32)
    rows[:, 0] = -width / 2 + step * (np.arange(count) + 0.5) - thick / 2
    rows[:, 2], rows[:, 3] = thick, tall
    rows[:, 1] = height / 2 - tall if props.text("grow") == "up" else -tall / 2
    place = -width / 2 + width * frame.features.value("progress", frame.t)
    radius = props.number("round") * thick / 2
    blend = props.text("blend")
    # The bar that plays is cut where the song is.
    with brush.clipped(place, -height, width + thick, 2 * height):
        brush.fill(props.color("ahead"), blend=blend)
        brush.rects(rows[rows[:, 0] + thick >= place], radius=radius)
    with brush.clipped(-width / 2 - thick, -height, place + width / 2 + thick, 2 * height):
        brush.fill(blend=blend)
        brush.linear((-width / 2, 0.0), (width / 2, 0.0), [props.color("first"), props.color("last")])
        brush.rects(rows[rows[:, 0] <= place], radius=radius)
    if props.switch("playhead"):
        line = max(1.0, 0.003 * frame.unit)
        brush.fill(props.color("head_color"), blend=blend)
        brush.rect(place - line / 2, -0.58 * height, line, 1.16 * height, radius=line / 2)


def _outline(frame: Frame, count: int) -> Floats:
    """The loudness of each part of the song, the loudest 1: float32 [count]; made once."""

    def make() -> Floats:
        wave = np.abs(frame.features.wave.astype(np.float32))
        edges = np.linspace(0, len(wave), count + 1).astype(np.intp)  # 32 bits in Pyodide
        if len(wave) < count:
            return np.zeros(count, np.float32)
        mean = np.sqrt(np.add.reduceat(wave * wave, edges[:-1]) / np.diff(edges))
        high = mean / max(1e-6, float(mean.max()))
        found: Floats = (high**0.8).astype(np.float32)
        return found

    return frame.keep(("song", count), make)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.width, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="song_wave",
    label="Song wave",
    group="Wave",
    words="The whole song's waveform with the place that plays.",
    inputs=(
        number("count", "Bars", 120, 10, 400, whole=True, unit="count"),
        number("width", "Width", 0.8, 0.05, 2, unit="x"),
        number("height", "Height", 0.1, 0.01, 1, unit="size"),
        number("fill", "Thickness", 0.5, 0.05, 1, unit="percent"),
        number("round", "Roundness", 1, 0, 1, unit="percent"),
        choice("grow", "Grow", "middle", ("middle", "up")),
        color("first", "Played, first", "$2", group="Colour"),
        color("last", "Played, last", "$1", group="Colour"),
        color("ahead", "Still to come", "$4/30", group="Colour"),
        switch("playhead", "Playhead", False, group="Colour"),
        color("head_color", "Playhead colour", "$4", group="Colour"),
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
