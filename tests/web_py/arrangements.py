"""Whole songs with known sections: layers (kick, snare, hats, bass, pad, lead, riser) switched per part. float32.

A form is a list of `Part`s. Chords are semitones above the tonic, one per bar, repeated over the part; parts that share
a name share their chords, so a second verse sounds like the first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tests.signals import RATE, noise

__all__ = ["CLUB", "DREAM", "SONG", "Arranged", "Part", "arrange"]


class Part(NamedTuple):
    """`bars` of the layers named, with one chord (root, third) per bar; lead: seed of its melody, 0 for none."""

    name: str
    bars: int
    layers: str
    chords: tuple[tuple[int, int], ...]
    lead: int = 0


class Arranged(NamedTuple):
    """samples float32 [n] at 44.1 kHz; beats and downbeats in seconds; starts: the parts' first seconds."""

    samples: np.ndarray
    beats: np.ndarray
    downbeats: np.ndarray
    starts: np.ndarray


_MINOR = ((9, 3), (5, 4), (0, 4), (7, 4))
_TURN = ((2, 3), (7, 4), (0, 4), (9, 3))
_BRIDGE = ((4, 3), (4, 3), (5, 4), (7, 4))
_STAY = ((9, 3), (9, 3), (9, 3), (5, 4))

#: A club track: what a DJ mixes in, two builds and drops, a break without kick and bass between, what a DJ mixes out.
CLUB = (
    Part("intro", 16, "kick hats", _STAY),
    Part("verse", 16, "kick hats bass pad", _STAY),
    Part("build", 8, "riser roll pad", _STAY),
    Part("drop", 16, "kick clap hats open bass stab", _MINOR, lead=1),
    Part("break", 16, "pad", _MINOR, lead=2),
    Part("build", 8, "riser roll pad", _STAY),
    Part("drop", 16, "kick clap hats open bass stab", _MINOR, lead=1),
    Part("outro", 16, "kick hats", _STAY),
)
#: A song with verses and choruses, the drums softer in the verse.
SONG = (
    Part("intro", 4, "pad", _MINOR),
    Part("verse", 8, "softkick hats root pad", _MINOR, lead=1),
    Part("chorus", 8, "rockkick snare hats open root pad stab", _TURN, lead=2),
    Part("verse", 8, "softkick hats root pad", _MINOR, lead=1),
    Part("chorus", 8, "rockkick snare hats open root pad stab", _TURN, lead=2),
    Part("break", 8, "pad", _BRIDGE, lead=3),
    Part("chorus", 8, "rockkick snare hats open root pad stab", _TURN, lead=2),
    Part("outro", 4, "pad", _MINOR),
)
#: Two minutes of one slow chord sequence and nothing else.
DREAM = (Part("intro", 40, "pad", _MINOR),)


def arrange(
    form: Sequence[Part], *, bpm: float, start: float = 0.0, tonic: int = 0, level: float = 0.5, rate: int = RATE
) -> Arranged:
    """The form played in 4/4 from `start` seconds of silence on, and its truth."""
    beat = 60.0 / bpm
    bars = sum(part.bars for part in form)
    out = np.zeros(round((start + bars * 4 * beat + 1.0) * rate), np.float32)
    at, starts = 0, []
    for part in form:
        starts.append(start + at * 4 * beat)
        for bar in range(part.bars):
            root, third = part.chords[bar % len(part.chords)]
            sound = _bar(part.layers, (root + tonic) % 12, third, beat, rate)
            _add(out, sound, start + (at + bar) * 4 * beat, rate)
            if part.lead:
                _add(
                    out,
                    _melody(part.lead, bar % 8, (root + tonic) % 12, third, beat, rate),
                    starts[-1] + bar * 4 * beat,
                    rate,
                )
            if "riser" in part.layers:
                height = (bar + 1) / part.bars
                _add(out, _riser(height, 4 * beat, rate), starts[-1] + bar * 4 * beat, rate)
        at += part.bars
    beats = start + beat * np.arange(bars * 4)
    return Arranged(out * (level / float(np.abs(out).max())), beats, beats[::4], np.asarray(starts))


