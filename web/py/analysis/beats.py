"""Following a pulse through a track: a constant grid where it keeps one, else a tempo path and dynamic programming.

The tempo of each window is the one whose multiples repeat, chosen for all windows at once so that it changes little;
the pulses are then the sequence of onsets whose distances keep to it (Ellis 2007). The followed pulse becomes the clock
by which the rest is read: onsets at positions of the pulse instead of times.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis.grid import Grid, find_grid, grid_beats, read
from web.py.analysis.tempogram import FRAME_RATE, Tempogram

__all__ = ["Pulse", "constant_pulse", "follow_pulse"]

#: Milliseconds of wandering below which a grid is certain, and the limit when it is multiplied by how much more onset
#: strength freely tracked pulses meet: sequenced pieces measured 1 to 8, played ones 10 to 80.
_CERTAIN_MS, _STEADY_MS = 2.5, 15.0
_DRIFT: Final = np.exp(np.linspace(-0.12, 0.12, 61))
_DRIFT_COST: Final = 2000.0  # per squared log step of the tempo between windows
_TIGHTNESS: Final = 150.0  # per squared log deviation of one period; Ellis has 100 for a sharper envelope
_MIN_PULSES: Final = 8
_REACH: Final = (0.75, 1.34)  # of a period, where the pulse before is sought


class Pulse(NamedTuple):
    """Pulses at `times` seconds (float64, ascending, from before 0 to past the end); `grid` where they are constant."""

    times: np.ndarray
    grid: Grid | None

    @property
    def hz(self) -> float:
        """Pulses per second, the median over the track."""
        return 1.0 / float(np.median(np.diff(self.times)))


def constant_pulse(mix: np.ndarray, *, hz: float, duration_seconds: float) -> Pulse:
    """The pulse at exactly `hz`, at the phase where onsets are strongest."""
    turn = np.exp(-2j * np.pi * hz / FRAME_RATE * np.arange(mix.size))
    start = float(-np.angle(np.dot(mix - mix.mean(), turn)) / (2 * np.pi * hz)) % (1 / hz)
    grid = Grid(start, 1.0 / hz)
    return Pulse(_around(grid, duration_seconds), grid)


def follow_pulse(mix: np.ndarray, tempogram: Tempogram, *, hz: float, duration_seconds: float) -> Pulse:
    """The pulse near `hz` through the whole track; mix: onset envelope [frames] at 100 Hz, smoothed over some 30 ms."""
    grid, wander_ms = find_grid(mix, bpm=60.0 * hz)
    constant = Pulse(_around(grid, duration_seconds), grid)
    if wander_ms < _CERTAIN_MS:
        return constant
    frames = _track(mix, _tempo_path(tempogram, hz, mix.size))
    if frames.size < _MIN_PULSES:
        return constant
    times = _between_frames(mix, frames) / FRAME_RATE
    gain = _best_strength(mix, grid, duration_seconds)
    if wander_ms * float(read(mix, times).mean()) < _STEADY_MS * gain:
        return constant
    return Pulse(_extended(times, duration_seconds), None)


def _around(grid: Grid, duration_seconds: float) -> np.ndarray:
    """The grid's beats from before 0 to past the end."""
    first = np.floor(-grid.start / grid.period) - 1
    count = int(np.ceil(duration_seconds / grid.period)) + 4
    times: np.ndarray = grid.start + grid.period * (first + np.arange(count))
    return times


def _best_strength(mix: np.ndarray, grid: Grid, duration_seconds: float) -> float:
    """Mean onset strength under the grid at its best phase."""
    times = grid_beats(grid, duration_seconds)
    return max(float(read(mix, times + share * grid.period).mean()) for share in np.arange(24) / 24)


def _tempo_path(tempogram: Tempogram, hz: float, frames: int) -> np.ndarray:
    """Period in frames at each frame, float64 [frames], within 12 % of `hz`."""
    periods = FRAME_RATE / hz * _DRIFT
    lags = np.arange(tempogram.local.shape[1])
    gain = np.stack([sum(np.interp(k * periods, lags, row) for k in (1, 2, 3, 4)) for row in tempogram.local])
    step = _DRIFT_COST * np.log(_DRIFT[:, None] / _DRIFT[None, :]) ** 2 / 10
    total, back = gain[0], np.zeros(gain.shape, np.int64)
    for index in range(1, len(gain)):
        reach = total[None, :] - step
        back[index] = reach.argmax(axis=1)
        total = gain[index] + reach.max(axis=1)
    path = np.zeros(len(gain), np.int64)
    path[-1] = int(total.argmax())
    for index in range(len(gain) - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    along: np.ndarray = np.interp(np.arange(frames), tempogram.times * FRAME_RATE, periods[path])
    return along


def _track(mix: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Frames of the best sequence of pulses, int64; a block shorter than any period is worked out at once."""
    onset = (mix - mix.mean()) / max(float(mix.std()), 1e-9)
    score, back = onset.copy(), np.full(mix.size, -1, np.int64)
    first = 0
    while first < mix.size:
        period = float(periods[first])
        lags = np.arange(max(1, int(period * _REACH[0])), int(np.ceil(period * _REACH[1])) + 1)
        last = min(mix.size, first + int(lags[0]))
        before = np.arange(first, last)[:, None] - lags[None, :]
        cost = _TIGHTNESS * np.log(lags / period) ** 2
        reach = np.where(before >= 0, score[np.maximum(before, 0)] - cost, -np.inf)
        choice = reach.argmax(axis=1)
        rows = np.arange(last - first)
        gain = reach[rows, choice]
        linked = gain > 0
        score[first:last] += np.where(linked, gain, 0.0)
        back[first:last] = np.where(linked, before[rows, choice], -1)
        first = last
    tail = max(0, mix.size - int(periods[-1] * 1.5))
    at = tail + int(score[tail:].argmax())
    chain = [at]
    while back[chain[-1]] >= 0:
        chain.append(int(back[chain[-1]]))
    return np.array(chain[::-1])


def _between_frames(mix: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """The frames moved to the top of a parabola through the onset around them."""
    inner = np.clip(frames, 1, mix.size - 2)
    left, mid, right = mix[inner - 1], mix[inner], mix[inner + 1]
    bend = left - 2 * mid + right
    moved: np.ndarray = inner + np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0).clip(-0.5, 0.5)
    return moved


def _extended(times: np.ndarray, duration_seconds: float) -> np.ndarray:
    """The pulses carried on at their first and last tempo to before 0 and past the end."""
    first = float(np.median(np.diff(times[:9])))
    last = float(np.median(np.diff(times[-9:])))
    before = times[0] - first * np.arange(int(np.ceil(times[0] / first)) + 2, 0, -1)
    after = times[-1] + last * np.arange(1, int(np.ceil((duration_seconds - times[-1]) / last)) + 3)
    return np.concatenate([before, times, after])
