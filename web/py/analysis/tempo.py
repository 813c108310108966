"""From beats to a tempo and a grid: regression, grid refinement, snapping, bars, and what a hand may change.

Essentia quantises tempo by autocorrelation lag (170 and 175 BPM both read 172.265, essentia #458) and its beats jump
where the drums pause, so it only says which tempo is meant; the period and phase come from the onset strength of the
whole track.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import numpy as np

from shared.errors import KeylightError
from shared.schema.analysis import BANDS_PER_SECOND, CLEAR_CONFIDENCE, RhythmEstimate, TempoGuess, TempoRelation

__all__ = [
    "MAX_BPM",
    "MIN_BPM",
    "Grid",
    "alternatives",
    "estimate_rhythm",
    "find_grid",
    "ranked_alternatives",
    "retempo",
    "same_pulse",
    "tap_tempo",
]

MIN_BPM, MAX_BPM = 20.0, 400.0
_RELATIONS: Final[tuple[tuple[TempoRelation, float], ...]] = (
    ("×1/2", 1 / 2),
    ("×2", 2.0),
    ("×2/3", 2 / 3),
    ("×3/2", 3 / 2),
    ("×3/4", 3 / 4),
    ("×4/3", 4 / 3),
    ("×1/3", 1 / 3),
    ("×3", 3.0),
)
_SAME_SHARE: Final = 0.04
_SEARCH_SHARE: Final = 0.035  # Essentia's lags lie up to 2.6 % apart at 175 BPM
#: Steadiness from which a track has one grid: sequenced songs measured 0.9 and more, played ones 0.2-0.6.
_STEADY: Final = 0.8
_SNAP_BPM: Final = 0.06  # DJ music is made at whole tempi; a measured 127.95 on a steady grid is 128
_MIN_BEATS: Final = 2
_LOW_REACH: Final = np.arange(-0.02, 0.055, 0.01)  # seconds; a bass drum's low band rises up to 30 ms after its click
_PHASES: Final = 48
_AGREE_SHARE: Final = 0.08  # of a period: a beat of Essentia's so near supports a phase
#: Low-band swing over the beat, in means of the band, from which the kick's word counts fully.
_CLEAR_KICK: Final = 0.5
#: Weights beside overall onset strength (1 at its best phase), found on the loops and songs of the test data.
_KICK_WEIGHT, _BEATS_WEIGHT = 1.5, 0.4
_ONSET_RATE: Final = float(BANDS_PER_SECOND)


class Grid(NamedTuple):
    """Beat n lies at `start` + n * `period` seconds."""

    start: float
    period: float


def find_grid(envelope: np.ndarray, *, bpm: float) -> tuple[Grid, float]:
    """The constant grid near `bpm` in onset strength [frames] at 100 Hz, and how steadily the track keeps it (0-1).

    The track's Fourier tempogram (Grosche & Müller 2011) with one window as long as the track has its peak at the tempo
    with an error far below 0.1 BPM. Then the phase of each stretch of 10 s is compared: the length of their mean
    vector, weighted by how much rhythm each stretch has, is 1 when all lie on one grid.

    >>> clicks = np.zeros(3000); clicks[::50] = 1.0
    >>> grid, steadiness = find_grid(clicks, bpm=121.0)
    >>> round(60 / grid.period, 1), round(steadiness, 2)
    (120.0, 1.0)
    """
    centred = envelope - envelope.mean()
    size = 1 << int(np.ceil(np.log2(envelope.size * 4)))
    spectrum = np.abs(np.fft.rfft(centred * np.hanning(envelope.size), size))
    hz = np.arange(spectrum.size) * (_ONSET_RATE / size)
    harmonics = sum(np.interp(hz * k, hz, spectrum, right=0.0) / k for k in (1, 2, 4))
    near = np.abs(hz / (bpm / 60.0) - 1.0) < _SEARCH_SHARE
    if near.sum() < 3:
        return Grid(0.0, 60.0 / bpm), 0.0
    peak = int(np.flatnonzero(near)[np.argmax(harmonics[near])])
    left, mid, right = harmonics[peak - 1 : peak + 2]
    bend = left - 2 * mid + right
    frequency = float(hz[peak] + (0.5 * (left - right) / bend if bend < 0 else 0.0) * hz[1])
    turns = np.exp(-2j * np.pi * frequency / _ONSET_RATE * np.arange(envelope.size))
    stretches = np.add.reduceat(centred * turns, np.arange(0, envelope.size, int(10 * _ONSET_RATE)))
    total = stretches.sum()
    steadiness = float(np.abs(total) / max(float(np.abs(stretches).sum()), 1e-12))
    phase = float(-np.angle(total) / (2 * np.pi)) % 1.0
    return Grid(phase / frequency, 1.0 / frequency), steadiness


def estimate_rhythm(
    beats: np.ndarray, onsets: np.ndarray, *, bpm: float, duration_seconds: float, trust: float = 1.0
) -> tuple[RhythmEstimate, np.ndarray, np.ndarray] | None:
    """Rhythm, beats and downbeats (seconds) from Essentia's beats and tempo and onset strength [frames, 3] at 100 Hz.

    Where the track keeps one grid, that grid replaces Essentia's beats. `trust` (0-1) scales the confidence. `None`
    when there are too few beats to speak of a tempo.
    """
    beats = beats[(beats >= 0) & (beats < duration_seconds)]
    if beats.size < _MIN_BEATS or not MIN_BPM <= bpm <= MAX_BPM:
        return None
    envelope = _envelope(onsets)
    grid, steadiness = find_grid(envelope, bpm=bpm)
    steady = steadiness >= _STEADY
    measured = bpm
    snapped = False
    if steady:
        grid = _refine(_on_the_beat(grid, beats, onsets, duration_seconds), envelope, duration_seconds)
        measured = 60.0 / grid.period
        snapped = abs(measured - round(measured)) <= _SNAP_BPM
        if snapped:
            grid = _at_tempo(grid, float(round(measured)), duration_seconds)
        beats = _grid_beats(grid, duration_seconds)
    confidence = _confidence(beats, envelope, steady=steady) * trust
    meter, first, downbeat_confidence = _bars(beats, onsets)
    shown = float(round(measured)) if snapped else round(measured, 1)
    rhythm = RhythmEstimate(
        bpm=shown,
        measured_bpm=round(measured, 3),
        snapped=snapped,
        steady=steady,
        confidence=round(confidence, 3),
        clear=confidence >= CLEAR_CONFIDENCE,
        meter=meter,
        downbeat_confidence=round(downbeat_confidence, 3),
        alternatives=alternatives(shown),
    )
    return rhythm, beats, beats[first::meter]


def same_pulse(bpm: float, other: float) -> bool:
    """Whether two tempi are one pulse within 4 % (MIREX), as found, halved, doubled or in three.

    >>> same_pulse(120.0, 61.0), same_pulse(120.0, 100.0)
    (True, False)
    """
    ratios = (1.0, 0.5, 2.0, 1 / 3, 3.0)
    return any(abs(other / (bpm * ratio) - 1.0) <= _SAME_SHARE for ratio in ratios)


def alternatives(bpm: float) -> tuple[TempoGuess, ...]:
    """The tempi that a listener or another program may give for `bpm`, those within 20 to 400 BPM.

    >>> [(guess.relation, guess.bpm) for guess in alternatives(120.0)][:2]
    [('×1/2', 60.0), ('×2', 240.0)]
    """
    guesses = (TempoGuess(bpm=round(bpm * ratio, 1), relation=name) for name, ratio in _RELATIONS)
    return tuple(guess for guess in guesses if MIN_BPM <= guess.bpm <= MAX_BPM)


def ranked_alternatives(bpm: float, heard_bpm: np.ndarray, shares: np.ndarray) -> tuple[TempoGuess, ...]:
    """`alternatives` of `bpm` with their shares of the evidence, from likely to unlikely.

    heard_bpm, shares: all candidates, float64 [n], and how the evidence divides between them (sum 1).

    >>> guesses = ranked_alternatives(120.0, np.array([120.0, 60.1, 240.0]), np.array([0.7, 0.1, 0.2]))
    >>> [(guess.relation, guess.share) for guess in guesses][:2]
    [('×2', 0.2), ('×1/2', 0.1)]
    """
    ranked = []
    for guess in alternatives(bpm):
        near = np.abs(heard_bpm / guess.bpm - 1.0) < _SAME_SHARE
        ranked.append(msgspec.structs.replace(guess, share=round(float(shares[near].sum()), 3)))
    return tuple(sorted(ranked, key=lambda guess: -guess.share))


def retempo(
    beats: np.ndarray,
    downbeats: np.ndarray,
    *,
    rhythm: RhythmEstimate | None,
    duration_seconds: float,
    bpm: float,
    shift_seconds: float = 0.0,
    downbeat_shift: int = 0,
) -> tuple[RhythmEstimate, np.ndarray, np.ndarray]:
    """A constant grid at `bpm` by hand, through the first downbeat (else the first beat, else 0), then shifted.

    `downbeat_shift` moves the first of the bar by whole beats. An unchanged tempo keeps beats that drift, and what
    was measured stays beside what was set.
    Raises `KeylightError` outside 20 to 400 BPM.
    """
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise KeylightError(f"Expected a tempo of {MIN_BPM:g} to {MAX_BPM:g} BPM, got {bpm:g}.")
    meter = rhythm.meter if rhythm else 4
    if rhythm and abs(bpm - rhythm.bpm) < 1e-6 and beats.size:
        moved = beats + shift_seconds
        steady = rhythm.steady
    else:
        anchor = float(downbeats[0] if downbeats.size else beats[0] if beats.size else 0.0)
        moved = _grid_beats(Grid(anchor + shift_seconds, 60.0 / bpm), duration_seconds)
        steady = True
    moved = moved[(moved >= 0) & (moved < duration_seconds)]
    first = _first_downbeat(moved, downbeats + shift_seconds, meter) + downbeat_shift
    edited = RhythmEstimate(
        bpm=bpm,
        measured_bpm=rhythm.measured_bpm if rhythm else bpm,
        snapped=bpm == round(bpm),
        steady=steady,
        confidence=1.0,
        clear=True,
        meter=meter,
        downbeat_confidence=rhythm.downbeat_confidence if rhythm else 0.0,
        alternatives=alternatives(bpm),
        source="hand",
    )
    return edited, moved, moved[first % meter :: meter]


def tap_tempo(times_seconds: np.ndarray) -> tuple[float, float, int]:
    """Tempo in BPM of hand taps, its standard error, and how many taps counted (those after the last pause of 3 s).

    Regression of tap times on tap numbers: it averages all taps, not only the first and last.

    >>> tap_tempo(np.array([0.0, 0.5, 1.0, 1.5]))
    (120.0, 0.0, 4)
    """
    if times_seconds.size < 2 or not np.all(np.diff(times_seconds) > 0):
        raise KeylightError("Expected at least two taps, each later than the one before. Tap along with the beat.")
    pauses = np.nonzero(np.diff(times_seconds) > 3.0)[0]
    taps = times_seconds[pauses[-1] + 1 :] if pauses.size else times_seconds
    if taps.size < 2:
        raise KeylightError("Expected at least two taps within three seconds of each other. Tap along with the beat.")
    numbers = np.arange(taps.size) - (taps.size - 1) / 2
    period = float(np.dot(numbers, taps) / np.dot(numbers, numbers))
    residual = taps - taps.mean() - period * numbers
    variance = float(np.dot(residual, residual)) / max(1, taps.size - 2) / float(np.dot(numbers, numbers))
    bpm = 60.0 / period
    return round(bpm, 1), round(bpm * variance**0.5 / period, 2), int(taps.size)


def _envelope(onsets: np.ndarray) -> np.ndarray:
    """Onset strength float64 [frames] over all bands, each band to mean 1, drums (low, high) before harmony."""
    scale = np.maximum(onsets.mean(axis=0), 1e-12) if len(onsets) else np.ones(3)
    envelope: np.ndarray = np.einsum("ij,j->i", onsets.astype(np.float64) / scale, np.array([0.4, 0.25, 0.35]))
    return envelope


def _grid_beats(grid: Grid, duration_seconds: float) -> np.ndarray:
    first = int(np.ceil(-grid.start / grid.period - 1e-9))
    last = int(np.ceil((duration_seconds - grid.start) / grid.period - 1e-9))
    beats: np.ndarray = np.maximum(grid.start + grid.period * np.arange(first, last), 0.0)
    return beats


def _at_tempo(grid: Grid, bpm: float, duration_seconds: float) -> Grid:
    """The grid at another, close tempo, kept in place in the middle of the track where the error is least."""
    middle = grid.start + grid.period * round((duration_seconds / 2 - grid.start) / grid.period)
    return Grid(middle, 60.0 / bpm)


def _on_the_beat(grid: Grid, beats: np.ndarray, onsets: np.ndarray, duration_seconds: float) -> Grid:
    """The grid at the phase where onsets are strong, the low band above all, and Essentia's beats lie.

    Hats between the beats can be stronger than the beats over all bands; kick and bass seldom lie between.
    """
    envelope = _envelope(onsets)
    low = onsets[:, 0].astype(np.float64)
    phases = np.arange(_PHASES) / _PHASES
    times = _grid_beats(Grid(grid.start % grid.period, grid.period), duration_seconds)
    moved = times[None, :] + (phases * grid.period)[:, None]
    strength = _read(envelope, moved).mean(axis=1)
    kick = np.mean([_read(low, moved + late).mean(axis=1) for late in _LOW_REACH], axis=0) / max(
        float(low.mean()), 1e-12
    )
    swing = float(np.ptp(kick))
    kick = (kick - kick.min()) / max(swing, _CLEAR_KICK)
    apart = np.abs(((beats - grid.start) / grid.period)[None, :] - phases[:, None]) % 1.0
    agree = (np.minimum(apart, 1.0 - apart) < _AGREE_SHARE).mean(axis=1)
    score = strength / max(float(strength.max()), 1e-12) + _KICK_WEIGHT * kick + _BEATS_WEIGHT * agree
    best = int(np.argmax(score))
    return Grid(float(grid.start + phases[best] * grid.period), grid.period)


def _refine(grid: Grid, envelope: np.ndarray, duration_seconds: float) -> Grid:
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
                score = float(_read(smooth, times + shift).mean())
                if score > best_score + 1e-12:
                    best, best_score = (centre + shift, period * (1 + stretch)), score
    return Grid(float(best[0]), float(best[1]))


def _read(envelope: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    strength: np.ndarray = np.interp(seconds * _ONSET_RATE, np.arange(envelope.size), envelope, left=0.0, right=0.0)
    return strength


def _confidence(beats: np.ndarray, envelope: np.ndarray, *, steady: bool) -> float:
    """0-1: how far onset strength at the beats exceeds that between them, less a quarter off a steady grid."""
    if envelope.size == 0 or beats.size < _MIN_BEATS:
        return 0.0
    period = float(np.median(np.diff(beats)))
    reach = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
    on = float(_read(envelope, (beats[:, None] + reach).ravel()).reshape(-1, reach.size).max(axis=1).mean())
    between = np.concatenate([beats + period * share for share in (0.31, 0.42, 0.58, 0.69)])
    off = float(_read(envelope, (between[:, None] + reach).ravel()).reshape(-1, reach.size).max(axis=1).mean())
    contrast = (on - off) / max(on + off, 1e-12)
    return float(np.clip(contrast / 0.6, 0.0, 1.0)) * (1.0 if steady else 0.75)


def _bars(beats: np.ndarray, onsets: np.ndarray) -> tuple[int, int, float]:
    """Beats per bar (3 or 4), index of the first downbeat, and its confidence 0-1, from the accents of the beats.

    An accent is low-band onset strength, where kick and bass mark the one, plus a share of the rest. The metre is the
    one at whose lag the accents repeat more clearly; 4 unless 3 wins by a margin.
    """
    if len(onsets) == 0:
        return 4, 0, 0.0
    low = np.max([_read(onsets[:, 0].astype(np.float64), beats + late) for late in _LOW_REACH], axis=0)
    rest = _read(onsets[:, 1:].sum(axis=1).astype(np.float64), beats)
    accent = low / max(float(low.mean()), 1e-12) + 0.5 * rest / max(float(rest.mean()), 1e-12)
    centred = accent - accent.mean()
    energy = max(float(np.dot(centred, centred)), 1e-12)
    repeat = {
        lag: float(np.dot(centred[:-lag], centred[lag:])) / energy if beats.size > 2 * lag else 0.0 for lag in (3, 4)
    }
    meter = 3 if repeat[3] > repeat[4] + 0.15 else 4
    means = np.array([accent[phase::meter].mean() if accent[phase::meter].size else 0.0 for phase in range(meter)])
    order = np.argsort(-means)
    lead = float(means[order[0]] - means[order[1]]) / max(float(means[order[0]]), 1e-12)
    return meter, int(order[0]), float(np.clip(lead / 0.3, 0.0, 1.0))


def _first_downbeat(beats: np.ndarray, downbeats: np.ndarray, meter: int) -> int:
    """Index of the beat nearest to the first old downbeat, modulo the metre."""
    if not beats.size or not downbeats.size:
        return 0
    return int(np.argmin(np.abs(beats - downbeats[0]))) % meter
