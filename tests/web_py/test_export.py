"""Rows, CSV, JSON and text of answers."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import numpy as np
import pytest

from shared.schema.analysis import (
    Analysis,
    CuePoint,
    KeyEstimate,
    KeySpan,
    Loudness,
    RhythmEstimate,
    Section,
    Structure,
)  # fmt: skip
from shared.schema.messages import Edit, TrackRecord
from shared.theory.keys import compatible, parse_key
from web.py.analysis.export import export
from web.py.analysis.row import as_text, make_row
from web.py.analysis.tempo import alternatives, retempo


def analysis(*, clear: bool = True) -> Analysis:
    key = parse_key("F# major")
    return Analysis(
        duration_seconds=187.4, sample_rate=44100, channels=2,
        key=KeyEstimate(
            key=key, confidence=0.8 if clear else 0.1, clear=clear, alternatives=(), compatible=compatible(key),
        ),
        rhythm=RhythmEstimate(
            bpm=128.0, measured_bpm=127.99, snapped=True, steady=True, confidence=0.9 if clear else 0.1, clear=clear,
            meter=4, downbeat_confidence=0.5, alternatives=alternatives(128.0),
        ),
        tuning=None, loudness=Loudness(integrated_lufs=-9.3, range_lu=4.0, true_peak_db=-0.1), mood=None,
        notes=("Clipped: 1 % of the samples stand at full scale in a row.",),
    )  # fmt: skip


def test_row_has_what_scripts_read():
    row = make_row(TrackRecord(file="a.mp3", analysis=analysis()), beats=np.array([0.5]), downbeats=np.array([0.5]))
    assert (row.key, row.camelot, row.open_key, row.bpm) == ("F# major", "2B", "7d", 128.0)
    assert row.beats_seconds == [0.5]
    assert row.energy is None


def test_what_was_set_by_hand_wins():
    row = make_row(TrackRecord(file="a.mp3", analysis=analysis(), edit=Edit(key="E minor", bpm=64.0, locked=True)))
    assert (row.key, row.camelot, row.key_confidence, row.bpm, row.bpm_confidence) == ("E minor", "9A", 1.0, 64.0, 1.0)
    assert row.edited == ["key", "bpm"]
    assert (row.analysed_key, row.measured_bpm) == ("F# major", 127.99)


def test_a_moved_grid_is_told():
    measured = analysis()
    assert measured.rhythm is not None
    beats = np.arange(0, 30, 60 / 128)
    rhythm, *_ = retempo(
        beats, beats[::4], rhythm=measured.rhythm, duration_seconds=30.0, bpm=128.0, shift_seconds=0.01
    )
    row = make_row(TrackRecord(file="a.mp3", analysis=msgspec.structs.replace(measured, rhythm=rhythm)))
    assert row.edited == ["grid"]
    assert row.measured_bpm == 127.99


def test_one_answer_is_named_after_its_file():
    one, two = TrackRecord(file="set/a song.mp3", analysis=analysis()), TrackRecord(file="b.mp3", analysis=analysis())
    assert export([one], "csv").name == "a song.keylight.csv"
    assert export([one, two], "json").name == "keylight.json"


def test_csv_is_read_back_by_another_reader_and_runs_no_formula():
    records = [
        TrackRecord(file='=HYPERLINK("x"), "quoted"\nname.mp3', analysis=analysis()),
        TrackRecord(file="Größe 음악.flac", analysis=analysis(), edit=Edit(bpm=174.0)),
        TrackRecord(file="broken.mp3", error="broken.mp3 is empty (0 bytes)."),
    ]
    answer = export(records, "csv")
    assert answer.name.endswith(".csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 3
    assert rows[0]["file"] == "'" + records[0].file
    assert rows[0]["key"] == "F# major"
    assert rows[0]["notes"].startswith("Clipped")
    assert rows[1]["file"] == records[1].file
    assert float(rows[1]["bpm"]) == 174.0
    assert rows[2]["error"] == "broken.mp3 is empty (0 bytes)."
    assert rows[0]["lufs"] == "-9.3"


def test_json_has_every_record_and_beats_on_request():
    records = [TrackRecord(file="a.mp3", analysis=analysis()), TrackRecord(file="b.mp3", error="no")]
    arrays = [np.array([0.0, 0.5]), np.array([0.0]), np.zeros(0), np.zeros(0)]
    rows = json.loads(export(records, "json", beats=arrays).text)
    assert rows[0]["beats_seconds"] == [0.0, 0.5]
    assert rows[0]["downbeats_seconds"] == [0.0]
    assert rows[1] == {"file": "b.mp3", "error": "no"}
    assert "beats_seconds" not in json.loads(export(records, "json").text)[0]


@pytest.mark.parametrize(
    ("clear", "text"),
    [
        (True, "a.mp3: F# major (2B) · 128 BPM · -9.3 LUFS · 3:07"),
        (False, "a.mp3: no clear key (closest F# major (2B)) · no clear beat (closest 128 BPM) · -9.3 LUFS · 3:07"),
    ],
)
def test_text_is_one_line_a_person_can_paste(clear, text):
    assert as_text(make_row(TrackRecord(file="a.mp3", analysis=analysis(clear=clear)))) == text
    assert export([TrackRecord(file="a.mp3", analysis=analysis(clear=clear))], "text").text == text + "\n"


def test_sections_cues_and_keys_are_readable_in_a_table_and_whole_in_json():
    key = parse_key("A minor")
    details = {
        "structure": Structure(
            sections=(Section(start_seconds=0.0, end_seconds=31.5, kind="intro", letter="A", energy=20.0),),
            cues=(CuePoint(seconds=31.5, kind="drop", reason="the kick comes in"),),
        ),
        "key": KeyEstimate(
            key=key, confidence=0.9, clear=True, alternatives=(), compatible=compatible(key), intro=key, outro=key,
            timeline=(KeySpan(start_seconds=0.0, end_seconds=187.4, key=key, confidence=0.9),),
        ),
    }  # fmt: skip
    record = TrackRecord(file="a.mp3", analysis=msgspec.structs.replace(analysis(), **details))
    (row,) = csv.DictReader(io.StringIO(export([record], "csv").text, newline=""))
    written = ("0:00.000 intro A", "0:31.500 drop", "0:00.000 A minor")
    assert (row["sections"], row["cues"], row["key_timeline"]) == written
    (data,) = json.loads(export([record], "json").text)
    assert data["cues"] == [{"seconds": 31.5, "kind": "drop", "reason": "the kick comes in"}]
    assert data["key_timeline"] == [{"start_seconds": 0.0, "end_seconds": 187.4, "key": "A minor"}]
    assert (data["key_intro"], data["time_signature"], data["tags"]) == ("A minor", "4/4", [])
