"""One flat row per analysed file: what the exports and the command line say of it.

Names are the command line's JSON. What a person set by hand wins over what was found.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from shared.schema.analysis import MoodScale
from shared.schema.messages import TrackRecord
from shared.theory.keys import parse_key
from shared.units import format_seconds

__all__ = ["CueRow", "KeyRow", "Row", "SectionRow", "TempoRow", "as_text", "make_row"]


class KeyRow(msgspec.Struct, frozen=True):
    """A stretch of the track in one key."""

    start_seconds: float
    end_seconds: float
    key: str

    def __str__(self) -> str:
        return f"{_clock(self.start_seconds)} {self.key}"


class TempoRow(msgspec.Struct, frozen=True):
    """From here on at this tempo."""

    start_seconds: float
    bpm: float

    def __str__(self) -> str:
        return f"{_clock(self.start_seconds)} {self.bpm:g}"


class SectionRow(msgspec.Struct, frozen=True):
    """A part of the song; `letter` is shared by parts that sound alike."""

    start_seconds: float
    end_seconds: float
    kind: str
    letter: str
    energy: float

    def __str__(self) -> str:
        return f"{_clock(self.start_seconds)} {self.kind} {self.letter}"


class CueRow(msgspec.Struct, frozen=True):
    """A suggested cue point."""

    seconds: float
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{_clock(self.seconds)} {self.kind}"


class Row(msgspec.Struct, frozen=True):
    """One file flat: names as in the command line's JSON; `None` where it cannot be told.

    key_alternatives and bpm_alternatives: from likely to unlikely. edited: which of key, bpm and grid a person set;
    analysed_key and measured_bpm keep what the analysis said. beats_seconds and downbeats_seconds: only on
    request.
    """

    file: str
    duration_seconds: float
    key: str | None
    camelot: str | None
    open_key: str | None
    key_confidence: float
    key_clear: bool
    key_alternatives: list[str]
    bpm: float | None
    bpm_confidence: float
    bpm_clear: bool
    bpm_alternatives: list[float]
    tuning_hz: float | None
    tuning_cents: float | None
    lufs: float | None
    loudness_range: float | None
    true_peak_db: float | None
    energy: float | None
    danceability: float | None
    happiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    speechiness: float | None
    tags: list[str]
    key_intro: str | None
    key_outro: str | None
    key_timeline: list[KeyRow]
    time_signature: str | None
    beat_confidence: float | None
    tempo_map: list[TempoRow]
    sections: list[SectionRow]
    cues: list[CueRow]
    meter: int | None
    steady: bool | None
    sample_rate: int
    channels: int
    edited: list[str]
    analysed_key: str | None
    measured_bpm: float | None
    notes: list[str]
    beats_seconds: list[float] | msgspec.UnsetType = msgspec.UNSET
    downbeats_seconds: list[float] | msgspec.UnsetType = msgspec.UNSET


def make_row(record: TrackRecord, *, beats: np.ndarray | None = None, downbeats: np.ndarray | None = None) -> Row:
    """The row of a record that has an analysis; beats float64 [n] seconds are added when given."""
    analysis, edit = record.analysis, record.edit
    assert analysis is not None, "a record without analysis has no row"
    key, rhythm, mood, structure = analysis.key, analysis.rhythm, analysis.mood, analysis.structure
    shown = parse_key(edit.key) if edit.key else key.key if key else None
    bpm = edit.bpm if edit.bpm is not None else rhythm.bpm if rhythm else None
    return Row(
        file=record.file,
        duration_seconds=analysis.duration_seconds,
        key=shown.name if shown else None,
        camelot=shown.camelot if shown else None,
        open_key=shown.open_key if shown else None,
        key_confidence=1.0 if edit.key else key.confidence if key else 0.0,
        key_clear=bool(edit.key) or bool(key and key.clear),
        key_alternatives=[guess.key.name for guess in key.alternatives] if key else [],
        bpm=bpm,
        bpm_confidence=1.0 if edit.bpm is not None else rhythm.confidence if rhythm else 0.0,
        bpm_clear=edit.bpm is not None or bool(rhythm and rhythm.clear),
        bpm_alternatives=[guess.bpm for guess in rhythm.alternatives] if rhythm else [],
        tuning_hz=analysis.tuning.hz if analysis.tuning else None,
        tuning_cents=analysis.tuning.cents if analysis.tuning else None,
        lufs=analysis.loudness.integrated_lufs,
        loudness_range=analysis.loudness.range_lu,
        true_peak_db=analysis.loudness.true_peak_db,
        energy=_value(mood.energy) if mood else None,
        danceability=_value(mood.danceability) if mood else None,
        happiness=_value(mood.happiness) if mood else None,
        acousticness=_value(mood.acousticness) if mood else None,
        instrumentalness=_value(mood.instrumentalness) if mood else None,
        speechiness=_value(mood.speechiness) if mood else None,
        tags=[tag.name for tag in mood.tags] if mood else [],
        key_intro=key.intro.name if key and key.intro else None,
        key_outro=key.outro.name if key and key.outro else None,
        key_timeline=[KeyRow(s.start_seconds, s.end_seconds, s.key.name) for s in key.timeline] if key else [],
        time_signature=rhythm.time_signature if rhythm else None,
        beat_confidence=rhythm.beat_confidence if rhythm else None,
        tempo_map=[TempoRow(point.start_seconds, point.bpm) for point in rhythm.tempo_map] if rhythm else [],
        sections=[_copied(section, SectionRow) for section in structure.sections] if structure else [],
        cues=[_copied(cue, CueRow) for cue in structure.cues] if structure else [],
        meter=rhythm.meter if rhythm else None,
        steady=rhythm.steady if rhythm else None,
        sample_rate=analysis.sample_rate,
        channels=analysis.channels,
        edited=_edited(record),
        analysed_key=key.key.name if key else None,
        measured_bpm=rhythm.measured_bpm if rhythm else None,
        notes=list(analysis.notes),
        beats_seconds=msgspec.UNSET if beats is None else [round(float(b), 4) for b in beats],
        downbeats_seconds=msgspec.UNSET if downbeats is None else [round(float(b), 4) for b in downbeats],
    )


def _clock(seconds: float) -> str:
    """Minutes, seconds and thousandths, exact enough to set a cue point by."""
    thousandths = round(seconds * 1000)
    return f"{thousandths // 60_000}:{thousandths // 1000 % 60:02d}.{thousandths % 1000:03d}"


def _value(scale: MoodScale | None) -> float | None:
    return scale.value if scale else None


def _copied(struct: msgspec.Struct, into: Any) -> Any:
    """The same fields under the names of a row."""
    return into(**{name: getattr(struct, name) for name in into.__struct_fields__})


def _edited(record: TrackRecord) -> list[str]:
    rhythm = record.analysis.rhythm if record.analysis else None
    moved = bool(rhythm and rhythm.source == "hand") and record.edit.bpm is None
    chosen = (("key", record.edit.key is not None), ("bpm", record.edit.bpm is not None), ("grid", moved))
    return [name for name, edited in chosen if edited]


def as_text(row: Row) -> str:
    """One line that a person can paste: name, key, tempo, loudness, length."""
    key = f"{row.key} ({row.camelot})" if row.key else "no key"
    if row.key and not row.key_clear:
        key = f"no clear key (closest {key})"
    bpm = f"{row.bpm:g} BPM" if row.bpm else "no beat"
    if row.bpm and not row.bpm_clear:
        bpm = f"no clear beat (closest {bpm})"
    parts = [key, bpm]
    if row.lufs is not None:
        parts.append(f"{row.lufs:.1f} LUFS")
    if row.energy is not None and row.danceability is not None and row.happiness is not None:
        parts.append(f"energy {row.energy:.0f}, danceability {row.danceability:.0f}, happiness {row.happiness:.0f}")
    return f"{row.file}: " + " · ".join([*parts, format_seconds(row.duration_seconds)])
