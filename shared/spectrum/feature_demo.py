"""A song made by arithmetic, for pictures without one: templates' thumbnails, an empty project, tests.

Drums on a grid that is known, a bass under them, chords, and a melody that wanders over three octaves; what plays
changes with the sections. It goes through the same `FeatureMaker` as any song.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.spectrum.feature_bands import BAND_RATE
from shared.spectrum.feature_document import Features, FeatureSection, name_sections
from shared.spectrum.feature_maker import FeatureMaker
from shared.units import midi_to_hz

__all__ = ["demo_features"]

Floats = npt.NDArray[np.float32]

_BEATS: Final = 4  # to the bar
_SEED: Final = 5
_LONGEST_SECONDS: Final = 3600.0
#: Kind, end as a share of the bars, and who plays.
_FORM: Final = (
    ("intro", 0.125, "pad hat"),
    ("verse", 0.375, "pad hat kick bass"),
    ("build", 0.5, "pad hat snare lead"),
    ("drop", 0.75, "pad hat kick snare bass lead"),
    ("break", 0.875, "pad lead"),
    ("drop", 1.0, "pad hat kick snare bass lead"),
)
#: Roots and thirds of vi IV I V in C, semitones above C.
_CHORDS: Final = ((9, 3), (5, 4), (0, 4), (7, 4))
#: Melody in eighths over one bar, as steps of the pentatonic scale.
_MELODY: Final = (0, 2, 4, 7, 6, 4, 9, 7)
_PENTATONIC: Final = (0, 2, 4, 7, 9)


@lru_cache(maxsize=4)
def demo_features(seconds: float = 30.0, bpm: float = 120.0) -> Features:
    """Features of the demo song, always the same: a kick on each beat of verse and drops, beats from 0 on.

    Raises `KeylightError` for a length outside 0 to 3,600 s and a tempo outside 40 to 240.

    >>> demo_features(2.0, bpm=120).beats.tolist()
    [0.0, 0.5, 1.0, 1.5]
    """
    if not 0.0 <= seconds <= _LONGEST_SECONDS:
        raise KeylightError(f"expected a demo of 0 to {_LONGEST_SECONDS:g} s, got {seconds}")
    if not 40.0 <= bpm <= 240.0:
        raise KeylightError(f"expected a tempo of 40 to 240 BPM, got {bpm}")
    maker = FeatureMaker(BAND_RATE, 2)
    total = round(seconds * BAND_RATE)
    for at, bar in _bars(seconds, bpm):
        maker.feed(bar[:, : max(0, total - at)])
    beats = np.arange(math.ceil(round(seconds * bpm / 60.0, 6))) * (60.0 / bpm)
    return maker.finish(beats=beats, downbeats=beats[::_BEATS], sections=name_sections(_sections(seconds, bpm)))


def _bar_count(seconds: float, bpm: float) -> int:
    return math.ceil(round(seconds * bpm / 60.0 / _BEATS, 6))


def _sections(seconds: float, bpm: float) -> Iterator[FeatureSection]:
    count, start = _bar_count(seconds, bpm), 0.0
    for kind, share, _ in _FORM:
        end = min(seconds, math.ceil(share * count) * _BEATS * 60.0 / bpm)
        if end > start:
            yield FeatureSection(start, end, kind, "")
            start = end


def _bars(seconds: float, bpm: float) -> Iterator[tuple[int, Floats]]:
    """First sample and sound of each bar, float32 [2, samples]; what rings on goes into the next."""
    count = _bar_count(seconds, bpm)
    eighth = 30.0 / bpm
    drums = {"kick": _kick(), "snare": _snare(), "hat": _hat()}
    ringing = np.zeros((2, BAND_RATE), np.float32)
    for number in range(count):
        players = next(who for _, share, who in _FORM if number < math.ceil(share * count)).split()
        first, end = (round(one * _BEATS * 60.0 / bpm * BAND_RATE) for one in (number, number + 1))
        out = np.zeros((2, end - first + BAND_RATE), np.float32)
        out[:, :BAND_RATE] += ringing
        for step in range(2 * _BEATS):
            at = round((number * _BEATS * 2 + step) * eighth * BAND_RATE) - first
            for name, sound, level, pan in _struck(players, drums, number, step, eighth):
                _add(out, sound, at, level, pan, whole=name != "pad")
        ringing = out[:, end - first :].copy()
        yield first, out[:, : end - first]


def _struck(
    players: list[str], drums: dict[str, Floats], bar: int, step: int, eighth: float
) -> Iterator[tuple[str, Floats, float, float]]:
    """What begins on this eighth: name, sound, level, and place from -1 (left) to 1."""
    root, third = _CHORDS[bar % len(_CHORDS)]
    on_beat = step % 2 == 0
    if "kick" in players and on_beat:
        yield "kick", drums["kick"], 0.75, 0.0
    if "snare" in players and step in (2, 6):
        yield "snare", drums["snare"], 0.35, 0.1
    if "hat" in players:
        yield "hat", drums["hat"], 0.10 if on_beat else 0.22, 0.4
    if "bass" in players and (not on_beat or step == 0):
        yield "bass", _note(24 + root, eighth * 0.9, 1.2), 0.30, 0.0
    if "lead" in players:
        turn = _MELODY[(step + 3 * bar) % len(_MELODY)] + bar % 3
        pitch = 60 + _PENTATONIC[turn % 5] + 12 * (turn // 5)
        yield "lead", _note(pitch, eighth * 1.5, 0.9), 0.22, 0.5 if step % 4 < 2 else -0.5
    if "pad" in players and step == 0:
        for at, semitones in enumerate((0, third, 7, 12)):
            yield "pad", _note(48 + root + semitones, 8 * eighth, 1.6), 0.05, (-0.9, 0.6, -0.6, 0.9)[at]


def _add(out: Floats, sound: Floats, at: int, level: float, pan: float, *, whole: bool) -> None:
    """Add a mono sound, cut where the room for what rings on ends; all but drums in the middle lie to a side."""
    part = sound[: out.shape[1] - at] * np.float32(level)
    left, right = math.sqrt((1.0 - pan) / 2.0), math.sqrt((1.0 + pan) / 2.0)
    out[0, at : at + len(part)] += part * np.float32(left)
    out[1, at : at + len(part)] += part * np.float32(right if whole else -right)


def _time(seconds: float) -> Floats:
    return (np.arange(round(seconds * BAND_RATE)) / BAND_RATE).astype(np.float32)


def _kick() -> Floats:
    t = _time(0.25)
    return np.sin(2 * np.pi * (48.0 * t + 4.0 * (1.0 - np.exp(-t / 0.02)))) * np.exp(-t / 0.08)


def _snare() -> Floats:
    t = _time(0.2)
    noise = np.random.default_rng(_SEED).standard_normal(len(t)).astype(np.float32)
    return (0.5 * noise + np.sin(2 * np.pi * 190.0 * t)) * np.exp(-t / 0.05)


def _hat() -> Floats:
    t = _time(0.08)
    noise = np.random.default_rng(_SEED + 1).standard_normal(len(t)).astype(np.float32)
    return np.diff(noise, prepend=np.float32(0.0)) * np.exp(-t / 0.015)


@lru_cache(maxsize=256)
def _note(pitch: int, seconds: float, falling: float) -> Floats:
    """Partials of a saw-like tone, the n-th at 1 / n^falling, with soft ends."""
    t = _time(seconds)
    hz = midi_to_hz(pitch)
    tone = np.zeros(len(t), np.float32)
    for n in range(1, 1 + min(16, int(12_000.0 / hz))):
        tone += np.sin(2 * np.pi * hz * n * t) / np.float32(n**falling)
    edge = np.minimum(1.0, np.minimum(t / 0.006, (seconds - t) / 0.03)).astype(np.float32)
    return tone * edge * np.exp(-t / (1.5 * seconds))
