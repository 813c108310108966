"""Answers to take away: one flat row per file, as CSV, as JSON lines or as a line of text.

The row (`web.py.analysis.row`) is also what the command line prints, so that page and scripts agree.
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
from web.py.analysis.row import Row, as_text, make_row

__all__ = ["export"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run these (OWASP, CSV injection)


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
