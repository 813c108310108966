"""Level meter: loudness, bass, middle and treble as bars of lights, with what they reached last."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.spectra import Floats, swell

__all__ = ["KIND"]

_SHOWN: Final = {
    "loudness": ("loudness",),
    "three bands": ("bass", "mid", "high"),
    "all": ("loudness", "bass", "mid", "high"),
}
_PEAK_RATE: Final = 30
_PEAK_SECONDS: Final = 1.5
_HOLD_SECONDS: Final = 0.4
_FALL: Final = 2.5


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _extent(frame, props)
    names = _SHOWN[props.text("shows")]
    lights, upright = props.count("lights"), props.text("direction") == "up"
    long, broad = (height, width) if upright else (width, height)
    cell, lane = long / lights, broad / len(names)
    now = np.array([swell(frame, name, seconds=0.15) for name in names])
    held = np.array([_held(frame, name) for name in names])
    light = np.arange(lights)
    lit = light[None, :] + 0.5 <= now[:, None] * lights
    top = light[None, :] == np.minimum(lights - 1, (held * lights).astype(np.int64))[:, None]
    top &= (held > 0.5 / lights)[:, None]
    for which, share in ((~(lit | top), props.number("rest")), (lit | top, 1.0)):
        if share <= 0:
            continue
        rows = _rows(which, cell, lane, long, broad, props.number("gap"), upright=upright)
        brush.fill(blend=props.text("blend"))
        colors = [props.color(name) for name in ("low", "low", "middle", "high")]
        ends = ((0.0, long / 2), (0.0, -long / 2)) if upright else ((-long / 2, 0.0), (long / 2, 0.0))
        brush.linear(*ends, [with_alpha(each, share) for each in colors])
        brush.rects(rows, radius=props.number("round") * 0.5 * cell)


def _rows(
    which: np.ndarray, cell: float, lane: float, long: float, broad: float, gap: float, *, upright: bool
) -> Floats:
    band, light = np.nonzero(which)
    length, thick = cell * (1 - gap), lane * (0.82 if which.shape[0] > 1 else 1.0)
    along = cell * light + cell * gap / 2 - long / 2
    beside = lane * band + (lane - thick) / 2 - broad / 2
    size = np.ones(len(band))
    if upright:
        return np.stack([beside, -along - length, thick * size, length * size], axis=1).astype(np.float32)
    return np.stack([along, beside, length * size, thick * size], axis=1).astype(np.float32)


def _held(frame: Frame, name: str) -> float:
    """The height that a peak light still has: it waits, then falls."""
    times = (np.floor(frame.t * _PEAK_RATE) - np.arange(int(_PEAK_RATE * _PEAK_SECONDS))) / _PEAK_RATE
    age = np.maximum(0.0, frame.t - times - _HOLD_SECONDS)
    return float(np.max(frame.features.values(name, times) - _FALL * age * age, initial=0.0))


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("width") * frame.unit, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="meter",
    label="Level meter",
    group="Spectrum",
    words="Levels as bars of lights.",
    inputs=(
        choice("shows", "Shows", "all", tuple(_SHOWN)),
        choice("direction", "Direction", "up", ("up", "right")),
        number("lights", "Lights", 24, 4, 80, whole=True, unit="count"),
        number("width", "Width", 0.2, 0.01, 2, unit="size"),
        number("height", "Height", 0.4, 0.01, 2, unit="size"),
        number("gap", "Gap", 0.28, 0, 0.9, unit="percent"),
        number("round", "Roundness", 0.4, 0, 1, unit="percent"),
        color("low", "Quiet", "$2", group="Colour"),
        color("middle", "Middle", "$3", group="Colour"),
        color("high", "Loud", "$1", group="Colour"),
        number("rest", "Unlit", 0.14, 0, 1, unit="percent", group="Colour"),
    ),
    draw=_draw,
    extent=_extent,
    own_blend=True,
)
