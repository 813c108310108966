"""Music planted straight into what rhythm hears: hits at known times in the band levels, chords in the pitches."""

from __future__ import annotations

from typing import Final

import numpy as np

from web.py.analysis.picture import BAND_COUNT
from web.py.analysis.tonal import BINS, ROW_SECONDS, Tonal

__all__ = ["grid", "levels_of", "pattern", "pitches"]

#: Bands that a hit of each kind fills, its level, and how fast it dies away in seconds.
_KINDS: Final = {
    "kick": (slice(0, 5), 4.0, 0.08),
    "bass": (slice(1, 8), 2.5, 0.3),
    "snare": (slice(6, 30), 3.0, 0.07),
    "hat": (slice(25, 33), 2.0, 0.03),
    "chord": (slice(8, 22), 2.5, 0.4),
}
_WINDOW_SECONDS: Final = 0.0116  # half the window of a frame: so far ahead a hit is heard
#: For each metre: steps to the bar, tempi, and rows of steps (with a weight each) that players choose from.
_FEELS: Final = {
    "4/4": (16, (70.0, 178.0), {
        "kick": ("x.......x.......", "x...x...x...x...", "x.....x.x.......", "x.........x.....", "................"),
        "snare": ("....x.......x...", "....x.......x...", "........x.......", "................"),
        "hat": ("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx", "..x...x...x...x.", "x...x...x...x..."),
        "bass": ("x...............", "x.......x.......", "x.x.x.x.x.x.x.x.", "x...x...x...x..."),
        "chord": ("x...............", "x.......x.......", "..x...x...x...x.", "x.x.x.x.x.x.x.x."),
    }),
    "3/4": (12, (80.0, 190.0), {
        "kick": ("x...........", "x...........", "x.........x.", "............"),
        "snare": ("....x...x...", "....x...x...", "........x...", "....x.......", "............"),
        "hat": ("x...x...x...", "x.x.x.x.x.x.", "....x...x...", "............"),
        "bass": ("x...........", "x...........", "x.......x...", "x...x...x..."),
        "chord": ("x...........", "....x...x...", "....x...x...", "x.x.x.x.x.x."),
    }),
    "6/8": (12, (40.0, 84.0), {
        "kick": ("x...........", "x.....x.....", "x.........x.", "x....x......", "............"),
        "snare": ("......x.....", "......x.....", "............"),
        "hat": ("x.x.x.x.x.x.", "x.x.x.x.x.x.", "x...x.x...x.", "x.....x....."),
        "bass": ("x...........", "x.....x.....", "x...x.x...x.", "x...x.......", "x.x.x.x.x.x."),
        "chord": ("x...........", "x.....x.....", "x.x.x.x.x.x.", "x.x.x.x.x.x.", "x...x.x...x."),
    }),
}  # fmt: skip
_BEATS: Final = {"4/4": 4, "3/4": 3, "6/8": 2}


def grid(bpm: float, seconds: float, start: float = 0.2) -> np.ndarray:
    """Beats from `start` on."""
    return np.arange(start, seconds, 60.0 / bpm)


def levels_of(hits: dict[str, np.ndarray], seconds: float, *, seed: int = 1) -> np.ndarray:
    """Band levels float16 [frames, bands] at 100 Hz of hits at times in seconds, over a little noise.

    hits: times by kind: kick, bass, snare, hat, chord.
    """
    frames = round(seconds * 100)
    levels = np.abs(np.random.default_rng(seed).normal(0.0, 0.02, (frames, BAND_COUNT)))
    for kind, times in hits.items():
        bands, level, decay = _KINDS[kind]
        for time in times[(times >= 0) & (times < seconds)]:
            first = int(np.ceil(time * 100 - 1))
            span = np.arange(max(0, first), min(frames, first + int(500 * decay)))
            age = span / 100 - time
            reach = np.clip((age + _WINDOW_SECONDS) / _WINDOW_SECONDS, 0.0, 1.0)
            sound = level * reach * np.exp(-np.maximum(age, 0.0) / decay)
            levels[span, bands] = np.maximum(levels[span, bands], sound[:, None])
    return levels.astype(np.float16)


def pitches(changes: np.ndarray, seconds: float) -> Tonal:
    """Four chords in turn, each from one of `changes` (seconds) to the next."""
    times = np.arange(round(seconds / ROW_SECONDS)) * ROW_SECONDS
    roots = np.array([0, 9, 5, 7])[np.searchsorted(changes, times, side="right") % 4]
    rows, bass = np.full((2, times.size, BINS), 1e-3, np.float32)
    for interval in (0, 4, 7):
        rows[np.arange(times.size), (roots + interval) % 12 * 10] = 1.0
    bass[np.arange(times.size), roots * 10] = 1.0
    return Tonal(rows, bass, np.full(times.size, 0.8, np.float32))


def pattern(
    metre: str, rng: np.random.Generator, *, seconds: float
) -> tuple[np.ndarray, Tonal, float, np.ndarray, np.ndarray]:
    """A piece in a metre, of rows drawn by chance: levels, pitches, tempo, beats and downbeats."""
    steps, tempi, rows = _FEELS[metre]
    bpm = float(rng.uniform(*tempi))
    beats = grid(bpm, seconds, start=float(rng.uniform(0.05, 1.0)))
    downbeats = beats[:: _BEATS[metre]]
    step = 60.0 / bpm * _BEATS[metre] / steps
    hits = {}
    for kind, options in rows.items():
        chosen = options[int(rng.integers(len(options)))]
        offsets = np.array([place * step for place, symbol in enumerate(chosen) if symbol == "x"])
        times = (downbeats[:, None] + offsets[None, :]).ravel()
        times = times[rng.random(times.size) > 0.05]  # one is left out now and then
        hits[kind] = times + rng.normal(0.0, 0.003, times.size)
    every = int(rng.choice([1, 1, 2]))
    return (
        levels_of(hits, seconds, seed=int(rng.integers(1 << 30))),
        pitches(downbeats[::every], seconds),
        bpm,
        beats,
        downbeats,
    )
