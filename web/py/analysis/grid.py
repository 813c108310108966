"""Constant grids: the exact period and place of beats that lie evenly over a whole track.

A track's Fourier tempogram with one window as long as the track has its peak at the tempo with an error far below
0.1 BPM (Grosche & Müller 2011); onset strength under the beats then settles the last thousandths.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis.tempogram import FRAME_RATE

__all__ = ["Grid", "at_tempo", "find_grid", "grid_beats", "read", "refine"]

_SEARCH_SHARE: Final = 0.03
_STRETCH: Final = int(4 * FRAME_RATE)
_FASTEST_HZ: Final = 8.5  # of subdivisions whose phase is compared: at faster ones chance alone looks even
_EDGE_SECONDS: Final = 0.03
_LOST_MS: Final = 1000.0


class Grid(NamedTuple):
    """Beat n lies at `start` + n * `period` seconds."""

    start: float
    period: float


def find_grid(envelope: np.ndarray, *, bpm: float, search: float = _SEARCH_SHARE) -> tuple[Grid, float]:
    """The constant grid near `bpm` in onset strength [frames] at 100 Hz, and how far the track wanders off it.

    search: the share of `bpm` within which the tempo is sought. The second is a root mean square in milliseconds, from
    the phases of stretches of 4 s: sequenced music lies below 6, hands that hold a tempo at 10 and more.

    >>> clicks = np.zeros(3000); clicks[::50] = 1.0
    >>> grid, wander_ms = find_grid(clicks, bpm=121.0)
    >>> round(60 / grid.period, 1), wander_ms < 1.0
    (120.0, True)
    """
    centred = envelope - envelope.mean()
    size = 1 << int(np.ceil(np.log2(max(envelope.size, 2) * 4)))
    spectrum = np.abs(np.fft.rfft(centred * np.hanning(envelope.size), size))
    bin_hz = FRAME_RATE / size
    near = np.arange(int(bpm / 60 * (1 - search) / bin_hz), int(bpm / 60 * (1 + search) / bin_hz) + 2)
    near = near[4 * near < spectrum.size]
    if near.size < 3:
        return Grid(0.0, 60.0 / bpm), _LOST_MS
    harmonics = spectrum[near] + spectrum[2 * near] / 2 + spectrum[4 * near] / 4
    peak = int(np.clip(np.argmax(harmonics), 1, near.size - 2))
    left, mid, right = harmonics[peak - 1 : peak + 2]
    bend = left - 2 * mid + right
    hz = float(near[peak] + (np.clip(0.5 * (left - right) / bend, -1.0, 1.0) if bend < 0 else 0.0)) * bin_hz
    phase, wander_ms = _phases(centred, hz)
    return Grid(phase / hz, 1.0 / hz), wander_ms


def _phases(centred: np.ndarray, hz: float) -> tuple[float, float]:
    """The phase at `hz` in turns, and how far stretches differ in phase, in milliseconds, at `hz` or a subdivision.

    Hats between the beats may turn the phase at the beat itself by half a turn from one section to the next, which the
    subdivisions do not mind. Phases spread by s radians leave a mean vector of length exp(-s²/2).
    """
    starts = np.arange(0, centred.size, _STRETCH)
    turn = np.exp(-2j * np.pi * hz / FRAME_RATE * np.arange(centred.size))
    wander, phase, turns = _LOST_MS, 0.0, np.ones(centred.size, np.complex128)
    for multiple in range(1, max(1, int(_FASTEST_HZ / hz)) + 1):
        turns *= turn
        stretches = np.add.reduceat(centred * turns, starts)
        total = stretches.sum()
        if multiple == 1:
            phase = float(-np.angle(total) / (2 * np.pi)) % 1.0
        length = float(np.abs(total) / max(float(np.abs(stretches).sum()), 1e-12))
        spread = (-2.0 * np.log(np.clip(length, 1e-9, 1.0))) ** 0.5
        wander = min(wander, 1000.0 * spread / (2 * np.pi * multiple * hz))
    return phase, float(wander)


def refine(grid: Grid, envelope: np.ndarray, duration_seconds: float) -> Grid:
    """The grid near `grid` that meets most onset strength: tempo within 0.25 %, phase within an eighth of a beat.

    The envelope is smoothed over 30 ms, so that the search surface has no holes, and read by linear interpolation.
    """
    smooth = np.convolve(envelope, np.array([0.25, 0.5, 1.0, 0.5, 0.25]) / 2.5, mode="same")
    count = max(1, int(duration_seconds / grid.period))
    middle = grid.start + grid.period * round((duration_seconds / 2 - grid.start) / grid.period)
    numbers = np.arange(-(count // 2), count - count // 2)
    best, best_score = (middle, grid.period), -1.0
    span = min(0.0025, 0.05 / count)  # a tempo error that moves the outermost beat by more than 1/20 beat is seen
    for tempo_span, phase_span in ((max(span * 4, 0.0005), 0.04), (span, 0.01)):
        centre, period = best
        for stretch in np.linspace(-tempo_span, tempo_span, 21):
            times = centre + period * (1 + stretch) * numbers
            for shift in np.linspace(-phase_span, phase_span, 17) * period:
                score = float(read(smooth, times + shift).mean())
                if score > best_score + 1e-12:
                    best, best_score = (centre + shift, period * (1 + stretch)), score
    return Grid(float(best[0]), float(best[1]))


def grid_beats(grid: Grid, duration_seconds: float) -> np.ndarray:
    """All beats of the grid from 0 to the end, in seconds, float64; one a little before 0 is the one at 0."""
    first = int(np.ceil((-_EDGE_SECONDS - grid.start) / grid.period))
    last = int(np.ceil((duration_seconds - _EDGE_SECONDS - grid.start) / grid.period))
    beats: np.ndarray = np.maximum(grid.start + grid.period * np.arange(first, last), 0.0)
    return beats


def at_tempo(grid: Grid, bpm: float, duration_seconds: float) -> Grid:
    """The grid at another, close tempo, kept in place in the middle of the track where the error is least."""
    middle = grid.start + grid.period * round((duration_seconds / 2 - grid.start) / grid.period)
    return Grid(middle, 60.0 / bpm)


def read(envelope: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The envelope [frames] at 100 Hz between its frames, 0 outside."""
    at = np.asarray(seconds) * FRAME_RATE
    index = np.clip(at.astype(np.int64), 0, max(envelope.size - 2, 0))
    inside = (at >= 0) & (at <= envelope.size - 1)
    strength: np.ndarray = envelope[index] + (at - index) * (
        envelope[np.minimum(index + 1, envelope.size - 1)] - envelope[index]
    )
    return np.where(inside, strength, 0.0)
