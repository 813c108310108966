"""Tempo, beats, bars and metre of a track, from band levels and pitches alone.

The steps: onsets of four voices (`onsets`), how they repeat (`tempogram`), one or two pulses followed through the
track (`beats`, `grid`), all tempi that may be meant by them (`candidates`, `octave`), bars (`bars`), and the weighing
of every hypothesis (`judge`). A constant grid is fitted to the whole track, so that 174.0 reads 174.0.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.errors import KeylightError
from shared.schema.analysis import CLEAR_CONFIDENCE, RhythmEstimate, TempoPoint, TempoRange
from web.py.analysis.bars import CELLS, PULSE_CELLS
from web.py.analysis.beats import Pulse
from web.py.analysis.candidates import LOOP_SECONDS, Hearing, hear, is_loop
from web.py.analysis.downbeats import bar_scores, best_downbeats
from web.py.analysis.grid import Grid, at_tempo, grid_beats, refine
from web.py.analysis.judge import WEIGHTS, Verdict, Weights, judge
from web.py.analysis.tempo import MAX_BPM, MIN_BPM, ranked_alternatives
from web.py.analysis.tonal import Tonal
from web.py.analysis.trust import Trust, clues, support, trust

__all__ = ["Rhythm", "analyse_rhythm", "listen_and_judge", "place_beats"]

_MIN_SECONDS: Final = 1.0
_SNAP_BPM: Final = 0.06  # DJ music is made at whole tempi; a measured 127.95 on a steady grid is 128
_MAP_SECONDS: Final = 10.0
_MAP_STEP: Final = 0.005
#: Trust in the beats from which a short clip's tempo counts fully: two seconds of noise have tempi by chance.
_SHORT_BEATS: Final = 0.6


class Rhythm(NamedTuple):
    """The estimate, and beats and downbeats in seconds, float64, ascending."""

    estimate: RhythmEstimate
    beats: np.ndarray
    downbeats: np.ndarray


def analyse_rhythm(
    levels: np.ndarray,
    *,
    tonal: Tonal | None,
    cents: float,
    duration_seconds: float,
    tempo_range: TempoRange | None = None,
) -> Rhythm | None:
    """Rhythm of a track, or `None` where there is no pulse to speak of (silence, under a second).

    levels: [frames, bands] at 100 Hz as in `Picture`. tonal, cents: pitches and their tuning, for changes of harmony.
    Raises `KeylightError` for levels that are no table, and for a range that is empty.
    """
    if levels.ndim != 2:
        raise KeylightError(f"Expected levels of [frames, bands], got {levels.ndim} dimensions.")
    if tempo_range and not 0 < tempo_range.low_bpm <= tempo_range.high_bpm:
        low, high = tempo_range.low_bpm, tempo_range.high_bpm
        raise KeylightError(f"Expected a tempo range from low to high, got {low:g} to {high:g} BPM.")
    if duration_seconds < _MIN_SECONDS or len(levels) < 2:
        return None
    heard = listen_and_judge(levels, tonal, cents, duration_seconds, tempo_range)
    if heard is None:
        return None
    hearing, verdict = heard
    beats, downbeats, measured, snapped = place_beats(hearing, verdict, duration_seconds=duration_seconds)
    if beats.size < 2 or not MIN_BPM <= measured <= MAX_BPM:
        return None
    steady = hearing.pulses[verdict.candidate.pulse].grid is not None
    sure = _sure(hearing, verdict, duration_seconds)
    hz = np.array([candidate.hz for candidate in hearing.candidates])
    shown = float(round(measured)) if snapped else round(measured, 1)
    estimate = RhythmEstimate(
        bpm=shown,
        measured_bpm=round(measured, 3),
        snapped=snapped,
        steady=steady,
        confidence=round(sure.tempo, 3),
        clear=sure.tempo >= CLEAR_CONFIDENCE,
        meter=verdict.metre.beats,
        downbeat_confidence=round(sure.downbeats, 3),
        alternatives=ranked_alternatives(shown, 60.0 * hz, verdict.tempo_shares),
        time_signature=verdict.metre.name,
        beat_confidence=round(sure.beats, 3),
        tempo_map=() if steady else _tempo_map(beats),
    )
    return Rhythm(estimate, beats, downbeats)


def _sure(hearing: Hearing, verdict: Verdict, duration_seconds: float) -> Trust:
    """The confidences, as far as there are onsets to carry them; a short clip's tempo is no surer than its beats."""
    sure = trust(clues(hearing, verdict, duration_seconds=duration_seconds))
    clip = duration_seconds < LOOP_SECONDS
    carried = support(hearing.salient, hz=verdict.candidate.hz, seconds=hearing.seconds, clip=clip)
    tempo = sure.tempo * (min(1.0, sure.beats / _SHORT_BEATS) ** 2 if clip else 1.0)
    return Trust(tempo * carried, sure.beats * carried, sure.downbeats * carried)


