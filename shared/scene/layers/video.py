"""Film: a video of the project, behind everything or in a box; which of its frames is seen follows from the time.

A film that fills the canvas costs 10 ms a frame at 1080p on a CPU, and its decoding.
"""

from __future__ import annotations

from typing import Final

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.films import REPEATS, frame_at
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, medium, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.photos import FITS, fitted
from shared.scene.resources import MediaVideo

__all__ = ["KIND"]


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    facts = frame.facts.video(props.text("video"))
    if facts is None or len(facts.times) == 0:
        return
    shown = frame_at(
        facts.times, frame.t - props.number("at"), seconds=facts.seconds, repeat=props.text("repeat"),
        speed=props.number("speed"), start=props.number("skip"),
    )  # fmt: skip
    width, height = _extent(frame, props)
    across, down = fitted(props.text("fit"), (facts.width, facts.height), (width, height))
    radius = props.number("round") * min(width, height) / 2
    with brush.clipped(-width / 2, -height / 2, width, height, radius=radius):
        brush.video(frame.resources.add(MediaVideo(props.text("video"))), shown, 0, 0, across, down)
        if props.number("darken") > 0:
            brush.fill(with_alpha((0.0, 0.0, 0.0, 1.0), props.number("darken")))
            brush.rect(-width / 2, -height / 2, width, height)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    if props.switch("full"):
        return frame.width, frame.height
    return props.number("width") * frame.unit, props.number("height") * frame.unit


KIND: Final = LayerKind(
    name="video",
    label="Film",
    group="Picture",
    words="A film of yours, without its sound.",
    inputs=(
        medium("video", "Film", "video", ""),
        switch("full", "Fills the canvas", True),
        number("width", "Width", 0.8, 0.01, 4, unit="size"),
        number("height", "Height", 0.45, 0.01, 4, unit="size"),
        choice("fit", "Fit", "cover", FITS),
        number("round", "Roundness", 0, 0, 1, unit="percent"),
        number("darken", "Darken", 0, 0, 1, unit="percent"),
        choice("repeat", "At its end", "loop", REPEATS),
        number("speed", "Speed", 1, 0.1, 4, unit="ratio"),
        number("at", "Begins at", 0, -3600, 36_000, unit="seconds"),
        number("skip", "Leave out", 0, 0, 36_000, unit="seconds"),
    ),
    draw=_draw,
    extent=_extent,
)
