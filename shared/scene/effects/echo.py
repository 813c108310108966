"""Echo: the content as it was some moments ago, fainter and larger, beneath what it is now.

Each copy is drawn anew, since a frame knows nothing of the frames before it: as dear as the layer, times the copies.
"""

from __future__ import annotations

import math
from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND"]


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    x, y = frame.middle
    for back in range(props.count("copies"), 0, -1):
        opacity = props.number("fade") ** back
        if opacity < 0.01:
            continue
        scale, turn = props.number("grow") ** back, math.radians(props.number("turn")) * back
        with (
            brush.layer(opacity, blend=props.text("mix")),
            brush.moved(x, y, scale=scale, rotation=turn),
            brush.moved(-x, -y),
        ):
            content(frame.t - back * props.number("delay"))
    content()


KIND: Final = EffectKind(
    name="echo",
    label="Echo",
    group="Motion",
    words="Traces of what was a moment ago; each copy costs as much as the layer.",
    inputs=(
        number("copies", "Copies", 3, 1, 8, whole=True, unit="count"),
        number("delay", "Delay", 0.06, 0.01, 2, unit="seconds"),
        number("fade", "Fade", 0.5, 0.05, 0.95, unit="percent"),
        number("grow", "Grow", 1.04, 0.7, 1.5, step=0.005, unit="ratio"),
        number("turn", "Turn", 0, -90, 90, step=0.5, unit="degrees"),
        choice("mix", "Mix", "normal", ("normal", "plus", "screen")),
    ),
    apply=_apply,
    scope="layer",
)
