"""A track cut into bars, and what each bar sounds like: the ground on which sections are found.

Bars come from the downbeats where the beat is clear, else steps of about two seconds on the nearest beats. Per unit:
mean band levels and onset strength (how it sounds) and mean chroma (what it plays). Sections of DJ music and of songs
begin with bars, so nothing finer is needed, and an hour has no more than a few hundred units.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import BANDS_PER_SECOND, RhythmEstimate
from web.py.analysis.picture import LOW_BANDS, MID_BANDS, Picture
from web.py.analysis.tonal import Tonal, interval_chroma

__all__ = ["Units", "cut_units"]

#: A longer track is cut in steps of two, four, ... bars.
_MAX_UNITS: Final = 512
_GRID_SECONDS: Final = 2.0
_SHORTEST_BAR: Final = 1.25  # seconds; a fast waltz is counted in pairs of bars
_SILENT_DB: Final = -50.0  # under the track's loud frames: lead-in, fade's end
_MIN_DOWNBEATS: Final = 8
#: Spread below which a feature counts as constant, in the units of `Picture.levels`: so that the noise of music that
#: does not change is not taken for change.
_LEVEL_FLOOR, _ONSET_FLOOR = 0.25, 0.15
_CHUNK_UNITS: Final = 64
_KICK_REACH: Final = 5  # frames
_KICK_BANDS: Final = slice(0, 3)  # up to 150 Hz


class Units(NamedTuple):
    """A track in n units.

    edges: seconds float64 [n + 1], ascending. bars: bars to a unit, 0 when they are steps of time. sound: float32
    [n, features], each of spread 1 or less. harmony: float32 [n, 24], chroma of all and of the bass, each row of length
    1 or 0. level_db; kick: low-band onset strength; flux: onset strength of all; bright: centroid in octaves; noisy:
    flatness 0-1; all float64 [n]. evenness: 0-1, 1 where the kick falls on every beat alike (four on the floor), 0
    without beats. bass_share: of the power of the loud units, 0-1. begin_seconds: where the sounding part begins, which
    is before the first edge where that bar has no other to be joined with; `None` is at the first edge.
    """

    edges: np.ndarray
    bars: int
    sound: np.ndarray
    harmony: np.ndarray
    level_db: np.ndarray
    kick: np.ndarray
    flux: np.ndarray
    bright: np.ndarray
    noisy: np.ndarray
    evenness: float
    bass_share: float
    begin_seconds: float | None = None

    @property
    def size(self) -> int:
        """How many units there are."""
        return len(self.edges) - 1


def cut_units(
    picture: Picture,
    tonal: Tonal,
    *,
    cents: float,
    rhythm: RhythmEstimate | None,
    beats: np.ndarray,
    downbeats: np.ndarray,
    duration_seconds: float,
) -> Units | None:
    """The sounding part of a track as `Units`; `None` when nothing sounds."""
    sounding = _sounding(picture)
    if sounding is None:
        return None
    start, end = sounding[0], min(sounding[1], duration_seconds)
    regular = rhythm is not None and rhythm.clear and downbeats.size >= _MIN_DOWNBEATS
    if regular:
        edges, bars = _filled(downbeats, start=start, end=end), 1
    else:
        edges, bars = _time_grid(beats, start=start, end=end), 0
    levels, rises = _levels_and_rises(picture.levels, edges)
    begin = float(edges[0])
    while len(edges) - 1 > _MAX_UNITS or (regular and len(edges) > 4 and _length(edges) < _SHORTEST_BAR):
        edges, levels, rises = _in_pairs(edges, levels, rises)
        bars *= 2
    if len(edges) < 3:
        return None
    evenness = _evenness(picture.levels, beats) if regular else 0.0
    units = _measured(picture, tonal, levels, rises, edges=edges, bars=bars, cents=cents, evenness=evenness)
    return units._replace(begin_seconds=begin)


def _sounding(picture: Picture) -> tuple[float, float] | None:
    """First and last second above silence."""
    rms = picture.timbre.rms
    loud = float(np.quantile(rms, 0.95)) if rms.size else 0.0
    if loud <= 1e-5:
        return None
    frames = np.flatnonzero(rms > loud * 10 ** (_SILENT_DB / 20))
    return float(frames[0]) / BANDS_PER_SECOND, float(frames[-1] + 1) / BANDS_PER_SECOND


def _filled(downbeats: np.ndarray, *, start: float, end: float) -> np.ndarray:
    """Downbeats as edges from about `start` to about `end`; where bars are missing, as long ones as beside them."""
    bar = float(np.median(np.diff(downbeats)))
    inside = downbeats[(downbeats > start - bar / 2) & (downbeats < end - bar / 4)]
    if inside.size == 0:
        inside = downbeats[:1]
    before = inside[0] - bar * np.arange(int((inside[0] - start) / bar + 0.25), 0, -1)
    after = inside[-1] + bar * np.arange(1, int((end - inside[-1]) / bar + 0.75) + 1)
    known = np.concatenate([before[before > -bar / 4], inside, after])
    parts = [np.linspace(a, b, max(1, round((b - a) / bar)), endpoint=False) for a, b in itertools.pairwise(known)]
    edges: np.ndarray = np.concatenate([*parts, known[-1:]])
    return np.maximum(edges, 0.0)


def _time_grid(beats: np.ndarray, *, start: float, end: float) -> np.ndarray:
    """Steps of about two seconds, on the nearest beat where one is within half a second."""
    edges = np.linspace(start, end, max(2, round((end - start) / _GRID_SECONDS)) + 1)
    if beats.size:
        at = np.clip(np.searchsorted(beats, edges), 1, max(1, beats.size - 1))
        left, right = beats[at - 1], beats[np.minimum(at, beats.size - 1)]
        nearest = np.where(edges - left < right - edges, left, right)
        edges = np.where(np.abs(nearest - edges) < _GRID_SECONDS / 4, nearest, edges)
    unique: np.ndarray = np.unique(edges)
    return unique


def _levels_and_rises(rows: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean level and mean rise per frame of each band in each unit, float64 [n, bands]; in chunks of units."""
    levels, rises = [], []
    at = _frames(edges, len(rows))
    for first in range(0, len(at) - 1, _CHUNK_UNITS):
        cuts = at[first : first + _CHUNK_UNITS + 1]
        before = max(cuts[0] - 1, 0)
        part = rows[before : cuts[-1]].astype(np.float32)
        growth = np.maximum(np.diff(part, axis=0, prepend=part[:1]), 0.0)[cuts[0] - before :]
        starts, lengths = cuts[:-1] - cuts[0], np.diff(cuts)[:, None]
        levels.append(np.add.reduceat(part[cuts[0] - before :], starts, axis=0) / lengths)
        rises.append(np.add.reduceat(growth, starts, axis=0) / lengths)
    return np.concatenate(levels).astype(np.float64), np.concatenate(rises).astype(np.float64)


