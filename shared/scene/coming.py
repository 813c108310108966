"""How a layer comes and goes: its range of time, moved to beats where it asks for it, and its look in transitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.scene.easing import ease
from shared.schema.project import Layer, Transition
from shared.spectrum.features import Features

__all__ = ["PRESENT", "Presence", "Stay", "stay"]


@dataclass(frozen=True)
class Presence:
    """How much of a layer is there: opacity and wipe 0-1, dx and dy in canvas widths and heights, turn in degrees."""

    opacity: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    wipe: float = 1.0


PRESENT = Presence()


@dataclass(frozen=True)
class Stay:
    """A layer's range of time in seconds, and how it begins and ends."""

    start: float
    end: float
    enter: Transition | None
    leave: Transition | None

    @property
    def endless(self) -> bool:
        """Whether it is always there and always the same."""
        return self.start == -np.inf and self.end == np.inf

    def at(self, t: float) -> Presence | None:
        """The layer's presence at a time; None when it is not there."""
        if not self.start <= t < self.end:
            return None
        if self.enter is not None and self.enter.seconds > 0 and t < self.start + self.enter.seconds:
            return _look(self.enter.kind, (t - self.start) / self.enter.seconds, leaving=False)
        if self.leave is not None and self.leave.seconds > 0 and t > self.end - self.leave.seconds:
            return _look(self.leave.kind, (self.end - t) / self.leave.seconds, leaving=True)
        return PRESENT


def stay(layer: Layer, features: Features) -> Stay:
    """When a layer is there. A transition without a time of its own begins with the song, or ends with it."""
    start = _snapped(layer.start, layer.enter, features, default=0.0)
    end = _snapped(layer.end, layer.leave, features, default=features.seconds)
    return Stay(-np.inf if start is None else start, np.inf if end is None else end, layer.enter, layer.leave)


def _snapped(at: float | None, how: Transition | None, features: Features, *, default: float) -> float | None:
    if at is None and how is None:
        return None
    wanted = default if at is None else at
    if how is None or how.snap == "none":
        return wanted
    places = {
        "beat": features.beats,
        "bar": features.downbeats,
        "section": np.array([section.start_seconds for section in features.sections]),
    }[how.snap]
    return wanted if len(places) == 0 else float(places[np.argmin(np.abs(places - wanted))])


def _look(kind: str, share: float, *, leaving: bool) -> Presence:
    """share: how much of it is there, 0-1."""
    there = ease("out", share)
    away = 1.0 - there
    side = -1.0 if leaving else 1.0
    match kind:
        case "none":
            return PRESENT
        case "slide-up":
            return Presence(opacity=there, dy=0.25 * away * side)
        case "slide-down":
            return Presence(opacity=there, dy=-0.25 * away * side)
        case "slide-left":
            return Presence(opacity=there, dx=0.25 * away * side)
        case "slide-right":
            return Presence(opacity=there, dx=-0.25 * away * side)
        case "zoom":
            return Presence(opacity=there, scale=1.0 + (0.6 if leaving else -0.4) * away)
        case "spin":
            return Presence(opacity=there, scale=1.0 - 0.5 * away, turn=180.0 * away * side)
        case "wipe":
            return Presence(wipe=share)
        case _:
            return Presence(opacity=share)
