"""What the kinds that draw the waveform share: a window around now that does not tremble, and outlines of long ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, number, switch
from shared.scene.layers.spectra import Floats
from shared.spectrum.features import STEMS, WAVE_RATE, Features

__all__ = ["HEARD_WAVE", "grid_offset", "loudest", "sound", "wave_of"]

#: How far a steady window moves to begin where the wave rises through 0: half a period of 50 Hz.
_SEARCH_SECONDS: Final = 0.01

#: Inputs: what is heard.
HEARD_WAVE: Final[tuple[Input, ...]] = (
    number("gain", "Gain", 1, 0.1, 6, step=0.05, unit="ratio", group="Sound"),
    number("seconds", "Window", 0.05, 0.01, 12, step=0.01, unit="seconds", group="Sound", words="How much is seen."),
    switch("steady", "Steady", True, group="Sound", words="Starts each picture at the same point of the wave."),
    choice("stem", "Stem", "song", ("song", *STEMS), group="Sound"),
)


def sound(frame: Frame, props: Props) -> Features:
    """The features of the stem that is asked for."""
    stem = props.text("stem")
    return frame.features if stem == "song" else frame.features.stem(stem)


def wave_of(frame: Frame, props: Props, count: int) -> Floats:
    """The waveform around now, -1 to 1: float32 [count]."""
    song, seconds = sound(frame, props), props.number("seconds")
    middle = frame.t
    if props.switch("steady") and seconds < 0.5:
        middle += _rise(song, middle)
    found = song.window(middle, count, seconds) * np.float32(props.number("gain"))
    return np.tanh(found).astype(np.float32)


def loudest(song: Features, t: float, count: int, seconds: float) -> Floats:
    """The largest sample of each of `count` steps around t, 0-1: float32 [count].

    Steps lie on a grid of the song's own, so that a wave that scrolls keeps its outline; `grid_offset` is how far it
    has gone since.
    """
    step = max(1, round(seconds / count * WAVE_RATE))
    first = (int(np.floor(t * WAVE_RATE / step)) - count // 2) * step
    low, high = max(0, first), min(len(song.wave), first + step * count)
    held = np.zeros(step * count, np.float32)
    if high > low:
        held[low - first : high - first] = np.abs(song.wave[low:high].astype(np.float32)) / np.float32(32767)
    top: Floats = held.reshape(count, step).max(axis=1)
    return top


def grid_offset(t: float, count: int, seconds: float) -> float:
    """How far now lies after the grid's place in `loudest`, in steps, 0-1."""
    step = max(1, round(seconds / count * WAVE_RATE))
    place = t * WAVE_RATE / step
    return float(place - np.floor(place))


def _rise(song: Features, t: float) -> float:
    """Seconds to where the wave rises through 0 most steeply nearby; 0 where it does not."""
    reach = int(_SEARCH_SECONDS * WAVE_RATE)
    middle = int(np.clip(t * WAVE_RATE, -reach, len(song.wave) + reach))
    part = song.wave[max(0, middle - reach) : max(0, middle + reach)].astype(np.float32)
    if len(part) < 2:
        return 0.0
    rises = np.where((part[:-1] <= 0) & (part[1:] > 0), part[1:] - part[:-1], 0.0)
    if not rises.any():
        return 0.0
    at = int(np.argmax(rises))
    # Where between the two samples the line between them is 0.
    zero = at - part[at] / (part[at + 1] - part[at])
    return float((max(0, middle - reach) + zero) / WAVE_RATE - t)
