"""What the kinds that draw a spectrum share: which sounds, how tall, in which order, and how peaks hang and fall."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from shared.scene.brush import Brush, Stops
from shared.scene.colors import RGBA, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, number
from shared.spectrum.feature_drive import Driver
from shared.spectrum.features import STEMS, Features

__all__ = [
    "HEARD",
    "ORDER",
    "Floats",
    "arranged",
    "halo",
    "levels",
    "levels_over",
    "peaks",
    "shade",
    "song_of",
    "swell",
]

Floats = npt.NDArray[np.float32]

_PULSES: Final = ("onset", "kick", "hat", "beatPulse", "barPulse")
#: How often the past is looked at for peaks, per second, and how far back.
_PEAK_RATE: Final = 30
_PEAK_SECONDS: Final = 2.0

#: Inputs: what is heard, and how the heights move.
HEARD: Final[tuple[Input, ...]] = (
    number("gain", "Gain", 1, 0.1, 4, step=0.05, unit="ratio", group="Sound"),
    number(
        "contrast",
        "Contrast",
        1.25,
        0.4,
        4,
        step=0.05,
        unit="ratio",
        group="Sound",
        words="Above 1 loud ones stand out.",
    ),
    number("low_hz", "Lowest", 30, 20, 800, step=1, unit="hertz", group="Sound"),
    number("high_hz", "Highest", 14_000, 1_000, 16_000, step=10, unit="hertz", group="Sound"),
    choice(
        "stem", "Stem", "song", ("song", *STEMS), group="Sound", words="Of that stem, where the song was separated."
    ),
    number("attack", "Attack", 0.01, 0, 0.5, unit="seconds", group="Motion"),
    number("release", "Release", 0.18, 0, 2, unit="seconds", group="Motion"),
)
#: Input: where the low notes are.
ORDER: Final = choice(
    "order",
    "Low notes",
    "rising",
    ("rising", "falling", "middle", "edges"),
    words="Left, right, in the middle, outside.",
)


def song_of(frame: Frame, props: Props) -> Features:
    """The features of the stem that is asked for."""
    stem = props.text("stem")
    return frame.features if stem == "song" else frame.features.stem(stem)


def levels(frame: Frame, props: Props, count: int, *, at: float | None = None) -> Floats:
    """Heights 0-1 of `count` bars, low notes first, now or at another time in seconds: float32 [count]."""
    return levels_over(frame, props, count, np.array([frame.t if at is None else at]))[0]


def levels_over(frame: Frame, props: Props, count: int, times: npt.NDArray[np.float64]) -> Floats:
    """`levels` of many times: float32 [times, count]."""
    found = song_of(frame, props).bands_over(
        times,
        count,
        low_hz=props.number("low_hz"),
        high_hz=props.number("high_hz"),
        attack=props.number("attack"),
        release=props.number("release"),
    )
    shaped = np.clip(found * np.float32(props.number("gain")), 0, 1)
    power: Floats = shaped ** np.float32(props.number("contrast"))
    return power


def arranged(order: str, count: int) -> npt.NDArray[np.intp]:
    """Which of the heights stands at each of `count` places; in "middle" and "edges" each stands twice.

    >>> arranged("middle", 5).tolist(), arranged("edges", 4).tolist()
    ([2, 1, 0, 1, 2], [0, 1, 1, 0])
    """
    places = np.arange(count)
    match order:
        case "falling":
            return places[::-1]
        case "middle":
            return np.abs(2 * places - (count - 1)) // 2
        case "edges":
            return (count - 1) // 2 - np.abs(2 * places - (count - 1)) // 2
        case _:
            return places


def peaks(frame: Frame, props: Props, count: int, *, hold: float, fall: float) -> Floats:
    """Where the highest heights hang: they stay for `hold` seconds, then fall ever faster: float32 [count].

    From the past alone, so that it is the same however a time is reached: each height of the last two seconds, as far
    as it has fallen by now, at fixed times so that nothing trembles. fall: heights per second per second.
    """
    last = np.floor(frame.t * _PEAK_RATE)
    times = (last - np.arange(int(_PEAK_SECONDS * _PEAK_RATE))) / _PEAK_RATE
    age = np.maximum(0.0, frame.t - times - hold).astype(np.float32)
    past = levels_over(frame, props, count, times)
    past -= (np.float32(fall / 2) * age * age)[:, None]
    return np.maximum(past.max(axis=0), levels(frame, props, count))


def swell(frame: Frame, name: str, *, stem: str = "song", seconds: float = 0.3) -> float:
    """What a form grows by, 0-1: levels smoothed, since raw ones tremble; pulses, which fade already, as they are."""
    song = frame.features if stem == "song" else frame.features.stem(stem)
    if name in _PULSES:
        return song.value(name, frame.t)
    key = ("swell", name, stem, seconds)
    if key not in frame.shelf:
        frame.shelf[key] = Driver(song, name, smooth_seconds=seconds)
    driver: Driver = frame.shelf[key]
    return driver.at(frame.t)


def shade(brush: Brush, how: str, width: float, height: float, colors: Stops) -> None:
    """Colours of a shape around the origin: from below upwards, from the middle line, or from left to right."""
    match how:
        case "across":
            brush.linear((-width / 2, 0.0), (width / 2, 0.0), colors)
        case "middle":
            both = [*list(colors)[::-1], *list(colors)[1:]]
            brush.linear((0.0, -height / 2), (0.0, height / 2), both)  # type: ignore[arg-type]  # all of one length
        case _:
            brush.linear((0.0, height / 2), (0.0, -height / 2), colors)


def halo(color: RGBA, strength: float) -> RGBA:
    """The colour of the light around a shape."""
    return with_alpha(color, min(1.0, strength))
