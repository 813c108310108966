"""From mono parts to a stereo stage: panning, width, rooms."""

from __future__ import annotations

import numpy as np

from tests.composer.synth import RATE

__all__ = ["echoes", "placed", "room"]


def placed(mono: np.ndarray, pan: float) -> np.ndarray:
    """Left and right of a source at `pan`, -1 (left) to 1, by the sine law: float32 [2, samples]."""
    angle = (pan + 1.0) * np.pi / 4.0
    return np.stack([np.cos(angle) * mono, np.sin(angle) * mono]).astype(np.float32) * np.float32(np.sqrt(2.0))


def echoes(stereo: np.ndarray, *, width: float, rng: np.random.Generator) -> np.ndarray:
    """The sound spread by a chorus of short echoes, others in each ear; width 0-1."""
    if width <= 0.0:
        return stereo
    spread = np.zeros_like(stereo)
    for side in (0, 1):
        for _ in range(3):
            delay = int(rng.uniform(0.004, 0.025) * RATE)
            spread[side, delay:] += np.float32(rng.choice([-1.0, 1.0]) / np.sqrt(3.0)) * stereo[side, :-delay]
    return np.asarray((1.0 - 0.5 * width) * stereo + np.float32(width) * spread, np.float32)


def room(stereo: np.ndarray, *, seconds: float, wet: float, rng: np.random.Generator) -> np.ndarray:
    """With a room of this decay (time to 1/e) and share of reverberation, other in each ear; the dry part stays."""
    if wet <= 0.0:
        return stereo
    time = np.arange(round(min(2.0, 4.0 * seconds) * RATE)) / RATE
    early = int(rng.uniform(0.005, 0.03) * RATE)
    size = 1 << int(np.ceil(np.log2(stereo.shape[1] + time.size)))
    hz = np.fft.rfftfreq(size, 1.0 / RATE)
    dark = 1.0 / (1.0 + (hz / rng.uniform(2500.0, 7000.0)) ** 2)
    send = np.fft.rfft(stereo.mean(axis=0), size) * dark
    out = stereo.astype(np.float64)
    for side in (0, 1):
        tail = rng.standard_normal(time.size) * np.exp(-time / seconds) * (np.arange(time.size) > early)
        tail *= wet / np.sqrt(np.sum(tail**2))
        out[side] += np.fft.irfft(send * np.fft.rfft(tail, size), size)[: stereo.shape[1]]
    return out.astype(np.float32)