def _length(edges: np.ndarray) -> float:
    return float(np.median(np.diff(edges)))


def _in_pairs(edges: np.ndarray, levels: np.ndarray, rises: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units joined two by two, from the first or the second on: so that what changes most stays an edge."""
    change = np.zeros(len(edges))
    change[1:-1] = np.abs(np.diff(levels, axis=0)).sum(axis=1)
    odd = int(change[1::2].sum() > change[::2].sum())
    kept = edges[odd::2]
    both = [(rows[odd:][: 2 * (len(kept) - 1)]).reshape(len(kept) - 1, 2, -1).mean(axis=1) for rows in (levels, rises)]
    return kept, both[0], both[1]


def _measured(
    picture: Picture,
    tonal: Tonal,
    levels: np.ndarray,
    rises: np.ndarray,
    *,
    edges: np.ndarray,
    bars: int,
    cents: float,
    evenness: float,
) -> Units:
    at = _frames(edges, len(picture.timbre.rms))
    power, bright, noisy = (
        np.add.reduceat(column[: at[-1]].astype(np.float64), at[:-1]) / np.diff(at)
        for column in (picture.timbre.rms**2, picture.timbre.centroid_hz, picture.timbre.flatness)
    )
    harmony = np.concatenate(
        [_directions(interval_chroma(part, edges, cents=cents)) for part in (tonal.all, tonal.bass)], axis=1
    )
    onsets = np.add.reduceat(rises, (LOW_BANDS.start, MID_BANDS.start, MID_BANDS.stop), axis=1)
    return Units(
        edges=edges,
        bars=bars,
        sound=np.concatenate([_scaled(levels, _LEVEL_FLOOR), _scaled(onsets, _ONSET_FLOOR)], axis=1).astype(np.float32),
        harmony=(harmony / np.sqrt(2.0)).astype(np.float32),
        level_db=10 * np.log10(power + 1e-12),
        kick=rises[:, _KICK_BANDS].mean(axis=1),
        flux=rises.mean(axis=1),
        bright=np.log2(np.maximum(bright, 20.0)),
        noisy=noisy,
        evenness=evenness,
        bass_share=_bass_share(levels),
    )


def _frames(edges: np.ndarray, count: int) -> np.ndarray:
    """Edges in seconds as ascending frame numbers at 100 Hz that leave no unit empty."""
    at = np.rint(edges * BANDS_PER_SECOND).astype(np.intp)
    ends = count - np.arange(len(at) - 1, -1, -1)
    frames: np.ndarray = np.maximum.accumulate(np.clip(at, np.arange(len(at)), ends))
    return frames


def _evenness(levels: np.ndarray, beats: np.ndarray) -> float:
    """How alike the kicks on four beats in a row are (weakest over mean), in the half of the track with most kick."""
    at = np.rint(beats * BANDS_PER_SECOND).astype(np.intp)
    at = at[(at >= _KICK_REACH + 1) & (at < len(levels) - _KICK_REACH)]
    if at.size < 4 * _MIN_DOWNBEATS:
        return 0.0
    around = at[:, None] + np.arange(-_KICK_REACH - 1, _KICK_REACH + 1)
    rises = np.diff(levels[around][:, :, _KICK_BANDS].astype(np.float32), axis=1)
    kicks = np.maximum(rises, 0.0).sum(axis=(1, 2))
    fours = kicks[: at.size // 4 * 4].reshape(-1, 4)
    means = fours.mean(axis=1)
    strong = means >= np.median(means)
    return float(np.mean(fours[strong].min(axis=1) / np.maximum(means[strong], 1e-9)))


def _bass_share(levels: np.ndarray) -> float:
    """Share of the low bands in the power of the louder half of the units."""
    power = np.expm1(levels) ** 2
    total = power.sum(axis=1)
    loud = total >= np.median(total)
    return float(power[loud, LOW_BANDS].sum() / max(float(total[loud].sum()), 1e-12))


def _scaled(columns: np.ndarray, floor: float) -> np.ndarray:
    """Columns about their means in units of their spread, that of the middle half: one silent break leaves it alone."""
    low, high = np.quantile(columns, (0.25, 0.75), axis=0)
    spread = np.maximum((high - low) / 1.35, columns.std(axis=0) / 2)
    scaled: np.ndarray = (columns - columns.mean(axis=0)) / np.maximum(spread, floor)
    return scaled


def _directions(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1 (or 0 where empty), roots taken first so that one loud pitch does not say it all."""
    rooted = np.sqrt(np.maximum(rows, 0.0))
    directions: np.ndarray = rooted / np.maximum(np.sqrt(np.einsum("ij,ij->i", rooted, rooted)), 1e-9)[:, None]
    return directions
