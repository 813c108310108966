"""Drums from arithmetic: three kits whose sounds differ, made once per piece from its seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from tests.composer.score import Note
from tests.composer.synth import RATE

__all__ = ["DRUM_NOTES", "drum", "play_drums"]

#: General MIDI percussion, channel 10.
DRUM_NOTES: Final[dict[str, int]] = {
    "kick": 36, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "ride": 51, "crash": 49, "rim": 37,
    "tom": 47,
    "low tom": 43, "shaker": 70, "tamb": 54, "cowbell": 56, "conga": 63,
}  # fmt: skip
_LEVELS: Final = {
    "kick": 1.0, "snare": 0.7, "clap": 0.55, "hat": 0.22, "pedal": 0.2, "open": 0.25, "ride": 0.22, "crash": 0.4,
    "rim": 0.4,
    "tom": 0.6, "low tom": 0.65, "shaker": 0.14, "tamb": 0.2, "cowbell": 0.25, "conga": 0.4,
}  # fmt: skip


def play_drums(kit: str, notes: list[Note], *, seconds: float, seed: int) -> np.ndarray:
    """All hits, float32 [samples]."""
    out = np.zeros(round(seconds * RATE), np.float32)
    rng = np.random.default_rng(seed)
    sounds = {name: drum(name, kit, rng) for name in DRUM_NOTES}
    for note in notes:
        assert isinstance(note.what, str), note
        first = round(note.start * RATE)
        sound = sounds[note.what]
        skipped = max(0, -first)
        piece = sound[skipped : max(skipped, min(sound.size, out.size - first))]
        gain = np.float32(_LEVELS[note.what] * note.velocity**1.5)
        out[max(0, first) : max(0, first) + piece.size] += gain * piece
    return out


def drum(name: str, kit: str, rng: np.random.Generator) -> np.ndarray:
    """One hit at full level, float32 [samples], peak 1. kit: acoustic, 909 or 808."""
    makers: dict[str, Callable[[], np.ndarray]] = {
        "kick": lambda: _kick(kit, rng),
        "snare": lambda: _snare(kit, rng),
        "clap": lambda: _clap(rng),
        "hat": lambda: _metal(0.02 + 0.02 * rng.random(), 0.12, kit, rng),
        "pedal": lambda: _metal(0.03, 0.12, kit, rng),
        "open": lambda: _metal(0.12 + 0.1 * rng.random(), 0.6, kit, rng),
        "ride": lambda: 0.6 * _metal(0.35, 1.0, "808", rng) + 0.4 * _metal(0.02, 1.0, kit, rng),
        "crash": lambda: _metal(0.7, 2.0, kit, rng),
        "rim": lambda: _tones((1700.0, 2450.0), 0.012, 0.08) + 0.3 * _noise(0.08, rng) * _decay(0.08, 0.004),
        "tom": lambda: _drop(165.0 + 30.0 * rng.random(), 0.6, 0.14, 0.4),
        "low tom": lambda: _drop(95.0 + 20.0 * rng.random(), 0.6, 0.18, 0.5),
        "shaker": lambda: _high(_noise(0.09, rng)) * np.minimum(1.0, _time(0.09) / 0.015) * _decay(0.09, 0.03),
        "tamb": lambda: _metal(0.07, 0.3, "808", rng),
        "cowbell": lambda: (
            np.sign(np.sin(2 * np.pi * 540.0 * _time(0.25))) * _decay(0.25, 0.06) * 0.5
            + np.sign(np.sin(2 * np.pi * 800.0 * _time(0.25))) * _decay(0.25, 0.05) * 0.5
        ),
        "conga": lambda: _drop(210.0 + 40.0 * rng.random(), 0.15, 0.09, 0.3),
    }
    sound = makers[name]()
    return np.asarray(sound / np.abs(sound).max(), np.float32)


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def _decay(seconds: float, tau: float) -> np.ndarray:
    return np.exp(-_time(seconds) / tau)


def _noise(seconds: float, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(round(seconds * RATE))


def _high(sound: np.ndarray) -> np.ndarray:
    """Two differences: a high-pass that rises by 12 dB an octave."""
    return np.diff(sound, n=2, prepend=(0.0, 0.0))


def _drop(hz: float, extra: float, tau: float, seconds: float) -> np.ndarray:
    """A sine whose pitch falls from (1 + extra) times to `hz` within 30 ms."""
    time = _time(seconds)
    phase = hz * (time + extra * 0.03 * (1.0 - np.exp(-time / 0.03)))
    return np.sin(2 * np.pi * phase) * np.exp(-time / tau) * np.minimum(1.0, time / 0.001)


def _kick(kit: str, rng: np.random.Generator) -> np.ndarray:
    hz = {"acoustic": 58.0, "909": 50.0, "808": 45.0}[kit] * (0.9 + 0.2 * rng.random())
    tau = {"acoustic": 0.07, "909": 0.13, "808": 0.32}[kit]
    seconds = 5.0 * tau
    body = _drop(hz, {"acoustic": 1.0, "909": 3.5, "808": 2.0}[kit], tau, seconds)
    click = {"acoustic": 0.25, "909": 0.35, "808": 0.08}[kit] * _noise(seconds, rng) * _decay(seconds, 0.0025)
    return np.tanh(1.6 * body) + click


def _snare(kit: str, rng: np.random.Generator) -> np.ndarray:
    seconds = 0.35
    hz = {"acoustic": 190.0, "909": 210.0, "808": 175.0}[kit] * (0.9 + 0.2 * rng.random())
    tone = _drop(hz, 0.3, 0.06, seconds) + 0.4 * _drop(1.6 * hz, 0.2, 0.04, seconds)
    rattle = np.diff(_noise(seconds, rng), prepend=0.0) * _decay(seconds, 0.05 + 0.05 * rng.random())
    return tone + 0.7 * rattle


def _clap(rng: np.random.Generator) -> np.ndarray:
    seconds = 0.3
    time = _time(seconds)
    level = sum(np.exp(-np.maximum(0.0, time - at) / 0.006) * (time >= at) for at in (0.0, 0.009, 0.019))
    level = level + 0.8 * np.exp(-np.maximum(0.0, time - 0.028) / 0.07) * (time >= 0.028)
    return np.diff(_noise(seconds, rng), prepend=0.0) * level


def _metal(tau: float, seconds: float, kit: str, rng: np.random.Generator) -> np.ndarray:
    """Cymbals: high noise, and for the drum machine six square waves at the TR-808's ratios."""
    level = _decay(seconds, tau)
    hiss = _high(_noise(seconds, rng))
    if kit == "acoustic":
        return hiss * level
    time = _time(seconds)
    squares = sum(np.sign(np.sin(2 * np.pi * hz * 4.0 * time)) for hz in (205.3, 304.4, 369.6, 522.7, 540.0, 800.0))
    return (0.5 * hiss / np.std(hiss) + _high(np.asarray(squares)) / 4.0) * level


def _tones(hz: tuple[float, ...], tau: float, seconds: float) -> np.ndarray:
    return np.sum([np.sin(2 * np.pi * value * _time(seconds)) for value in hz], axis=0) * _decay(seconds, tau)
