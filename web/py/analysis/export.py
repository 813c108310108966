"""Answers to take away: one flat row per file, as CSV, as JSON lines or as a line of text.

The row is also what the command line prints, so that page and scripts agree. What a person set by hand wins.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final, Literal

import msgspec
import numpy as np

from shared.schema.messages import TextFile, TrackRecord
from shared.theory.keys import parse_key
from shared.units import format_seconds

__all__ = ["Row", "as_text", "export", "make_row"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run these (OWASP, CSV injection)


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
    key, rhythm, mood = analysis.key, analysis.rhythm, analysis.mood
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
        energy=mood.energy.value if mood else None,
        danceability=mood.danceability.value if mood else None,
        happiness=mood.happiness.value if mood else None,
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


def _edited(record: TrackRecord) -> list[str]:
    rhythm = record.analysis.rhythm if record.analysis else None
    moved = bool(rhythm and rhythm.source == "hand") and record.edit.bpm is None
    chosen = (("key", record.edit.key is not None), ("bpm", record.edit.bpm is not None), ("grid", moved))
    return [name for name, edited in chosen if edited]


def export(
    records: Sequence[TrackRecord], format_: Literal["csv", "json", "text"], *, beats: Sequence[np.ndarray] = ()
) -> TextFile:
    """A file of all records.

    `beats` holds beats and downbeats of each record in turn, or nothing. A failed record is named with its error,
    so that a list is never silently shorter.
    """
    # One file's answer is named after it; the name of a folder before it is left out.
    stem = f"{PurePath(records[0].file).stem}.keylight" if len(records) == 1 else "keylight"
    rows: list[Row | dict[str, str]] = []
    for index, record in enumerate(records):
        if record.analysis is None:
            rows.append({"file": record.file, "error": record.error or "not analysed"})
        elif beats:
            rows.append(make_row(record, beats=beats[2 * index], downbeats=beats[2 * index + 1]))
        else:
            rows.append(make_row(record))
    if format_ == "json":
        text = msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"
        return TextFile(name=f"{stem}.json", media_type="application/json", text=text)
    if format_ == "csv":
        return TextFile(name=f"{stem}.csv", media_type="text/csv;charset=utf-8", text=_csv(rows))
    lines = [as_text(row) if isinstance(row, Row) else f"{row['file']}: {row['error']}" for row in rows]
    return TextFile(name=f"{stem}.txt", media_type="text/plain;charset=utf-8", text="\n".join(lines) + "\n")


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


def _csv(rows: Sequence[Row | dict[str, str]]) -> str:
    """RFC 4180 with a header; lists are joined by "; ", text that a spreadsheet would run is quoted (`_cell`)."""
    plain = [row if isinstance(row, dict) else msgspec.structs.asdict(row) for row in rows]
    columns = [name for name in Row.__struct_fields__ if not name.endswith("beats_seconds")]
    extra = ["beats_seconds", "downbeats_seconds"]
    columns += [name for name in extra if any(row.get(name, msgspec.UNSET) is not msgspec.UNSET for row in plain)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, "error"])
    for row in plain:
        writer.writerow([_cell(row.get(name)) for name in [*columns, "error"]])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, list):
        return "; ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return "'" + text if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
