"""What an analysis says of one track, and the small documents made from it.

Seconds from the start of the decoded audio; levels in LUFS, LU and dBTP; tempo in beats per minute;
confidences 0-1; mood values 0-100. `None` means: this cannot be told of this audio (silence, too short).

An analysis comes in two parts: key, tempo and loudness first, then what takes longer (`Details`: structure and mood).

Arrays that travel beside an `Analysis` (names in `ARRAYS`):
- beats, downbeats: float64 [n], seconds, ascending
- peaks: int8 [n, 2], lowest and highest sample of the mono mix per 1/300 s, -127 to 127 is full scale
- bands: uint8 [n, 3], level of low, mid and high frequencies per 1/100 s on one dB scale (0 = silent)

and beside its `Details` (`DETAIL_ARRAYS`):
- embedding: float32 [200] or [0], what the tagger's last layer says of the whole track, for similarity by cosine
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
    "DETAIL_ARRAYS",
    "PEAKS_PER_SECOND",
    "Analysis",
    "CueKind",
    "CuePoint",
    "Details",
    "Factor",
    "KeyEstimate",
    "KeyGuess",
    "KeySpan",
    "Loudness",
    "Mood",
    "MoodScale",
    "RhythmEstimate",
    "Section",
    "SectionKind",
    "Structure",
    "Tag",
    "TempoGuess",
    "TempoPoint",
    "TempoRange",
    "TimeSignature",
    "Tuning",
]

ANALYSIS_VERSION: Final = 2
ARRAYS: Final = ("beats", "downbeats", "peaks", "bands")
DETAIL_ARRAYS: Final = ("embedding",)
PEAKS_PER_SECOND: Final = 300
BANDS_PER_SECOND: Final = 100
#: A key or tempo below this confidence is shown as "no clear key" or "no clear beat".
CLEAR_CONFIDENCE: Final = 0.3

TempoRelation = Literal["as found", "×1/2", "×2", "×2/3", "×3/2", "×3/4", "×4/3", "×1/3", "×3"]
#: 6/8 has two beats to the bar, dotted quarters, each of three eighths.
TimeSignature = Literal["4/4", "3/4", "6/8"]
SectionKind = Literal["intro", "verse", "build", "drop", "chorus", "break", "outro"]
CueKind = Literal["load", "mix in", "drop", "chorus", "break", "mix out"]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every document here: frozen, strict, camelCase on the wire."""


class KeyGuess(_Data, frozen=True):
    """One candidate key: its share of the evidence (0-1), how it lies to the best one, and why it is a candidate."""

    key: Key
    share: float
    relation: Relation
    reason: str = ""


class KeySpan(_Data, frozen=True):
    """A stretch of the track in one key; confidence 0-1 as in `KeyEstimate`."""

    start_seconds: float
    end_seconds: float
    key: Key
    confidence: float


class KeyEstimate(_Data, frozen=True):
    """The best key, how sure it is, and the runners-up from likely to unlikely.

    confidence: fitted to the share of such answers that are right (BENCH.md: said vs right). timeline: the keys that
    follow one another, covering the track; one span where nothing modulates. intro, outro: the key that a mix meets at
    either end.
    """

    key: Key
    confidence: float
    clear: bool
    alternatives: tuple[KeyGuess, ...]
    compatible: tuple[Key, ...]
    timeline: tuple[KeySpan, ...] = ()
    intro: Key | None = None
    outro: Key | None = None


class TempoGuess(_Data, frozen=True):
    """One candidate tempo, how it lies to the one chosen, and its share of the evidence (0-1)."""

    bpm: float
    relation: TempoRelation
    share: float = 0.0


class TempoRange(_Data, frozen=True):
    """Where a person expects the tempo, in BPM: it settles the octave, and never invents a pulse that is not there."""

    low_bpm: float
    high_bpm: float


class TempoPoint(_Data, frozen=True):
    """From `start_seconds` on the music goes at `bpm`, until the next point."""

    start_seconds: float
    bpm: float


class RhythmEstimate(_Data, frozen=True):
    """Tempo and metre; the beat times travel beside it.

    bpm: as shown, one decimal, or whole when `snapped`. measured_bpm: the regression over the beats.
    steady: the beats lie on one constant grid. confidence: of the tempo, calibrated. meter: beats per bar.
    beat_confidence: how far the single beats can be trusted. tempo_map: empty when steady. source: who said the tempo.
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
    time_signature: TimeSignature = "4/4"
    beat_confidence: float = 0.0
    tempo_map: tuple[TempoPoint, ...] = ()


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
    """A value 0-100 with its plausible range, a plain word, and what moved it, strongest first.

    average: where the average song stands; the points of all factors lead from there to the value, but for rounding.
    """

    value: float
    low: float
    high: float
    word: str
    factors: tuple[Factor, ...]
    average: float = 50.0


class Tag(_Data, frozen=True):
    """One word of the tagger (musicnn, 50 tags of the Million Song Dataset).

    share: mean probability 0-1. standing: in standard deviations above the tagger's training population.
    """

    name: str
    share: float
    standing: float


class Mood(_Data, frozen=True):
    """The mood scales and the tags. Energy is arousal, happiness is valence (Eerola et al. 2009).

    Scales that may be `None` were not measured by the version that wrote this. heard_by: with or without the tagger.
    """

    energy: MoodScale
    danceability: MoodScale
    happiness: MoodScale
    acousticness: MoodScale | None = None
    instrumentalness: MoodScale | None = None
    speechiness: MoodScale | None = None
    tags: tuple[Tag, ...] = ()
    heard_by: Literal["signal", "signal and tags"] = "signal"


class Section(_Data, frozen=True):
    """A part of the song. letter: sections that sound alike share one. energy: 0-100 within this song."""

    start_seconds: float
    end_seconds: float
    kind: SectionKind
    letter: str
    energy: float


class CuePoint(_Data, frozen=True):
    """A place worth jumping to, on a downbeat; `reason` says why in words."""

    seconds: float
    kind: CueKind
    reason: str


class Structure(_Data, frozen=True):
    """Sections that cover the track, and suggested cue points, both in order of time."""

    sections: tuple[Section, ...]
    cues: tuple[CuePoint, ...]


class Details(_Data, frozen=True):
    """What takes longer than key and tempo. notes: sentences for the person; step_seconds as in `Analysis`."""

    structure: Structure | None
    mood: Mood | None
    notes: tuple[str, ...] = ()
    step_seconds: dict[str, float] = {}


class Analysis(_Data, frozen=True):
    """All that one pass over one track found.

    sample_rate in Hz and channels are those of the file. notes: sentences for the person, such as
    "Clipped: ...". step_seconds: time spent per step of the analysis. mood and structure: `None` until the `Details`
    are there, and where they cannot be told.
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
    structure: Structure | None = None
