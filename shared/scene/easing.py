"""Ways from 0 to 1: how a keyframe's value becomes the next one's (Penner's easing functions, in their usual forms)."""

from __future__ import annotations

import math

__all__ = ["ease"]


def ease(kind: str, share: float) -> float:
    """How far the value has gone when `share` (0-1) of the time has; "back" and "elastic" overshoot.

    >>> [round(ease("in-out", share), 2) for share in (0, 0.25, 0.5, 1)]
    [0.0, 0.16, 0.5, 1.0]
    """
    x = min(1.0, max(0.0, share))
    match kind:
        case "hold":
            return 1.0 if x >= 1.0 else 0.0
        case "in":
            return x * x
        case "out":
            return x * (2 - x)
        case "in-out":
            return x * x * (3 - 2 * x)
        case "back":
            return 1 + 2.70158 * (x - 1) ** 3 + 1.70158 * (x - 1) ** 2
        case "bounce":
            return _bounce(x)
        case "elastic":
            return x if x in (0.0, 1.0) else 2 ** (-10 * x) * math.sin((10 * x - 0.75) * 2 * math.pi / 3) + 1
        case _:
            return x


def _bounce(x: float) -> float:
    for start, middle, floor in ((1 / 2.75, 0.0, 0.0), (2 / 2.75, 1.5, 0.75), (2.5 / 2.75, 2.25, 0.9375)):
        if x < start:
            return 7.5625 * (x - middle / 2.75) ** 2 + floor
    return 7.5625 * (x - 2.625 / 2.75) ** 2 + 0.984375
