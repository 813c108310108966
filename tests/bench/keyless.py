"""Sounds that have no key, from seeds: noise, drums, glides, speech-like murmur, tones off any scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

__all__ = ["KEYLESS", "keyless"]

_RATE: Final = 44100


def keyless(kind: str, *, seconds: float, seed: int) -> np.ndarray:
    """Mono float32 [samples] at 44.1 kHz of one of `KEYLESS`."""
    rng = np.random.default_rng([seed, sorted(KEYLESS).index(kind)])
    sound = KEYLESS[kind](rng, round(seconds * _RATE))
    return np.asarray(0.5 * sound / max(1e-9, float(np.abs(sound).max())), np.float32)


def _noise(slope: float, rng: np.random.Generator, count: int) -> np.ndarray:
    """Noise whose power falls with the frequency to the power of `slope`."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum *= np.maximum(np.arange(spectrum.size), 30.0) ** (-slope / 2.0)
    return np.fft.irfft(spectrum, count)


def _gated(rng: np.random.Generator, count: int) -> np.ndarray:
    """Bursts of coloured noise, as surf, steps and machines make them."""
    knots = np.arange(0, count + 9000, 9000)
    level = np.interp(np.arange(count), knots, rng.random(knots.size) ** 3)
    return _noise(1.0, rng, count) * level


def _drums(rng: np.random.Generator, count: int) -> np.ndarray:
    """A drum loop: a falling kick, a snare with a body, hats, each with its own pitch."""
    out = np.zeros(count)
    step = round(_RATE * 15.0 / rng.uniform(80.0, 175.0))
    kick, body = rng.uniform(42.0, 65.0), rng.uniform(160.0, 240.0)
    for number, start in enumerate(range(0, count - step, step)):
        t = np.arange(min(count - start, round(0.25 * _RATE))) / _RATE
        place = number % 16
        if place in (0, 8) or (place % 4 == 2 and rng.random() < 0.3):
            fall = kick * t + rng.uniform(4.0, 9.0) * (1.0 - np.exp(-t / 0.02))
            out[start : start + t.size] += np.sin(2 * np.pi * fall) * np.exp(-t / 0.07)
        if place in (4, 12):
            skin = 0.5 * np.sin(2 * np.pi * body * t) * np.exp(-t / 0.05)
            out[start : start + t.size] += skin + 0.4 * rng.normal(size=t.size) * np.exp(-t / 0.06)
        if place % 2 == 0 or rng.random() < 0.3:
            out[start : start + t.size] += 0.15 * np.diff(rng.normal(size=t.size + 1)) * np.exp(-t / 0.02)
    return out


def _glides(rng: np.random.Generator, count: int) -> np.ndarray:
    """Voices that slide from pitch to pitch and rest on none, as sirens and whales do."""
    out = np.zeros(count)
    for _ in range(int(rng.integers(1, 4))):
        knots = np.arange(0, count + 2 * _RATE, round(_RATE * rng.uniform(0.4, 1.5)))
        pitch = np.interp(np.arange(count), knots, rng.uniform(np.log2(80.0), np.log2(900.0), knots.size))
        phase = 2 * np.pi * np.cumsum(2.0**pitch) / _RATE
        level = np.interp(np.arange(count), knots, rng.random(knots.size) ** 2)
        out += level * sum(np.sin(n * phase) / n for n in range(1, 7))
    return out + 0.02 * rng.normal(size=count)


def _murmur(rng: np.random.Generator, count: int) -> np.ndarray:
    """A voice that speaks: a pulse train whose pitch wanders, vowels as moving resonances, pauses, hiss between."""
    knots = np.arange(0, count + _RATE, round(0.12 * _RATE))
    base = rng.uniform(95.0, 210.0)
    pitch = np.interp(np.arange(count), knots, base * 2.0 ** rng.normal(0.0, 0.25, knots.size))
    phase = 2 * np.pi * np.cumsum(pitch) / _RATE
    formants = [
        np.interp(np.arange(count), knots, rng.uniform(*span, knots.size)) for span in ((300, 900), (900, 2300))
    ]
    out = np.zeros(count)
    for number in range(1, 25):
        gain = sum(1.0 / (1.0 + ((number * pitch - formant) / 120.0) ** 2) for formant in formants) + 0.03
        out += gain * np.sin(number * phase) / number**0.5
    talks = np.interp(np.arange(count), knots, (rng.random(knots.size) > 0.3) * rng.random(knots.size))
    return out * talks + 0.3 * np.diff(rng.normal(size=count + 1)) * (talks < 0.15)


def _off_scale(rng: np.random.Generator, count: int) -> np.ndarray:
    """Steady tones of any frequency, as bells, machines and beeps have them."""
    out = np.zeros(count)
    for start in range(0, count, round(_RATE * rng.uniform(0.2, 0.6))):
        t = np.arange(min(count - start, _RATE)) / _RATE
        for _ in range(3):
            out[start : start + t.size] += np.sin(2 * np.pi * 2.0 ** rng.uniform(6.5, 10.5) * t) * np.exp(-t / 0.4)
    return out


def _twelve_tone(rng: np.random.Generator, count: int) -> np.ndarray:
    """Tempered notes in rows of all twelve, so that none is home."""
    out = np.zeros(count)
    row, step = rng.permutation(12), round(_RATE * rng.uniform(0.2, 0.5))
    for number, start in enumerate(range(0, count, step)):
        t = np.arange(min(count - start, 2 * step)) / _RATE
        note = 45 + row[number % 12] + 12 * int(rng.integers(0, 3))
        phase = 2 * np.pi * 440.0 * 2.0 ** ((note - 69) / 12) * t
        out[start : start + t.size] += sum(np.sin(n * phase) / n**1.5 for n in range(1, 6)) * np.exp(-t / 0.3)
        if number % 12 == 11:
            row = rng.permutation(12)
    return out


#: Makers by name.
KEYLESS: Final[dict[str, Callable[[np.random.Generator, int], np.ndarray]]] = {
    "white": lambda rng, count: _noise(0.0, rng, count),
    "pink": lambda rng, count: _noise(1.0, rng, count),
    "brown": lambda rng, count: _noise(2.0, rng, count),
    "gated": _gated,
    "drums": _drums,
    "glides": _glides,
    "murmur": _murmur,
    "off scale": _off_scale,
    "twelve tone": _twelve_tone,
}
