"""Where the bar begins: onsets, harmony and level read by the clock of a pulse, and folded into one bar.

A listener finds the one by the kick and the bass note on it, the snare on two and four, chords that change with it and
sections that begin there. For each metre a table says how much of each voice belongs at each place of the bar; a
hypothesis (beat length, metre, where the one lies) is scored by how the track's mean bar agrees with it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import TimeSignature
from web.py.analysis.onsets import VOICES
from web.py.analysis.tempogram import FRAME_RATE
from web.py.analysis.tonal import ROW_SECONDS

__all__ = ["CELLS", "METRES", "PLACES", "PULSE_CELLS", "Metre", "bar_features", "fold", "listen", "warp"]

#: Cells per pulse in warped time, and per beat of a folded bar.
PULSE_CELLS: Final = 48
CELLS: Final = 24


class Metre(NamedTuple):
    """A time signature, its beats to the bar, and the places within a beat, in `CELLS`, where notes fall."""

    name: TimeSignature
    beats: int
    places: tuple[int, ...]


METRES: Final = (
    Metre("4/4", 4, (0, 6, 8, 12, 16, 18)),
    Metre("3/4", 3, (0, 6, 8, 12, 16, 18)),
    Metre("6/8", 2, (0, 4, 8, 12, 16, 20)),
)
#: Rows of what is heard: the voices, then change of harmony, of bass, and of level over seconds.
_HARMONY, _BASS, _LEVEL = len(VOICES), len(VOICES) + 1, len(VOICES) + 2
_QUIETEST: Final = 0.15  # as in the tempogram: of the mean voice
_POWER: Final = 0.5  # folded strengths are compressed, so that one loud drum does not decide alone
_LEVEL_STEP: Final = 10  # frames
_LEVEL_REACH: Final = 20  # steps: two seconds before and after
_LEVEL_GROUPS: Final = (0, 4, 15, 25)


def listen(voices: np.ndarray, levels: np.ndarray, harmony: np.ndarray, bass: np.ndarray) -> np.ndarray:
    """All that bars are found by, float32 [frames, 7], each about 1 in the mean.

    voices: [frames, 4] onsets; levels: [frames, bands], both at 100 Hz. harmony, bass: chroma [rows, 12], one row per
    `ROW_SECONDS`, or empty.
    """
    means = voices.mean(axis=0, dtype=np.float64)
    heard = np.empty((len(voices), len(VOICES) + 3), np.float32)
    heard[:, :_HARMONY] = voices / np.maximum(means, _QUIETEST * max(float(means.mean()), 1e-9))
    frames = np.arange(len(voices))
    for column, rows in ((_HARMONY, harmony), (_BASS, bass)):
        change = _change(rows) if len(rows) > 3 else np.zeros(2)
        heard[:, column] = np.interp(frames / FRAME_RATE, (np.arange(change.size) - 0.5) * ROW_SECONDS, change)
    heard[:, _LEVEL] = np.interp(frames, np.arange(len(levels) // _LEVEL_STEP + 1) * _LEVEL_STEP, _level_change(levels))
    heard[:, _HARMONY:] /= np.maximum(heard[:, _HARMONY:].mean(axis=0), 1e-6)
    return heard


def warp(heard: np.ndarray, pulse_times: np.ndarray) -> np.ndarray:
    """What is heard at each 1/48 of a pulse, float32 [(pulses - 1) * 48, columns], 0 outside the track."""
    at = np.arange((pulse_times.size - 1) * PULSE_CELLS) / PULSE_CELLS
    frames = np.interp(at, np.arange(pulse_times.size), pulse_times) * FRAME_RATE
    index = np.arange(len(heard))
    warped = np.stack([np.interp(frames, index, column, left=0.0, right=0.0) for column in heard.T], axis=1)
    return warped.astype(np.float32)


def fold(warped: np.ndarray, *, pulses_per_beat: float, beats: int) -> np.ndarray:
    """The mean bar, float64 [columns, beats * CELLS]; cell 0 is the first pulse.

    pulses_per_beat * beats * 48 must be whole: beats are simple multiples of the pulse.
    """
    length = round(pulses_per_beat * beats * PULSE_CELLS)
    bars = max(1, -(-len(warped) // length))
    sums = _bar_sum(warped, length, bars)
    at = np.arange(beats * CELLS) * (length / (beats * CELLS))
    cells = np.arange(length + 1)
    closed = np.concatenate([sums, sums[:1]]) * (length / max(len(warped), 1))
    return np.stack([np.interp(at, cells, column) for column in closed.T])


def bar_features(folded: np.ndarray, metre: Metre) -> np.ndarray:
    """What speaks for a bar that begins at each cell, float64 [beats * CELLS, features]; `PLACES` names the columns."""
    strength = np.sqrt(np.maximum(folded, 0.0))
    smooth = (np.roll(strength, 1, axis=1) + 2 * strength + np.roll(strength, -1, axis=1)) / 4
    rows, offsets = _TABLE[metre.name]
    start = np.arange(metre.beats * CELLS)[:, None]
    features: np.ndarray = smooth[rows[None, :], (start + offsets[None, :]) % smooth.shape[1]]
    return features


def _places(metre: Metre) -> tuple[tuple[int, int], ...]:
    """Row and offset in cells of each feature."""
    places = []
    for beat in range(metre.beats):
        first = beat * CELLS
        places += [(row, first + place) for place in metre.places for row in range(_HARMONY)]
        places += [(row, first + place) for place in (0, CELLS // 2) for row in (_HARMONY, _BASS)]
        places.append((_LEVEL, first))
    return (*places, (0, -1), (len(VOICES) - 1, -1))


PLACES: Final = {metre.name: _places(metre) for metre in METRES}
_TABLE: Final = {name: tuple(np.array(places).T) for name, places in PLACES.items()}


def _bar_sum(warped: np.ndarray, length: int, bars: int) -> np.ndarray:
    whole = (bars - 1) * length
    sums = warped[:whole].reshape(bars - 1, length, warped.shape[1]).sum(axis=0, dtype=np.float64)
    rest = warped[whole:]
    sums[: len(rest)] += rest
    return sums


def _change(rows: np.ndarray) -> np.ndarray:
    """One less the cosine between the two rows before and the two after each boundary of rows, float64 [rows + 1]."""
    root = np.sqrt(rows)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(root, axis=0)])
    at = np.arange(len(rows) + 1)
    before = sums[at] - sums[np.maximum(at - 2, 0)]
    after = sums[np.minimum(at + 2, len(rows))] - sums[at]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    change = np.where(norms > 1e-9, 1.0 - np.einsum("ij,ij->i", before, after) / np.maximum(norms, 1e-9), 0.0)
    change[[0, -1]] = 0.0
    return np.maximum(change, 0.0)


def _level_change(levels: np.ndarray) -> np.ndarray:
    """Squared difference of mean levels over two seconds before and after, float64 [frames // 10 + 1]."""
    steps = len(levels) // _LEVEL_STEP
    if steps < 2:
        return np.zeros(steps + 1)
    counts = np.diff((*_LEVEL_GROUPS, levels.shape[1]))
    cells = levels[: steps * _LEVEL_STEP].reshape(steps, _LEVEL_STEP, -1).mean(axis=1, dtype=np.float32)
    groups = np.add.reduceat(cells, _LEVEL_GROUPS, axis=1) / counts
    sums = np.concatenate([np.zeros((1, groups.shape[1])), np.cumsum(groups, axis=0, dtype=np.float64)])
    at = np.arange(steps + 1)
    low, high = np.maximum(at - _LEVEL_REACH, 0), np.minimum(at + _LEVEL_REACH, steps)
    before = (sums[at] - sums[low]) / np.maximum(at - low, 1)[:, None]
    after = (sums[high] - sums[at]) / np.maximum(high - at, 1)[:, None]
    change: np.ndarray = np.abs(after - before).sum(axis=1) ** 2
    change[:3] = change[-3:] = 0.0
    return change
