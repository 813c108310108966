"""Strobe and flicker, within what is safe for people with photosensitive epilepsy.

WCAG 2.2, success criterion 2.3.1: not more than three flashes within one second. The strobe's pulses lie at least
0.36 s apart, so that any second holds three at most, whatever the music does. The flicker stays below what counts as a
flash at all there: a change of brightness of 10 % of full.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.effects.motion import wander
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number
from shared.scene.kind import Content, EffectKind

__all__ = ["KINDS", "LEAST_SECONDS", "thinned"]

#: More than a third of a second, with room for a frame of a film at 24 per second.
LEAST_SECONDS: Final = 0.36


def thinned(times: Sequence[float] | np.ndarray, least: float) -> np.ndarray:
    """Those of ascending times that lie at least so many seconds after the one kept before.

    >>> thinned([0.0, 0.2, 0.5, 0.7, 1.0], 0.36).tolist()
    [0.0, 0.5, 1.0]
    """
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] >= least:
            kept.append(float(time))
    return np.array(kept)


def _pulses(frame: Frame, props: Props) -> np.ndarray:
    features, on = frame.features, props.text("on")
    least = max(LEAST_SECONDS, 1 / props.number("most"))
    match on:
        case "beat":
            times = features.beats
        case "bar":
            times = features.downbeats
        case "section":
            times = np.array([part.start_seconds for part in features.sections])
        case _:
            times = np.arange(0.0, features.seconds, least)
    return frame.keep(("pulses", on, least), lambda: thinned(times, least))


def _strobe(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    content()
    pulses = _pulses(frame, props)
    at = int(np.searchsorted(pulses, frame.t, side="right")) - 1
    if at < 0:
        return
    share = props.number("amount") * math.exp(-(frame.t - float(pulses[at])) / props.number("fade"))
    if share >= 1 / 255:
        brush.fill(with_alpha(props.color("color"), share))
        brush.paint_all()


def _flicker(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    content()
    dark = props.number("amount") * (0.5 + 0.5 * wander(frame.t * props.number("speed"), 7))
    brush.fill((0.0, 0.0, 0.0, round(255 * dark) / 255))
    brush.paint_all()


KINDS: Final = (
    EffectKind(
        name="strobe",
        label="Strobe",
        group="Film",
        words="Flashes with the music, never more than three in a second.",
        inputs=(
            choice("on", "On", "beat", ("beat", "bar", "section", "steady")),
            color("color", "Colour", "#ffffff"),
            number("amount", "Amount", 0.35, 0, 1, unit="percent"),
            number("fade", "Fades in", 0.09, 0.02, 0.5, unit="seconds"),
            number("most", "Most in a second", 2, 0.1, 1 / LEAST_SECONDS, step=0.1),
        ),
        apply=_strobe,
        scope="picture",
    ),
    EffectKind(
        name="flicker",
        label="Flicker",
        group="Film",
        words="The uneven light of an old projector, too weak to count as flashes.",
        inputs=(
            number("amount", "Amount", 0.05, 0, 0.09, step=0.005, unit="percent"),
            number("speed", "Speed", 7, 1, 12, step=0.5, unit="ratio"),
        ),
        apply=_flicker,
        scope="picture",
    ),
)