@functools.cache
def _bar(layers: str, root: int, third: int, beat: float, rate: int) -> np.ndarray:
    out = np.zeros(round(5 * beat * rate), np.float32)
    for name in layers.split():
        if name in _HITS:
            step, first, count, make = _HITS[name]
            for number in range(count):
                _add(out, make(rate), (first + number * step) * beat, rate)
    chord = (root, root + third, root + 7)
    if "bass" in layers.split():
        for number in range(8):
            _add(out, 0.35 * _tone(36 + root, 0.5 * beat, 5, rate), number * 0.5 * beat, rate)
    if "root" in layers.split():
        for at in (0.0, 2.5):
            _add(out, 0.35 * _tone(36 + root, 1.2 * beat, 5, rate), at * beat, rate)
    if "pad" in layers.split():
        for pitch in chord:
            _add(out, 0.10 * _tone(57 + (pitch - 9) % 12, 4 * beat, 3, rate, soft=True), 0.0, rate)
    if "stab" in layers.split():
        for at in (0.0, 0.75, 1.5, 2.5, 3.0):
            for pitch in chord:
                _add(out, 0.10 * _tone(60 + pitch, 0.4 * beat, 14, rate), at * beat, rate)
    return out


@functools.cache
def _melody(seed: int, bar: int, root: int, third: int, beat: float, rate: int) -> np.ndarray:
    chance = np.random.default_rng(seed * 100 + bar)
    out = np.zeros(round(5 * beat * rate), np.float32)
    for time in np.flatnonzero(chance.random(8) < 0.6) / 2:
        pitch = 72 + root % 12 + int(chance.choice([0, third, 7, 2, 12]))
        _add(out, 0.12 * _tone(pitch, 0.6 * beat, 6, rate), float(time) * beat, rate)
    return out


def _riser(height: float, seconds: float, rate: int) -> np.ndarray:
    """Noise whose level and brightness grow with `height` 0-1."""
    white = noise(seconds, seed=round(height * 100), level=0.12 * height, rate=rate)
    dull = np.convolve(white, np.ones(12, np.float32) / 12, mode="same")
    return height * white + (1 - height) * dull


@functools.cache
def _tone(pitch: int, seconds: float, partials: int, rate: int, soft: bool = False) -> np.ndarray:
    hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    t = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hz * n * t) / n for n in range(1, partials + 1) if hz * n < rate / 2)
    attack = np.minimum(1.0, t / (0.2 if soft else 0.005))
    decay = np.minimum(1.0, (seconds - t) / 0.05) if soft else np.exp(-3 * t / seconds)
    return np.asarray(wave * attack * decay, np.float32)


@functools.cache
def _kick(rate: int, level: float = 0.8) -> np.ndarray:
    t = np.arange(round(0.2 * rate)) / rate
    return np.asarray(
        level * np.sin(2 * np.pi * (50 * t + 6 * (1 - np.exp(-t / 0.01)))) * np.exp(-t / 0.06), np.float32
    )


@functools.cache
def _burst(rate: int, level: float, seconds: float) -> np.ndarray:
    t = np.arange(round(4 * seconds * rate)) / rate
    return np.asarray(noise(4 * seconds, seed=7, level=level, rate=rate)[: t.size] * np.exp(-t / seconds), np.float32)


#: step and first in beats, hits per bar, sound.
_HITS: dict[str, tuple[float, float, int, Callable[[int], np.ndarray]]] = {
    "kick": (1.0, 0.0, 4, _kick),
    "rockkick": (2.5, 0.0, 2, _kick),
    "softkick": (2.0, 0.0, 2, lambda rate: _kick(rate, 0.35)),
    "snare": (2.0, 1.0, 2, lambda rate: _burst(rate, 0.25, 0.05)),
    "clap": (2.0, 1.0, 2, lambda rate: _burst(rate, 0.18, 0.03)),
    "hats": (0.5, 0.0, 8, lambda rate: _burst(rate, 0.05, 0.01)),
    "open": (1.0, 0.5, 4, lambda rate: _burst(rate, 0.10, 0.04)),
    "roll": (0.5, 0.0, 8, lambda rate: _burst(rate, 0.12, 0.03)),
}


def _add(out: np.ndarray, sound: np.ndarray, seconds: float, rate: int) -> None:
    first = round(seconds * rate)
    piece = sound[: max(0, out.size - first)]
    out[first : first + piece.size] += piece
