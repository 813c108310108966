"""Blur and mosaic: the content painted small, and drawn large again, smoothly or as blocks.

Halving a picture over and over and scaling it up smoothly is a blur whose cost does not grow with its size. Between two
halvings the pictures are mixed, so that a blur that follows the music does not jump.
"""

from __future__ import annotations

import math
from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KINDS"]


def _blur(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    pixels = props.number("amount") * frame.unit
    if pixels < 1:
        content()
        return
    level = math.log2(pixels)
    small, share = 1 << int(level), level - int(level)
    with brush.offscreen(small) as near:
        content()
    with brush.offscreen(2 * small) as far:
        brush.stamp(near)
    with brush.offscreen(small) as mixed:
        brush.stamp(near, opacity=1 - share)
        brush.stamp(far, opacity=share, blend="plus", sampling="cubic")
    with brush.within(frame.around(3 * pixels)):
        brush.stamp(mixed, sampling="cubic")


def _mosaic(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    blocks = round(props.number("amount") * frame.unit)
    if blocks < 2:
        content()
        return
    with brush.offscreen(blocks) as slot:
        content()
    with brush.within(frame.around(blocks)):
        brush.stamp(slot, sampling="nearest")


KINDS: Final = (
    EffectKind(
        name="blur",
        label="Blur",
        group="Light",
        words="Out of focus.",
        inputs=(number("amount", "Amount", 0.01, 0, 0.2, step=0.001, unit="size"),),
        apply=_blur,
        static=True,
    ),
    EffectKind(
        name="mosaic",
        label="Mosaic",
        group="Shape",
        words="Coarse square blocks.",
        inputs=(number("amount", "Block", 0.02, 0, 0.3, step=0.001, unit="size"),),
        apply=_mosaic,
        static=True,
    ),
)
