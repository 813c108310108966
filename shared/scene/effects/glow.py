"""Glow: light around what is bright, from small copies of the content that are drawn over it once more and added.

A copy of 1/16 of the size, scaled up smoothly, is a blur that costs little on a CPU and agrees between painters. A near
and a far copy together fall off as light does; they are put together while small, so that one full-sized stamp is paid.
"""

from __future__ import annotations

from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND"]


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    content()
    strength = props.number("strength")
    if strength <= 0:
        return
    fine = max(2, round(props.number("size") * frame.unit / 3))
    with brush.offscreen(fine) as near, brush.layer(matrix=_matrix(props.number("threshold"), strength)):
        content()
    with brush.offscreen(2 * fine) as middle:
        brush.stamp(near)
    with brush.offscreen(4 * fine) as far:
        brush.stamp(middle)
    with brush.offscreen(fine) as light:
        brush.stamp(near, opacity=1 - props.number("spread") / 2, sampling="cubic")
        brush.stamp(far, opacity=props.number("spread"), blend="plus", sampling="cubic")
    with brush.within(frame.around(5 * fine)):
        brush.stamp(light, blend=props.text("mix"), sampling="cubic")


def _matrix(threshold: float, strength: float) -> tuple[float, ...]:
    """Colours above the threshold, stretched to the whole range; the strength as alpha, which may go above 1."""
    gain = 1 / (1 - threshold)
    off = -threshold * gain
    return (gain, 0, 0, 0, off, 0, gain, 0, 0, off, 0, 0, gain, 0, off, 0, 0, 0, strength, 0)


KIND: Final = EffectKind(
    name="glow",
    label="Glow",
    group="Light",
    words="Light around what is bright.",
    inputs=(
        number("strength", "Strength", 0.6, 0, 2, unit="percent"),
        number("size", "Size", 0.03, 0.004, 0.2, step=0.001, unit="size"),
        number("spread", "Spread", 0.6, 0, 1, unit="percent", words="How much of the light reaches far."),
        number(
            "threshold",
            "From brightness",
            0.15,
            0,
            0.95,
            unit="percent",
            words="Only what is brighter than this glows.",
        ),
        choice("mix", "Mix", "plus", ("plus", "screen")),
    ),
    apply=_apply,
    static=True,
)
