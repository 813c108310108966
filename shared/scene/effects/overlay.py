"""What lies over the picture and never moves: vignette, letterbox, scan lines. Painted once if inputs are steady."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, color, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KINDS"]

Draw = Callable[[Brush, Frame, Props], None]


def _over(draw: Draw) -> Callable[[Brush, Frame, Props, Content], None]:
    """An effect that draws over the content."""

    def apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
        content()
        if not frame.steady:
            draw(brush, frame, props)
            return
        with brush.cached():
            draw(brush, frame, props)

    return apply


def _vignette(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = frame.width, frame.height
    clear, soft = 1 - props.number("size"), max(0.02, props.number("softness"))
    tint = props.color("color")
    # As far as the corners at 1; a smooth step has no edge that the eye finds.
    ways = np.linspace(0, 1, 9)
    rises = ways * ways * (3 - 2 * ways)
    # Stops lie within 0-1: what reaches beyond the corners is cut where they are.
    reach = clear + soft * ways * (1 - clear)
    stops = [(0.0, with_alpha(tint, 0.0))]
    stops += [
        (float(at), with_alpha(tint, float(rise) * props.number("strength")))
        for at, rise in zip(reach, rises, strict=True)
    ]
    with brush.moved(width / 2, height / 2, scale=(width, height)):
        brush.fill()
        brush.radial((0, 0), math.sqrt(0.5), stops)
        brush.rect(-0.5, -0.5, 1, 1)


def _letterbox(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = frame.width, frame.height
    ratio, share = props.number("ratio"), props.number("amount")
    down = max(0.0, height - width / ratio) / 2 * share
    across = max(0.0, width - height * ratio) / 2 * share
    brush.fill(props.color("color"))
    if down > 0:
        brush.rects(np.array([[0, 0, width, down], [0, height - down, width, down]], np.float32))
    if across > 0:
        brush.rects(np.array([[0, 0, across, height], [width - across, 0, across, height]], np.float32))


def _scanlines(brush: Brush, frame: Frame, props: Props) -> None:
    step = max(2.0, props.number("distance") * frame.unit)
    tops = np.arange(0, frame.height, step, dtype=np.float32)
    rows = np.zeros((len(tops), 4), np.float32)
    rows[:, 1], rows[:, 2], rows[:, 3] = tops, frame.width, step * props.number("thickness")
    brush.fill(with_alpha(props.color("color"), props.number("strength")))
    brush.rects(rows)


KINDS: Final = (
    EffectKind(
        name="vignette",
        label="Vignette",
        group="Film",
        words="Darker towards the corners.",
        inputs=(
            number("strength", "Strength", 0.6, 0, 1, unit="percent"),
            number("size", "Size", 0.75, 0, 1, unit="percent", words="How far it reaches in from the corners."),
            number("softness", "Softness", 1, 0, 1, unit="percent"),
            color("color", "Colour", "#000000"),
        ),
        apply=_over(_vignette),
        scope="picture",
        static=True,
    ),
    EffectKind(
        name="letterbox",
        label="Letterbox",
        group="Film",
        words="Bars as in the cinema.",
        inputs=(
            number("ratio", "Ratio", 2.39, 0.5, 4, unit="ratio"),
            number("amount", "Amount", 1, 0, 1, unit="percent"),
            color("color", "Colour", "#000000"),
        ),
        apply=_over(_letterbox),
        scope="picture",
        static=True,
    ),
    EffectKind(
        name="scanlines",
        label="Scan lines",
        group="Film",
        words="The lines of an old screen.",
        inputs=(
            number("strength", "Strength", 0.25, 0, 1, unit="percent"),
            number("distance", "Distance", 0.005, 0.002, 0.05, step=0.0005, unit="size"),
            number("thickness", "Thickness", 0.4, 0.05, 0.95, unit="percent"),
            color("color", "Colour", "#000000"),
        ),
        apply=_over(_scanlines),
        scope="picture",
        static=True,
    ),
)
