"""Colour: grading, two-colour tinting, both as one 4 x 5 matrix on the colours.

Matrices are rows of five: what red, green, blue, alpha and 1 give to one channel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, color, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KINDS", "graded"]

Rows = tuple[tuple[float, ...], ...]

#: Shares of red, green and blue in brightness, ITU-R BT.709-6, item 3.2.
_LUMA: Final = (0.2126, 0.7152, 0.0722)
_ALPHA: Final = (0.0, 0.0, 0.0, 1.0, 0.0)
_SAME: Final[Rows] = ((1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), _ALPHA)


def graded(
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 1.0,
    hue: float = 0.0,
    temperature: float = 0.0,
    tint: float = 0.0,
) -> tuple[float, ...]:
    """20 numbers: hue (degrees), saturation, warmth and tint, contrast around the middle, brightness, in that order.

    >>> graded()[:5]
    (1.0, 0.0, 0.0, 0.0, 0.0)
    """
    rows = _after(_mixed_with_grey(saturation), _hue(hue)) if saturation != 1 or hue else _SAME
    warm = (1 + 0.25 * temperature - 0.1 * tint, 1 + 0.2 * tint, 1 - 0.25 * temperature - 0.1 * tint)
    slope = 1 + contrast if contrast < 0 else 1 / (1 - min(0.95, contrast))
    lift = 0.5 - 0.5 * slope + brightness
    lifted = (
        (slope * warm[0], 0, 0, 0, lift),
        (0, slope * warm[1], 0, 0, lift),
        (0, 0, slope * warm[2], 0, lift),
        _ALPHA,
    )
    return _flat(_after(lifted, rows))


def _hue(degrees: float) -> Rows:
    """Turned around the grey axis: Filter Effects Module Level 1, hueRotate."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    r, g, b = 0.213, 0.715, 0.072
    return (
        (r + cos * (1 - r) - sin * r, g - cos * g - sin * g, b - cos * b + sin * (1 - b), 0, 0),
        (r - cos * r + sin * 0.143, g + cos * (1 - g) + sin * 0.140, b - cos * b - sin * 0.283, 0, 0),
        (r - cos * r - sin * (1 - r), g - cos * g + sin * g, b + cos * (1 - b) + sin * b, 0, 0),
        _ALPHA,
    )


def _mixed_with_grey(saturation: float) -> Rows:
    grey = [(1 - saturation) * share for share in _LUMA]
    rows = [tuple(grey[across] + (saturation if across == at else 0.0) for across in range(3)) for at in range(3)]
    return (*((*row, 0.0, 0.0) for row in rows), _ALPHA)


def _after(second: Sequence[Sequence[float]], first: Sequence[Sequence[float]]) -> Rows:
    """The matrix that does `first`, then `second`."""
    out = []
    for row in second:
        made = [sum(row[at] * first[at][across] for at in range(4)) for across in range(5)]
        made[4] += row[4]
        out.append(tuple(made))
    return tuple(out)


def _flat(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(float(value) for row in rows for value in row)


def _grade(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    names = ("brightness", "contrast", "saturation", "hue", "temperature", "tint")
    matrix = graded(**{name: props.number(name) for name in names})
    if matrix == _flat(_SAME):
        content()
        return
    with brush.within(frame.near), brush.layer(matrix=matrix):
        content()


def _duotone(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    dark, light, amount = props.color("dark"), props.color("light"), props.number("amount")
    if amount <= 0:
        content()
        return
    rows = []
    for at in range(3):
        toned = [amount * share * (light[at] - dark[at]) for share in _LUMA]
        toned[at] += 1 - amount
        rows.append((*toned, 0.0, amount * dark[at]))
    with brush.within(frame.near), brush.layer(matrix=_flat((*rows, _ALPHA))):
        content()


KINDS: Final = (
    EffectKind(
        name="grade",
        label="Colour grade",
        group="Colour",
        words="Brightness, contrast, saturation, hue and warmth.",
        inputs=(
            number("brightness", "Brightness", 0, -0.5, 0.5, unit="percent"),
            number("contrast", "Contrast", 0, -1, 0.8, unit="percent"),
            number("saturation", "Saturation", 1, 0, 2.5, unit="percent"),
            number("hue", "Hue", 0, -360, 360, step=1, unit="degrees"),
            number("temperature", "Warmth", 0, -1, 1, unit="percent"),
            number("tint", "Green or magenta", 0, -1, 1, unit="percent"),
        ),
        apply=_grade,
        static=True,
    ),
    EffectKind(
        name="duotone",
        label="Duotone",
        group="Colour",
        words="Dark places in one colour, light places in another.",
        inputs=(
            color("dark", "Dark", "$0"),
            color("light", "Light", "$1"),
            number("amount", "Amount", 1, 0, 1, unit="percent"),
        ),
        apply=_duotone,
        static=True,
    ),
)
