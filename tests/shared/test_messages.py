"""Documents and messages across the wire: strict, camelCase, and old files keep opening."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from shared.errors import MessageError
from shared.schema import messages as m
from shared.schema.analysis import ANALYSIS_VERSION, Analysis, Loudness, TempoRange

GOLDEN = Path(__file__).parents[1] / "golden"
EMPTY = Analysis(
    duration_seconds=1.0, sample_rate=8000, channels=1, key=None, rhythm=None, tuning=None,
    loudness=Loudness(integrated_lufs=None, range_lu=None, true_peak_db=None), mood=None,
)  # fmt: skip


@pytest.mark.parametrize(
    "request_",
    [
        m.OpenTrack(
            track=1,
            sample_rate=44100,
            channels=2,
            expected_seconds=3.5,
            tempo_range=TempoRange(low_bpm=70.0, high_bpm=140.0),
        ),
        m.FeedTrack(track=1),
        m.FinishTrack(track=1),
        m.DeepenTrack(track=1),
        m.CancelTrack(track=1),
        m.Retempo(rhythm=None, duration_seconds=3.0, bpm=90.0, shift_seconds=-0.01, downbeat_shift=2),
        m.TapTempo(times_seconds=(0.0, 0.5)),
        m.Export(format="csv", records=(m.TrackRecord(file="a", analysis=EMPTY, edit=m.Edit(key="A minor")),)),
        m.GetStatus(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_requests_survive_the_wire(request_):
    text = msgspec.json.encode(request_)
    assert m.decode_request(text) == request_
    assert b"_" not in text.replace(b"a_", b"")  # camelCase


def test_a_request_that_is_no_json_is_told():
    with pytest.raises(MessageError, match="does not understand this request: Input data was truncated"):
        m.decode_request("{")


def test_replies_carry_their_tag():
    reply = msgspec.json.decode(m.encode_reply(m.Finished(track=2, analysis=EMPTY)))
    assert reply["type"] == "finished"
    assert reply["analysis"]["durationSeconds"] == 1.0
    assert reply["analysis"]["version"] == ANALYSIS_VERSION


@pytest.mark.parametrize("version", range(1, ANALYSIS_VERSION + 1))
def test_analyses_saved_by_every_version_still_open(version):
    saved = (GOLDEN / f"analysis-{version}.json").read_bytes()
    analysis = msgspec.json.decode(saved, type=Analysis)
    assert analysis.key is not None
    assert analysis.key.key.camelot == "8A"
    assert analysis.rhythm is not None
    assert analysis.rhythm.bpm == 128.0


def test_unknown_fields_are_refused():
    plain = msgspec.to_builtins(EMPTY) | {"colour": "red"}
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert(plain, Analysis)
