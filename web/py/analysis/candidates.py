"""Which pulses a track has and which tempi may be meant by them: everything that is judged later, made once.

A loop is repeated until it is 12 s long, since loops are made to repeat; `is_loop` tells whether its length agrees.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis import octave
from web.py.analysis.bars import listen, warp
from web.py.analysis.beats import Pulse, constant_pulse, follow_pulse
from web.py.analysis.grid import find_grid
from web.py.analysis.onsets import voice_onsets
from web.py.analysis.tempogram import FRAME_RATE, Tempogram, make_tempogram, mixed_onsets, pulses
from web.py.analysis.tonal import ROW_SECONDS, Tonal, chroma

__all__ = ["LOOP_SECONDS", "Candidate", "Hearing", "hear", "is_loop"]

LOOP_SECONDS: Final = 12.0
#: Pulses to one beat: simple multiples and shares.
_PULSES_PER_BEAT: Final = (1.0, 2.0, 1 / 2, 3.0, 1 / 3, 4.0, 1 / 4, 3 / 2, 2 / 3, 4 / 3, 3 / 4)
_RANGE_HZ: Final = (38 / 60, 220 / 60)
_SAME: Final = 0.03
_SMOOTHING: Final = np.array([0.25, 0.5, 1.0, 0.5, 0.25]) / 2.5
_NO_PITCHES: Final = np.zeros((0, 12))
_LOOP_ERROR: Final = 0.015
_TOO_SHORT_TO_TELL: Final = 4.0  # seconds
_WHOLE_BEATS: Final = 0.25
#: A rise within this share of the moment's loudest level is no onset for certain: half precision steps by 1/1000 of it,
#: and what a window lets through of a steady tone into other bands ripples as its phase moves through the frames. Both
#: are periodic, and alone would be heard as a beat.
_RIPPLE: Final = 0.01
_VAGUE_MS: Final = 12.0  # wandering from which a clip's own tempo says nothing


class Candidate(NamedTuple):
    """A tempo that may be meant: beats per second, by which of the pulses, and how many pulses to one beat."""

    hz: float
    pulse: int
    pulses_per_beat: float


class Hearing(NamedTuple):
    """One or two pulses, what is heard by their clocks, and all candidates with their features.

    loop: the clip's length in seconds where it is taken for a loop. seconds: of what was listened to (longer than the
    clip for a loop). mix: onsets [frames]; salient: those beyond any ripple. warped: per pulse [cells, 7].
    tempo_features: float64 [candidates, len(octave.FEATURES)].
    """

    loop: float | None
    seconds: float
    mix: np.ndarray
    salient: np.ndarray
    pulses: list[Pulse]
    warped: list[np.ndarray]
    candidates: list[Candidate]
    tempo_features: np.ndarray


def hear(
    levels: np.ndarray, *, tonal: Tonal | None, cents: float, duration_seconds: float, as_loop: bool = False
) -> Hearing | None:
    """Listen to levels [frames, bands] at 100 Hz; `None` where there is no onset at all or no pulse.

    as_loop: repeat it, and take whole numbers of pulses to the loop where they are near.
    """
    loop = duration_seconds if as_loop else None
    if loop:
        levels, tonal, seconds = _repeated(levels, tonal, loop)
    else:
        seconds = duration_seconds
    voices = voice_onsets(levels)
    if not voices.any():
        return None
    mix = mixed_onsets(voices)
    tempogram = make_tempogram(voices, mix)
    smooth = np.convolve(mix, _SMOOTHING, mode="same")
    followed = _followed(tempogram, smooth, seconds, loop)
    if not followed:
        return None
    harmony, bass = (chroma(rows, cents=cents) for rows in tonal[:2]) if tonal else (_NO_PITCHES, _NO_PITCHES)
    heard = listen(voices, levels, harmony, bass)
    found = _candidates(followed)
    changes = octave.harmony_repeats(harmony)
    hz = np.array([candidate.hz for candidate in found])
    return Hearing(
        loop=loop,
        seconds=seconds,
        mix=smooth,
        salient=np.convolve(mixed_onsets(voice_onsets(levels, least=_RIPPLE)), _SMOOTHING, mode="same"),
        pulses=followed,
        warped=[warp(heard, pulse.times) for pulse in followed],
        candidates=found,
        tempo_features=octave.features(hz, tempogram, voices, mix, changes),
    )


def is_loop(hearing: Hearing, *, hz: float, beats: int) -> bool:
    """Whether a clip heard as a loop holds whole bars of `beats` at the tempo near `hz` that it has by itself."""
    if not hearing.loop or hearing.loop < _TOO_SHORT_TO_TELL:
        return True
    grid, wander_ms = find_grid(hearing.mix[: round(hearing.loop * FRAME_RATE)], bpm=60.0 * hz)
    count = hearing.loop / grid.period
    return wander_ms > _VAGUE_MS or abs(count - beats * max(1, round(count / beats))) < _WHOLE_BEATS


def _followed(tempogram: Tempogram, mix: np.ndarray, seconds: float, loop: float | None) -> list[Pulse]:
    """The strongest pulse and the strongest one that is no simple multiple of it, followed through the track."""
    found = pulses(tempogram)
    if not found.size:
        return []
    others = [hz for hz in found[1:] if all(abs(found[0] / (hz * q) - 1.0) > _SAME for q in _PULSES_PER_BEAT)]
    chosen = [float(hz) for hz in (found[0], *others[:1])]
    if loop is None:
        return [follow_pulse(mix, tempogram, hz=hz, duration_seconds=seconds) for hz in chosen]
    even = 2.0 ** np.floor(np.log2(4.0 * loop)) / loop  # 2 to 4 Hz, a power of two to the loop
    exact = [_of_loop(hz, loop) for hz in (*chosen, even)]
    kept = [hz for n, hz in enumerate(exact) if all(abs(hz / before - 1.0) > 1e-3 for before in exact[:n])]
    return [constant_pulse(mix, hz=hz, duration_seconds=seconds) for hz in kept]


def _of_loop(hz: float, loop: float) -> float:
    """The frequency at which a whole number of pulses fills the loop, where one is near."""
    count = round(hz * loop)
    return count / loop if count and abs(count / (hz * loop) - 1.0) < _LOOP_ERROR else hz


def _candidates(followed: list[Pulse]) -> list[Candidate]:
    found: list[Candidate] = []
    for index, pulse in enumerate(followed):
        for per_beat in _PULSES_PER_BEAT:
            hz = pulse.hz / per_beat
            known = any(abs(hz / other.hz - 1.0) < _SAME for other in found)
            if _RANGE_HZ[0] <= hz <= _RANGE_HZ[1] and not known:
                found.append(Candidate(hz, index, per_beat))
    return found


def _repeated(levels: np.ndarray, tonal: Tonal | None, loop: float) -> tuple[np.ndarray, Tonal | None, float]:
    """The loop again and again, to the nearest frame, for at least 12 s."""
    seconds = loop * np.ceil(LOOP_SECONDS / loop)

    def again(rows: np.ndarray, step: float) -> np.ndarray:
        times = np.arange(round(seconds / step)) * step
        return rows[np.minimum(np.rint(times % loop / step).astype(np.int64), len(rows) - 1)]

    turned = Tonal(*(again(rows, ROW_SECONDS) for rows in tonal)) if tonal and len(tonal.all) else None
    return again(levels, 1 / FRAME_RATE), turned, float(seconds)
