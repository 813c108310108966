"""Glow: light around what is bright, from a small copy of the layer that is drawn over it once more, larger and added.

A copy of 1/16 of the size, scaled up smoothly, is a blur that costs little on a CPU and agrees between painters.
"""

from __future__ import annotations

from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND"]


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    content()
    strength = props.number("strength")
    if strength <= 0:
        return
    with brush.offscreen(max(2, round(props.number("size") * frame.unit / 2))) as slot:
        content()
    brush.stamp(slot, opacity=min(1.0, strength), blend="plus", sampling="cubic")


KIND: Final = EffectKind(
    name="glow",
    label="Glow",
    group="Light",
    words="Light around what is bright.",
    inputs=(
        number("strength", "Strength", 0.7, 0, 1, unit="percent"),
        number("size", "Size", 0.03, 0.004, 0.2, step=0.001, unit="size"),
    ),
    apply=_apply,
)
