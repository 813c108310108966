"""From parts to a finished mono recording: levels, ducking, saturation, tilt, room, compression, noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tests.composer.kit import play_drums
from tests.composer.score import Part, Score
from tests.composer.synth import PATCHES, RATE, play

__all__ = ["finish", "render", "render_part"]


def render_part(score: Score, part: Part) -> np.ndarray:
    """One part by the numpy synthesiser, float32 [samples]."""
    seed = score.seed + sum(part.role.encode())
    if part.role == "drums":
        return play_drums(part.patch, part.notes, seconds=score.seconds, seed=seed)
    return play(PATCHES[part.patch], part.notes, seconds=score.seconds, cents=score.cents, seed=seed)


def render(score: Score, *, instead: Mapping[str, Callable[[Score, Part], np.ndarray]] | None = None) -> np.ndarray:
    """The recording, float32 [samples] at 44.1 kHz, peak below 1. instead: other renderers by role."""
    stems = {}
    for part in score.parts:
        stem = (instead or {}).get(part.role, render_part)(score, part)
        stems[part.role] = _leveled(stem, part, score)
    return finish(score, stems)


def _leveled(stem: np.ndarray, part: Part, score: Score) -> np.ndarray:
    """At the part's level: its loudest half second as a share of full scale, moved by up to 3 dB per piece."""
    block = RATE // 2
    power = np.add.reduceat(np.square(stem), np.arange(0, stem.size, block)) / block
    loudest = float(np.sqrt(power.max()))
    taste = 10.0 ** (np.random.default_rng(score.seed + len(part.patch)).uniform(-3.0, 3.0) / 20.0)
    return np.asarray(stem * (0.2 * part.gain * taste / max(loudest, 1e-6)), np.float32)


def finish(score: Score, stems: dict[str, np.ndarray]) -> np.ndarray:
    """Mix and master the stems (float32 [samples] each, by role)."""
    rng = np.random.default_rng(score.seed + 1)
    drums = stems.pop("drums", None)
    rest: np.ndarray = np.add.reduce(list(stems.values()))
    if drums is not None:
        if score.electronic and rng.random() < 0.7:
            rest *= _ducking(score, depth=float(rng.uniform(0.3, 0.8)), size=rest.size)
        rest = rest + drums * np.float32(rng.uniform(0.7, 1.3))
    mix = _colour(rest, rng)
    mix = _compress(mix, ratio=float(rng.uniform(1.2, 3.0)))
    mix = np.tanh(mix * np.float32(rng.uniform(0.8, 1.8) / max(float(np.abs(mix).max()), 1e-9)))
    mix += np.float32(10.0 ** (rng.uniform(-80.0, -52.0) / 20.0)) * rng.standard_normal(mix.size, dtype=np.float32)
    return np.asarray(mix * (np.float32(rng.uniform(0.4, 0.95)) / max(float(np.abs(mix).max()), 1e-9)), np.float32)


def _ducking(score: Score, *, depth: float, size: int) -> np.ndarray:
    """A gain that falls at each kick and comes back within 200 ms, as a compressor keyed by it does."""
    gain = np.ones(size, np.float32)
    curve = np.asarray(1.0 - depth * np.exp(-((np.arange(round(0.25 * RATE)) / (0.12 * RATE)) ** 2)), np.float32)
    for part in score.parts:
        for note in part.notes:
            first = round(note.start * RATE)
            if note.what == "kick" and 0 <= first < size:
                piece = gain[first : first + curve.size]
                np.minimum(piece, curve[: piece.size], out=piece)
    return gain


def _colour(mix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tilt, the ends of the band, and a room, in one pass over the spectrum."""
    size = 1 << int(np.ceil(np.log2(mix.size + RATE)))
    spectrum = np.fft.rfft(mix, size)
    hz = np.maximum(np.fft.rfftfreq(size, 1.0 / RATE).astype(np.float32), 1.0)
    tilt = (hz / np.float32(1000.0)) ** np.float32(rng.uniform(-0.25, 0.2))
    low, high = np.float32(rng.uniform(20.0, 50.0)), np.float32(rng.choice([11000.0, 16000.0, 19000.0]))
    shape = tilt / np.sqrt((1.0 + (low / hz) ** 4) * (1.0 + (hz / high) ** 12))
    decay, wet = rng.uniform(0.15, 0.6), rng.uniform(0.0, 0.18)
    time = np.arange(round(min(1.0, 3.0 * decay) * RATE)) / RATE
    room = (rng.standard_normal(time.size) * np.exp(-time / decay) * (time > 0.012)).astype(np.float32)
    room *= np.float32(wet / np.sqrt(np.sum(np.square(room))))
    room[0] += 1.0
    return np.asarray(np.fft.irfft(spectrum * shape * np.fft.rfft(room, size), size)[: mix.size], np.float32)


def _compress(mix: np.ndarray, *, ratio: float) -> np.ndarray:
    """Gain from the level of 10 ms blocks above -18 dB of the peak, recovering in about 150 ms."""
    block = RATE // 100
    blocks = np.add.reduceat(np.square(mix), np.arange(0, mix.size, block)) / block
    level = np.sqrt(blocks) / max(float(np.abs(mix).max()), 1e-9)
    held = level.copy()
    for index in range(1, held.size):
        held[index] = max(held[index], held[index - 1] * 0.94)
    gain = np.minimum(1.0, np.maximum(held / 0.125, 1e-6) ** (1.0 / ratio - 1.0))
    return np.asarray(mix * np.interp(np.arange(mix.size), np.arange(gain.size) * block, gain), np.float32)
