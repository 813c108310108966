"""Particles that fill the air: embers, snow, dust, fireflies, bokeh, stars."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, number
from shared.scene.layers.particles import Swarm, particle_kind, shared_inputs

__all__ = ["KINDS"]

_TAU: Final = 2 * math.pi
#: The golden section: its multiples' fractions are spread evenly, so that each life begins somewhere else.
_GOLDEN: Final = 0.6180339887


def _sizes(frame: Frame, props: Props, chance: np.ndarray) -> np.ndarray:
    """Few large, many small."""
    return props.number("size") * frame.unit * (1 - props.number("vary") * (1 - chance**2))


def _rise(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    life = np.mod(p[:, 0] + travel * (0.05 + 0.09 * p[:, 1].astype(np.float64)), 1.0)
    sway = props.number("sway") * frame.unit * np.sin(_TAU * (p[:, 3] + life * (1 + 2 * p[:, 4])))
    x = (p[:, 2] - 0.5) * 1.1 * frame.width + sway
    y = (0.56 - 1.12 * life) * frame.height
    alpha = np.sin(life * math.pi) * (0.3 + 0.7 * p[:, 5])
    return Swarm(x, y, _sizes(frame, props, p[:, 6]), _TAU * p[:, 3] + 2 * life, p[:, 7], alpha)


def _snow(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    near = 0.25 + 0.75 * p[:, 0] ** 2  # what is near is large and quick
    down = np.mod(p[:, 1] + travel * 0.11 * near.astype(np.float64), 1.0)
    wind = props.number("wind") * travel * 0.11 * near.astype(np.float64)
    along = np.mod(p[:, 2] + wind + 0.03 * np.sin(_TAU * (p[:, 3] + down * 2)), 1.0)
    x, y = (along - 0.5) * 1.2 * frame.width, (down - 0.5) * 1.2 * frame.height
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - near))
    turn = _TAU * p[:, 4] + (p[:, 5] - 0.5) * travel
    return Swarm(x, y, size, turn, p[:, 7], 0.35 + 0.65 * near)


def _dust(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    turn = _TAU * (p[:, 3] + travel * (0.02 + 0.05 * p[:, 4].astype(np.float64)))
    reach = props.number("sway") * frame.unit
    x = (p[:, 0] - 0.5) * 1.05 * frame.width + reach * np.sin(turn + _TAU * p[:, 1])
    y = (p[:, 1] - 0.5) * 1.05 * frame.height + reach * np.cos(turn * 0.73 + _TAU * p[:, 2])
    twinkle = 0.5 + 0.5 * np.sin(_TAU * (p[:, 5] + frame.t * (0.1 + 0.4 * p[:, 4].astype(np.float64))))
    return Swarm(x, y, _sizes(frame, props, p[:, 6]), _TAU * p[:, 2], p[:, 7], 0.15 + 0.85 * twinkle * p[:, 5])


def _fireflies(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    way = travel * (0.03 + 0.04 * p[:, 4].astype(np.float64))
    reach = props.number("sway") * frame.unit
    x = (p[:, 0] - 0.5) * frame.width + reach * (np.sin(_TAU * (way + p[:, 1])) + 0.4 * np.sin(_TAU * 2.7 * way))
    y = (p[:, 1] - 0.5) * frame.height + reach * (np.cos(_TAU * (way * 0.8 + p[:, 2])) + 0.4 * np.cos(_TAU * 3.1 * way))
    # Dark for most of the time, then a slow light: a firefly's sign.
    light = np.clip(np.sin(_TAU * (p[:, 3] + travel * (0.08 + 0.1 * p[:, 5].astype(np.float64)))), 0, 1) ** 1.5
    return Swarm(x, y, _sizes(frame, props, p[:, 6]), np.zeros(len(p)), p[:, 7], light)


def _bokeh(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    age = p[:, 0] + travel * (0.035 + 0.05 * p[:, 1].astype(np.float64))
    life, number_of = np.mod(age, 1.0), np.floor(age)
    x0 = np.mod(p[:, 2] + number_of * _GOLDEN, 1.0)
    y0 = np.mod(p[:, 3] + number_of * _GOLDEN * _GOLDEN, 1.0)
    x = (x0 - 0.5) * 1.1 * frame.width + props.number("sway") * frame.unit * (life - 0.5) * (p[:, 4] * 2 - 1) * 2
    y = (y0 - 0.5) * 1.1 * frame.height - props.number("sway") * frame.unit * (life - 0.5)
    alpha = np.sin(life * math.pi) ** 2 * (0.25 + 0.75 * p[:, 5])
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6]))
    return Swarm(x, y, size, np.zeros(len(p)), p[:, 7], alpha)


def _stars(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    """A sky that turns around its pole, with stars that twinkle."""
    far = np.sqrt(p[:, 0]) * 0.62 * math.hypot(frame.width, frame.height)
    turn = _TAU * p[:, 1] + math.radians(props.number("turning")) * travel
    x = far * np.cos(turn)
    y = far * np.sin(turn)
    twinkle = 0.7 + 0.3 * np.sin(_TAU * (p[:, 3] + frame.t * (0.2 + 1.1 * p[:, 4].astype(np.float64))))
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6] ** 4))
    return Swarm(x, y, size, np.zeros(len(p)), p[:, 7], twinkle * (0.25 + 0.75 * p[:, 5] ** 2))


def _sway(default: float, label: str = "Sway") -> tuple[Input, ...]:
    return (number("sway", label, default, 0, 0.5, step=0.005, unit="size", group="Motion"),)


KINDS: Final = (
    particle_kind(
        "embers", "Embers", "Sparks that rise and fade; hearts and bubbles too.", _rise,
        (*shared_inputs(count=260, size=0.06, shape="glint"), *_sway(0.05)),
    ),
    particle_kind(
        "snow", "Snow", "Flakes that fall, near ones larger and quicker; petals and leaves too.", _snow,
        (
            *shared_inputs(count=420, size=0.034, shape="dot", mix="normal", colors=("$4", "$4")),
            number("wind", "Wind", 0.4, -4, 4, unit="ratio", group="Motion"),
        ),
    ),
    particle_kind(
        "dust", "Dust", "Motes in a beam of light.", _dust,
        (*shared_inputs(count=260, size=0.024, shape="dot", colors=("$4", "$3"), opacity=0.7), *_sway(0.06)),
    ),
    particle_kind(
        "fireflies", "Fireflies", "Lights that wander, glow and go out.", _fireflies,
        (*shared_inputs(count=90, size=0.12, shape="glint", colors=("$3", "$1"), opacity=1.0), *_sway(0.12)),
    ),
    particle_kind(
        "bokeh", "Bokeh", "Large blurred lights; many large ones are dear.", _bokeh,
        (*shared_inputs(count=40, size=0.22, shape="bokeh", opacity=0.45), *_sway(0.08, "Drift")),
    ),
    particle_kind(
        "stars", "Stars", "A night sky that turns slowly.", _stars,
        (
            *shared_inputs(count=700, size=0.035, shape="glint", colors=("$4", "$2"), opacity=1.0),
            number("turning", "Degrees per second", 0.6, -30, 30, step=0.1, group="Motion"),
        ),
    ),
)  # fmt: skip
