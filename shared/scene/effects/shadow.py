"""Shadow: the content's shape in one colour, soft, drawn beneath it at a distance."""

from __future__ import annotations

import math
from typing import Final

from shared.scene.brush import Brush
from shared.scene.colors import RGBA
from shared.scene.frame import Frame
from shared.scene.inputs import Props, color, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KIND"]


def _apply(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    angle, far = math.radians(props.number("angle")), props.number("distance") * frame.unit
    softness = round(props.number("softness") * frame.unit)
    fine = max(1, softness // 2)
    with (
        brush.offscreen(fine) as slot,
        brush.layer(matrix=_matrix(props.color("color"), props.number("strength"))),
        # Moved while it is small: a copy that lies as it was painted is made larger more quickly.
        brush.moved(math.cos(angle) * far, math.sin(angle) * far),
    ):
        content()
    if softness >= 4:
        fine = softness
        with brush.offscreen(fine) as soft:
            brush.stamp(slot)
        slot = soft
    with brush.within(frame.around(far + 2 * softness)):
        brush.stamp(slot, sampling="cubic" if fine > 1 else "linear")
    content()


def _matrix(tint: RGBA, strength: float) -> tuple[float, ...]:
    """Any colour becomes the tint; the shape's alpha stays."""
    rows = ((0, 0, 0, 0, tint[0]), (0, 0, 0, 0, tint[1]), (0, 0, 0, 0, tint[2]), (0, 0, 0, tint[3] * strength, 0))
    return tuple(float(value) for row in rows for value in row)


KIND: Final = EffectKind(
    name="shadow",
    label="Shadow",
    group="Light",
    words="A soft shadow beneath.",
    inputs=(
        color("color", "Colour", "#000000"),
        number("strength", "Strength", 0.7, 0, 2, unit="percent"),
        number("softness", "Softness", 0.03, 0, 0.2, step=0.001, unit="size"),
        number("distance", "Distance", 0.02, 0, 0.3, step=0.001, unit="size"),
        number("angle", "Angle", 70, -360, 360, step=1, unit="degrees"),
    ),
    apply=_apply,
    scope="layer",
    static=True,
)
