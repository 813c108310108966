"""Particles that something throws: a fountain, bursts on beats, orbits, confetti; and lines: warp and rain."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import mix, with_alpha
from shared.scene.effects.flashes import thinned
from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.particles import MOST, Swarm, carried, particle_kind, shared_inputs
from shared.scene.layers.sprites import sprite
from shared.scene.music import felt, follow

__all__ = ["KINDS"]

_TAU: Final = 2 * math.pi
_GOLDEN: Final = 0.6180339887
#: Steps of how far a piece of paper is turned away: each is a sprite of its own, since sprites keep their ratio.
_FLIPS: Final = (0.12, 0.35, 0.6, 0.82, 1.0)


def _fountain(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    age = p[:, 0] + travel * (0.22 + 0.12 * p[:, 1].astype(np.float64))
    life, turn_of = np.mod(age, 1.0), np.floor(age)
    angle = math.radians(props.number("spread")) * (np.mod(p[:, 2] + turn_of * _GOLDEN, 1.0) - 0.5)
    force = props.number("force") * frame.unit * (0.6 + 0.4 * p[:, 3])
    x = np.sin(angle) * force * life * 2.2
    y = (life - np.cos(angle)) * force * life * 4.2
    alpha = np.clip(life * 12, 0, 1) * (1 - life) ** 1.5
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6] ** 2)) * (1 - 0.5 * life)
    return Swarm(x, y, size, 4 * life, p[:, 7], alpha)


def _burst(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    """Every beat throws a share of the particles out; they brake and fade."""
    lasts = props.number("lasts")
    beats = frame.features.beats if props.text("on") == "beat" else frame.features.downbeats
    times = frame.keep(("burst", props.text("on")), lambda: thinned(beats, 0.25))
    last = int(np.searchsorted(times, frame.t, side="right"))
    groups = 1 + int(lasts / 0.25)
    group = np.arange(len(p)) % groups
    # The beat that this particle was thrown by last: those of its group come every `groups` beats.
    number_of = last - 1 - np.mod(last - 1 - group, groups)
    there = number_of >= 0
    since = frame.t - times[np.clip(number_of, 0, None)] if len(times) else np.full(len(p), np.inf)
    life = np.clip(since / lasts, 0, 1)
    angle = _TAU * np.mod(p[:, 2] + number_of * _GOLDEN, 1.0)
    reach = props.number("reach") * frame.unit * (0.25 + 0.75 * np.sqrt(p[:, 3])) * (1 - np.exp(-3.5 * life)) / 0.97
    start = props.number("start") * frame.unit
    x = np.cos(angle) * (start + reach)
    y = np.sin(angle) * (start + reach) + props.number("fall") * frame.unit * life**2
    alpha = np.where(there & (life < 1), (1 - life) ** 1.3, 0.0)
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6] ** 2)) * (1 - 0.6 * life)
    return Swarm(x, y, size, angle + 3 * life, p[:, 7], alpha)


def _orbit(frame: Frame, props: Props, travel: float, p: np.ndarray) -> Swarm:
    """Circles seen from the side; inner ones go round faster, as planets do."""
    wide = props.number("width")
    rings = props.number("radius") * frame.unit * (1 + wide * (p[:, 0] ** 1.5 - 0.3))
    rings = rings * (1 + 0.12 * props.number("pulse") * felt(frame, props.text("pulse_by")))
    rate = 0.06 / np.clip(1 + wide * (p[:, 0].astype(np.float64) ** 1.5 - 0.3), 0.2, None) ** 1.5
    turn = _TAU * (p[:, 1] + travel * rate)
    tilt = math.radians(props.number("tilt"))
    x = np.cos(turn) * rings
    deep = np.sin(turn) * rings
    lift = (p[:, 2] - 0.5) * 0.12 * wide * rings
    y = deep * math.sin(tilt) + lift * math.cos(tilt)
    near = 1 + 0.45 * np.sin(turn) * math.cos(tilt)
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6] ** 2)) * near
    alpha = np.clip(near * 0.7, 0.1, 1) * (0.35 + 0.65 * p[:, 5])
    return Swarm(x, y, size, turn, p[:, 7], alpha)


def _confetti(brush: Brush, frame: Frame, props: Props) -> None:
    """Paper that falls, sways and turns over."""
    count = props.count("count")
    if count == 0:
        return
    p, travel = frame.chance("particles", MOST, 8)[:count], carried(frame, props)
    down = np.mod(p[:, 0] + travel * (0.1 + 0.08 * p[:, 1].astype(np.float64)), 1.0)
    sway = 0.05 * frame.unit * np.sin(_TAU * (p[:, 3] + down * (1 + 2 * p[:, 4])))
    x = (p[:, 2] - 0.5) * 1.1 * frame.width + sway
    y = (down - 0.5) * 1.2 * frame.height
    over = np.abs(np.cos(_TAU * (p[:, 5] + travel * (0.3 + 0.6 * p[:, 4].astype(np.float64)))))
    turn = _TAU * p[:, 3] + travel * (p[:, 5] - 0.5) * 2 + 0.6 * np.sin(_TAU * down)
    size = props.number("size") * frame.unit * (1 - props.number("vary") * (1 - p[:, 6])) * np.ones(count)
    rows = np.empty((count, 8), np.float32)
    rows[:, 0], rows[:, 1], rows[:, 3] = x, y, turn
    rows[:, 2] = size / 64 * (1 + props.number("pulse") * felt(frame, props.text("pulse_by")) * 0.3)
    colors = np.array([props.color(name) for name in ("first", "second", "third", "fourth")], np.float32)
    rows[:, 4:] = colors[(p[:, 7] * 4).astype(np.int64) % 4]
    # A side that is turned away is darker: paper, not a flat sign.
    rows[:, 4:7] *= (0.62 + 0.38 * over)[:, None]
    rows[:, 7] *= props.number("glow")
    steps = np.minimum((over * len(_FLIPS)).astype(np.int64), len(_FLIPS) - 1)
    for at, squeeze in enumerate(_FLIPS):
        number_of = sprite(frame, props.text("shape"), squeeze=squeeze)
        brush.sprites(number_of, rows[steps == at], blend="normal")


def _warp(brush: Brush, frame: Frame, props: Props) -> None:
    """Stars that fly past: lines from where each was a moment ago, in four depths with a width and a light each."""
    count = props.count("count")
    p, travel = frame.chance("stars", MOST, 4)[:count], carried(frame, props)
    depth = 1 - np.mod(p[:, 0] + travel * 0.12, 1.0)
    angle, away = _TAU * p[:, 1], (0.06 + 0.94 * p[:, 2]) * 0.35 * math.hypot(frame.width, frame.height)
    long = 0.004 + 0.05 * props.number("length") * (1 + props.number("pulse") * felt(frame, props.text("pulse_by")))
    near = away / np.maximum(depth, 0.02)
    # Its tail lies deeper: what is close has a longer line.
    tail = away / (np.maximum(depth, 0.02) + long)
    rows = np.stack([np.cos(angle) * tail, np.sin(angle) * tail, np.cos(angle) * near, np.sin(angle) * near], axis=1)
    seen = (tail < 0.75 * math.hypot(frame.width, frame.height)) & (depth < 0.97)
    for at in range(4):
        inside = seen & (depth >= at / 4) & (depth < (at + 1) / 4)
        light = (1 - (at + 0.3) / 4.6) * props.number("glow")
        tint = mix(props.color("first"), props.color("second"), at / 3)
        width = props.number("size") * frame.unit * (1.25 - at / 4)
        brush.stroke(with_alpha(tint, light), width, blend=props.text("mix"))
        brush.segments(rows[inside].astype(np.float32))


def _rain(brush: Brush, frame: Frame, props: Props) -> None:
    count = props.count("count")
    p, travel = frame.chance("rain", MOST, 4)[:count], carried(frame, props)
    slant = math.tan(math.radians(props.number("slant")))
    for at in range(3):
        part = p[at::3]
        near = (1, 0.66, 0.42)[at]
        down = np.mod(part[:, 0] + travel * 0.9 * near * (0.85 + 0.3 * part[:, 1].astype(np.float64)), 1.0)
        tall = props.number("length") * frame.unit * near
        y = (down - 0.5) * (frame.height + 2 * tall)
        x = (part[:, 2] - 0.5) * (frame.width + abs(slant) * frame.height) - slant * y
        rows = np.stack([x, y, x - slant * tall, y + tall], axis=1).astype(np.float32)
        tint = with_alpha(mix(props.color("first"), props.color("second"), at / 2), props.number("glow") * near)
        brush.stroke(tint, props.number("size") * frame.unit * near, blend=props.text("mix"))
        brush.segments(rows)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return frame.width, frame.height


def _lines(
    *, count: int, size: float, length: float, colors: tuple[str, str], glow: float, pulse: float
) -> tuple[Input, ...]:
    return (
        number("count", "Lines", count, 0, MOST, whole=True, unit="count"),
        number("size", "Thickness", size, 0.0003, 0.02, step=0.0001, unit="size"),
        number("length", "Length", length, 0, 1, unit="ratio"),
        color("first", "Near colour", colors[0]),
        color("second", "Far colour", colors[1]),
        number("glow", "Brightness", glow, 0, 1, unit="percent"),
        choice("mix", "Mix", "plus", ("plus", "normal", "screen")),
        number("speed", "Speed", 1, 0, 8, unit="ratio", group="Motion"),
        follow("follow", "Pushed by", "bass"),
        number("push", "Push", 1.5, 0, 12, unit="ratio", group="Music"),
        follow("pulse_by", "Stretched by", "kick"),
        number("pulse", "Stretch", pulse, 0, 6, unit="ratio", group="Music"),
    )


KINDS: Final = (
    particle_kind(
        "fountain", "Fountain", "Sparks thrown up from the middle, that fall again.", _fountain,
        (
            *shared_inputs(count=420, size=0.06, shape="glint"),
            number("spread", "Spread", 70, 0, 360, step=1, unit="degrees", group="Motion"),
            number("force", "Force", 0.6, 0.05, 2, unit="size", group="Motion"),
        ),
    ),
    particle_kind(
        "burst", "Bursts", "Every beat throws particles out of the middle.", _burst,
        (
            *shared_inputs(count=420, size=0.07, shape="glint"),
            choice("on", "On", "beat", ("beat", "bar")),
            number("start", "From", 0.0, 0, 1, unit="size", group="Motion"),
            number("reach", "Reach", 0.6, 0.05, 2, unit="size", group="Motion"),
            number("fall", "Fall", 0.05, -1, 1, unit="size", group="Motion"),
            number("lasts", "Lasts", 1.2, 0.2, 4, unit="seconds", group="Motion"),
        ),
    ),
    particle_kind(
        "orbit", "Orbits", "A ring of particles that circle the middle.", _orbit,
        (
            *shared_inputs(count=520, size=0.045, shape="glint"),
            number("radius", "Radius", 0.36, 0.02, 1.5, unit="size", group="Motion"),
            number("width", "Width of the ring", 0.5, 0, 1, unit="percent", group="Motion"),
            number("tilt", "Tilt", 22, -90, 90, step=1, unit="degrees", group="Motion"),
        ),
    ),
    LayerKind(
        name="confetti", label="Confetti", group="Particles", words="Paper in four colours that falls and turns over.",
        inputs=(
            *shared_inputs(count=180, size=0.045, shape="square", mix="normal", colors=("$1", "$2"), opacity=1.0),
            color("third", "Third colour", "$3"),
            color("fourth", "Fourth colour", "$4"),
        ),
        draw=_confetti, extent=_extent,
    ),
    LayerKind(
        name="warp", label="Warp", group="Particles", words="Stars that fly past as lines.",
        inputs=_lines(count=420, size=0.003, length=0.5, colors=("$4", "$2"), glow=0.9, pulse=1.5),
        draw=_warp, extent=_extent,
    ),
    LayerKind(
        name="rain", label="Rain", group="Particles", words="Rain, near and far.",
        inputs=(
            *_lines(count=300, size=0.0018, length=0.09, colors=("$4", "$2"), glow=0.35, pulse=0.0),
            number("slant", "Slant", 8, -60, 60, step=1, unit="degrees", group="Motion"),
        ),
        draw=_rain, extent=_extent,
    ),
)  # fmt: skip
