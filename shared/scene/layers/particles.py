"""What all particles share: their inputs, how far the music has carried them, and how they are stamped.

Nothing is simulated: where a particle is follows from the time, its own chances, and the integral of the music so far,
so that any moment can be asked for first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import mix_rows
from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, color, number
from shared.scene.kind import LayerKind
from shared.scene.layers.sprites import SHAPES, SIDE, sprite
from shared.scene.music import felt, follow, travelled

__all__ = ["MOST", "Swarm", "carried", "particle_kind", "particle_rows", "shared_inputs"]

MOST: Final = 3000


@dataclass(frozen=True)
class Swarm:
    """Where particles are, all [n]: canvas pixels from the middle, sizes in pixels, turns in radians.

    share: 0-1 between the two colours; alpha: 0-1.
    """

    x: np.ndarray
    y: np.ndarray
    size: np.ndarray
    turn: np.ndarray
    share: np.ndarray
    alpha: np.ndarray


Place = Callable[[Frame, Props, float, np.ndarray], Swarm]


def shared_inputs(
    *,
    count: int,
    size: float,
    shape: str,
    speed: float = 1.0,
    mix: str = "plus",
    colors: tuple[str, str] = ("$1", "$2"),
    opacity: float = 0.8,
) -> tuple[Input, ...]:
    """What one can set of every kind of particles."""
    return (
        number("count", "Particles", count, 0, MOST, whole=True, unit="count"),
        choice("shape", "Shape", shape, tuple(SHAPES)),
        number("size", "Size", size, 0.002, 0.5, step=0.001, unit="size"),
        number("vary", "Sizes differ", 0.7, 0, 1, unit="percent"),
        color("first", "Colour", colors[0]),
        color("second", "Second colour", colors[1]),
        number("glow", "Brightness", opacity, 0, 1, unit="percent"),
        choice("mix", "Mix", mix, ("plus", "normal", "screen")),
        number("speed", "Speed", speed, 0, 8, unit="ratio", group="Motion"),
        follow("follow", "Pushed by", "bass"),
        number("push", "Push", 1.5, 0, 12, unit="ratio", words="How much faster when it is loud.", group="Music"),
        follow("pulse_by", "Pulse with", "kick"),
        number("pulse", "Pulse", 0.35, 0, 3, unit="ratio", words="How much larger on a blow.", group="Music"),
    )


def carried(frame: Frame, props: Props) -> float:
    """Seconds of travel so far: time times speed, where a moving speed would jump, and a push, which does not."""
    return frame.t * props.number("speed") + props.number("push") * travelled(frame, props.text("follow"))


def particle_rows(props: Props, swarm: Swarm, *, swell: float = 1.0) -> np.ndarray:
    """Rows of the op `sprites`: float32 [n, 8]."""
    rows = np.empty((len(swarm.x), 8), np.float32)
    rows[:, 0], rows[:, 1] = swarm.x, swarm.y
    rows[:, 2] = swarm.size * (swell / SIDE)
    rows[:, 3] = swarm.turn
    rows[:, 4:] = mix_rows([props.color("first"), props.color("second")], swarm.share)
    rows[:, 7] *= swarm.alpha * props.number("glow")
    return rows[(rows[:, 7] > 1 / 510) & (rows[:, 2] > 0)]


def particle_kind(
    name: str, label: str, words: str, place: Place, inputs: tuple[Input, ...], *, lanes: int = 8
) -> LayerKind:
    """A kind of particles. place: where they are, from frame, inputs, travel, and chances [n, lanes]."""

    def draw(brush: Brush, frame: Frame, props: Props) -> None:
        count = props.count("count")
        if count == 0:
            return
        # Always the same table, so that more particles do not move those there are.
        chances = frame.chance("particles", MOST, lanes)[:count]
        swarm = place(frame, props, carried(frame, props), chances)
        swell = 1 + props.number("pulse") * felt(frame, props.text("pulse_by"))
        shape = sprite(frame, props.text("shape"))
        brush.sprites(shape, particle_rows(props, swarm, swell=swell), blend=props.text("mix"))

    return LayerKind(
        name=name, label=label, group="Particles", words=words, inputs=inputs, draw=draw, extent=_extent
    )  # fmt: skip


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return frame.width, frame.height
