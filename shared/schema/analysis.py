"""What an analysis says of one track, and the small documents made from it.

Seconds from the start of the decoded audio; levels in LUFS, LU and dBTP; tempo in beats per minute;
confidences 0-1; mood values 0-100. `None` means: this cannot be told of this audio (silence, too short).

Arrays that travel beside an `Analysis` (names in `ARRAYS`):
- beats, downbeats: float64 [n], seconds, ascending
- peaks: int8 [n, 2], lowest and highest sample of the mono mix per 1/300 s, -127 to 127 is full scale
- bands: uint8 [n, 3], level of low, mid and high frequencies per 1/100 s on one dB scale (0 = silent)
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from shared.theory.keys import Key, Relation

__all__ = [
    "ANALYSIS_VERSION",
    "ARRAYS",
    "BANDS_PER_SECOND",
    "CLEAR_CONFIDENCE",
    "PEAKS_PER_SECOND",
    "Analysis",
    "Factor",
    "KeyEstimate",
    "KeyGuess",
    "Loudness",
    "Mood",
    "MoodScale",
    "RhythmEstimate",
    "TempoGuess",
    "Tuning",
]

ANALYSIS_VERSION: Final = 1
ARRAYS: Final = ("beats", "downbeats", "peaks", "bands")
PEAKS_PER_SECOND: Final = 300
BANDS_PER_SECOND: Final = 100
#: A key or tempo below this confidence is shown as "no clear key" or "no clear beat".
CLEAR_CONFIDENCE: Final = 0.3

TempoRelation = Literal["as found", "×1/2", "×2", "×2/3", "×3/2", "×3/4", "×4/3"]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every document here: frozen, strict, camelCase on the wire."""


class KeyGuess(_Data, frozen=True):
    """One candidate key: its share of the evidence (0-1) and how it lies to the best one."""

    key: Key
    share: float
    relation: Relation


class KeyEstimate(_Data, frozen=True):
    """The best key, how sure it is, and the runners-up from likely to unlikely."""

    key: Key
    confidence: float
    clear: bool
    alternatives: tuple[KeyGuess, ...]
    compatible: tuple[Key, ...]


class TempoGuess(_Data, frozen=True):
    """One candidate tempo and how it lies to the one chosen."""

    bpm: float
    relation: TempoRelation


class RhythmEstimate(_Data, frozen=True):
    """Tempo and metre; the beat times travel beside it.

    bpm: as shown, one decimal, or whole when `snapped`. measured_bpm: the regression over the beats.
    steady: the beats lie on one constant grid. meter: beats per bar. source: who said the tempo.
    """

    bpm: float
    measured_bpm: float
    snapped: bool
    steady: bool
    confidence: float
    clear: bool
    meter: int
    downbeat_confidence: float
    alternatives: tuple[TempoGuess, ...]
    source: Literal["analysis", "hand"] = "analysis"


class Tuning(_Data, frozen=True):
    """Reference pitch: frequency of A4 in Hz and its distance from 440 Hz in cents (-50 to 50)."""

    hz: float
    cents: float
    confidence: float


class Loudness(_Data, frozen=True):
    """ITU-R BS.1770-4 integrated loudness and true peak, EBU Tech 3342 loudness range."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_db: float | None


class Factor(_Data, frozen=True):
    """One thing that moved a mood value, in points (+ raises it)."""

    name: str
    points: float


class MoodScale(_Data, frozen=True):
    """A value 0-100 with its plausible range, a plain word, and what moved it, strongest first."""

    value: float
    low: float
    high: float
    word: str
    factors: tuple[Factor, ...]


class Mood(_Data, frozen=True):
    """The three mood scales. Energy is arousal, happiness is valence (Eerola et al. 2009)."""

    energy: MoodScale
    danceability: MoodScale
    happiness: MoodScale


class Analysis(_Data, frozen=True):
    """All that one pass over one track found.

    sample_rate in Hz and channels are those of the file. notes: sentences for the person, such as
    "Clipped: ...". step_seconds: time spent per step of the analysis.
    """

    duration_seconds: float
    sample_rate: int
    channels: int
    key: KeyEstimate | None
    rhythm: RhythmEstimate | None
    tuning: Tuning | None
    loudness: Loudness
    mood: Mood | None
    notes: tuple[str, ...] = ()
    step_seconds: dict[str, float] = {}
    version: int = ANALYSIS_VERSION
