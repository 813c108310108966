"""Music with known answers, made from arithmetic: chords in a key, drums on a grid. float32, -1 to 1."""

from __future__ import annotations

import numpy as np

from shared.theory.keys import Key
from shared.units import midi_to_hz

__all__ = ["RATE", "clicks", "noise", "song"]

RATE = 44100
_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
_MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
_PROGRESSION = (0, 3, 4, 0)  # I IV V I, in minor i iv v i


def noise(seconds: float, *, seed: int = 1, level: float = 0.1, rate: int = RATE) -> np.ndarray:
    """White noise [samples]."""
    return np.random.default_rng(seed).normal(0.0, level, round(seconds * rate)).astype(np.float32)


def clicks(seconds: float, *, bpm: float, start: float = 0.0, rate: int = RATE) -> np.ndarray:
    """A 5 ms burst of decaying noise on each beat [samples]."""
    out = np.zeros(round(seconds * rate), np.float32)
    burst = noise(0.005, level=0.5, rate=rate) * np.exp(-np.arange(round(0.005 * rate)) / (0.001 * rate))
    for beat in np.arange(start, seconds, 60.0 / bpm):
        _add(out, burst, beat, rate)
    return out


def song(
    key: Key,
    *,
    bpm: float,
    seconds: float,
    cents: float = 0.0,
    start: float = 0.0,
    rate: int = RATE,
    drums: bool = True,
) -> np.ndarray:
    """A four-chord song in 4/4 [samples]: kick on each beat, louder on the one, hats between, bass and pad per bar."""
    out = np.zeros(round(seconds * rate), np.float32)
    scale = _MINOR_SCALE if key.mode == "minor" else _MAJOR_SCALE
    beat = 60.0 / bpm
    for number, time in enumerate(np.arange(start, seconds, beat)):
        if drums:
            _add(out, _kick(0.8 if number % 4 == 0 else 0.5, rate), time, rate)
            _add(out, noise(0.03, seed=number, level=0.08, rate=rate), time + beat / 2, rate)
        if number % 4 == 0:
            degree = _PROGRESSION[number // 4 % len(_PROGRESSION)]
            notes = [scale[(degree + step) % 7] + 12 * ((degree + step) // 7) for step in (0, 2, 4)]
            pitches = [36 + key.tonic + notes[0], *(60 + key.tonic % 12 - 12 + note for note in notes)]
            for pitch in pitches:
                hz = midi_to_hz(pitch) * 2.0 ** (cents / 1200.0)
                _add(out, _tone(hz, 4 * beat, rate), time, rate)
    return np.asarray(out / max(1.0, float(np.abs(out).max())), np.float32)


def _tone(hz: float, seconds: float, rate: int) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    partials = sum(np.sin(2 * np.pi * hz * n * t) / n**1.5 for n in range(1, 7) if hz * n < rate / 2)
    return 0.08 * partials * np.exp(-t / seconds) * np.minimum(1.0, t / 0.01)


def _kick(level: float, rate: int) -> np.ndarray:
    t = np.arange(round(0.12 * rate)) / rate
    return level * np.sin(2 * np.pi * (50 * t + 6 * (1 - np.exp(-t / 0.01)))) * np.exp(-t / 0.04)


def _add(out: np.ndarray, sound: np.ndarray, seconds: float, rate: int) -> None:
    first = round(seconds * rate)
    piece = sound[: max(0, out.size - first)]
    out[first : first + piece.size] += piece