def listen_and_judge(
    levels: np.ndarray,
    tonal: Tonal | None,
    cents: float,
    duration_seconds: float,
    tempo_range: TempoRange | None = None,
    weights: Weights = WEIGHTS,
) -> tuple[Hearing, Verdict] | None:
    """What was heard and how it is judged; of a short clip, as a loop or as it is, whichever can be trusted more.

    A loop is what holds whole bars by its own tempo; only where it does not, the clip is heard as it is.
    """
    best: tuple[float, Hearing, Verdict] | None = None
    for as_loop in (True, False) if duration_seconds < LOOP_SECONDS else (False,):
        hearing = hear(levels, tonal=tonal, cents=cents, duration_seconds=duration_seconds, as_loop=as_loop)
        if hearing is None or not hearing.candidates:
            continue
        verdict = judge(hearing, tempo_range=tempo_range, weights=weights)
        sure = trust(clues(hearing, verdict, duration_seconds=duration_seconds)).tempo
        if best is None or sure > best[0]:
            best = (sure, hearing, verdict)
        if as_loop and is_loop(hearing, hz=verdict.candidate.hz, beats=verdict.metre.beats):
            break
    return best[1:] if best else None


def place_beats(
    hearing: Hearing, verdict: Verdict, *, duration_seconds: float, weights: Weights = WEIGHTS
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Beats and downbeats in seconds, the measured tempo in BPM, and whether the grid was set to a whole one."""
    beats, measured, snapped, first = _beats(hearing, verdict, duration_seconds)
    if not beats.size:
        return beats, beats, measured, snapped
    return beats, beats[_downbeats(hearing, verdict, beats, first, weights)], measured, snapped


def _beats(hearing: Hearing, verdict: Verdict, duration_seconds: float) -> tuple[np.ndarray, float, bool, int]:
    """Beats in seconds, the measured tempo, whether it was snapped to a whole one, and the first downbeat's index."""
    candidate = verdict.candidate
    pulse = hearing.pulses[candidate.pulse]
    start = verdict.cell / CELLS * candidate.pulses_per_beat
    numbers = np.arange(pulse.times.size)
    if pulse.grid is None:
        bar = verdict.metre.beats
        count = int(pulse.times.size / candidate.pulses_per_beat) + bar
        index = np.arange(-count, count)
        times = _at(pulse, start + index * candidate.pulses_per_beat)
        inside = (times >= 0) & (times < duration_seconds)
        beats, index = times[inside], index[inside]
        steps = np.diff(beats)
        measured = 60.0 * steps.size / float(steps.sum()) if steps.size else 0.0
        return beats, measured, False, int(-index[0] % bar) if index.size else 0
    anchor = float(np.interp(start, numbers, pulse.times))
    grid = Grid(anchor, pulse.grid.period * candidate.pulses_per_beat)
    if not hearing.loop:
        grid = refine(grid, hearing.mix, hearing.seconds)
    measured = 60.0 / grid.period
    snapped = abs(measured - round(measured)) <= _SNAP_BPM
    if snapped:
        grid = at_tempo(grid, float(round(measured)), duration_seconds)
    beats = grid_beats(grid, duration_seconds)
    first = round((anchor - beats[0]) / grid.period) if beats.size else 0
    return beats, measured, snapped, int(first % verdict.metre.beats)


def _downbeats(hearing: Hearing, verdict: Verdict, beats: np.ndarray, first: int, weights: Weights) -> np.ndarray:
    """Indices of the downbeats among the beats; a loop has whole bars only."""
    candidate, metre = verdict.candidate, verdict.metre
    if hearing.loop:
        return np.arange(first, beats.size, metre.beats)
    times = hearing.pulses[candidate.pulse].times
    scores = bar_scores(
        hearing.warped[candidate.pulse],
        metre,
        weights.bars[metre.name],
        first_cell=float(np.interp(beats[0], times, np.arange(times.size))) * PULSE_CELLS,
        pulses_per_beat=candidate.pulses_per_beat,
        count=beats.size,
    )
    return best_downbeats(scores, beats=metre.beats, first=first)


def _at(pulse: Pulse, positions: np.ndarray) -> np.ndarray:
    """Seconds of positions in pulses; NaN outside what was followed."""
    return np.interp(positions, np.arange(pulse.times.size), pulse.times, left=np.nan, right=np.nan)


def _tempo_map(beats: np.ndarray) -> tuple[TempoPoint, ...]:
    """The tempo of each stretch of about 10 s, where it differs from that before."""
    points: list[TempoPoint] = []
    start = 0
    while start < beats.size - 1:
        stop = min(beats.size - 1, max(start + 2, int(np.searchsorted(beats, beats[start] + _MAP_SECONDS))))
        bpm = 60.0 * (stop - start) / float(beats[stop] - beats[start])
        if not points or abs(bpm / points[-1].bpm - 1.0) > _MAP_STEP:
            points.append(TempoPoint(start_seconds=round(float(beats[start]), 3), bpm=round(bpm, 2)))
        start = stop
    return tuple(points)
