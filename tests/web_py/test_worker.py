"""The engine behind the worker: every request answered once, cancels heard, tracks freed."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from shared.errors import Cancelled, KeylightError, MessageError
from shared.schema import messages as m
from shared.theory.keys import parse_key
from tests.signals import RATE, song
from web.py.analysis.tagger import Hearing, TagReading
from web.py.worker import Engine


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end without an event loop: the engine awaits nothing but its own pauses, here and in Pyodide."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return stop.value


def ask(engine: Engine, request: dict[str, Any], *arrays: np.ndarray, stages: list[tuple[str, float]] | None = None):
    told = stages if stages is not None else []
    report = lambda stage, fraction: told.append((stage, fraction))  # noqa: E731 - a one-line callback
    return finish(engine.handle(json.dumps(request), list(arrays), report))


def open_and_feed(engine: Engine, track: int, seconds: float = 12) -> None:
    audio = song(parse_key("A minor"), bpm=128, seconds=seconds)
    reply, _ = ask(engine, {"type": "openTrack", "track": track, "sampleRate": RATE, "channels": 2})
    assert reply == m.Opened(track=track)
    reply, _ = ask(engine, {"type": "feedTrack", "track": track}, audio, audio)
    assert reply == m.Fed(track=track, seconds=seconds)


def test_a_track_from_open_to_answer():
    engine = Engine(heap_bytes=lambda: 7)
    open_and_feed(engine, 1)
    stages: list[tuple[str, float]] = []
    reply, arrays = ask(engine, {"type": "finishTrack", "track": 1}, stages=stages)
    assert isinstance(reply, m.Finished)
    assert reply.analysis.key is not None
    assert reply.analysis.key.key.camelot == "8A"
    assert [array.dtype.str for array in arrays] == ["<f8", "<f8", "|i1", "|u1"]
    assert [stage for stage, _ in stages] == ["Finding the key", "Finding the beat"]
    assert reply.analysis.mood is None  # key and tempo do not wait for it
    assert ask(engine, {"type": "getStatus"})[0].open_tracks == 1
    details, (embedding,) = ask(engine, {"type": "deepenTrack", "track": 1}, stages=stages)
    assert isinstance(details, m.Deepened)
    assert details.details.mood is not None
    assert embedding.dtype == np.float32
    status, _ = ask(engine, {"type": "getStatus"})
    assert isinstance(status, m.EngineStatus)
    assert status.open_tracks == 0
    assert status.python_heap_bytes == 7
    assert m.encode_reply(reply).startswith('{"type":"finished"')


def test_cancel_between_steps_ends_the_analysis():
    engine = Engine()
    open_and_feed(engine, 3)

    running = engine.handle('{"type": "finishTrack", "track": 3}', [], lambda *_: None)
    running.send(None)  # up to the pause of the first step
    ask(engine, {"type": "cancelTrack", "track": 3})
    with pytest.raises(Cancelled, match="Track 3 was cancelled"):
        finish(running)
    assert ask(engine, {"type": "getStatus"})[0].open_tracks == 0


def test_details_come_after_the_answer_and_once():
    engine = Engine()
    open_and_feed(engine, 1, seconds=4)
    with pytest.raises(MessageError, match="Expected track 1 to be finished before"):
        ask(engine, {"type": "deepenTrack", "track": 1})
    ask(engine, {"type": "finishTrack", "track": 1})
    with pytest.raises(MessageError, match="is finished already"):
        ask(engine, {"type": "finishTrack", "track": 1})
    ask(engine, {"type": "deepenTrack", "track": 1})
    with pytest.raises(MessageError, match="Track 1 is not open"):
        ask(engine, {"type": "deepenTrack", "track": 1})


def test_a_failed_analysis_frees_its_track():
    engine = Engine()
    ask(engine, {"type": "openTrack", "track": 1, "sampleRate": RATE, "channels": 2})
    with pytest.raises(KeylightError, match="decodes to 0 samples"):
        ask(engine, {"type": "finishTrack", "track": 1})
    assert ask(engine, {"type": "getStatus"})[0].open_tracks == 0


def test_two_tracks_do_not_mix():
    engine = Engine()
    open_and_feed(engine, 1)
    silence = np.zeros(5 * RATE, np.float32)
    ask(engine, {"type": "openTrack", "track": 2, "sampleRate": RATE, "channels": 1})
    ask(engine, {"type": "feedTrack", "track": 2}, silence)
    second, _ = ask(engine, {"type": "finishTrack", "track": 2})
    first, _ = ask(engine, {"type": "finishTrack", "track": 1})
    for track in (1, 2):
        ask(engine, {"type": "deepenTrack", "track": track})
    assert second.analysis.key is None
    assert first.analysis.key.key.name == "A minor"


def test_edits_taps_and_exports_are_answered_here():
    engine = Engine()
    beats = np.arange(0.0, 30.0, 0.5)
    request = {"type": "retempo", "rhythm": None, "durationSeconds": 30.0, "bpm": 60.0}
    reply, (new, downbeats) = ask(engine, request, beats, beats[::4])
    assert isinstance(reply, m.Edited)
    assert (reply.rhythm.bpm, new.size, downbeats.size) == (60.0, 30, 8)
    reply, _ = ask(engine, {"type": "tapTempo", "timesSeconds": [0.0, 0.5, 1.0]})
    assert reply == m.Tapped(bpm=120.0, error_bpm=0.0, taps=3)
    reply, _ = ask(engine, {"type": "export", "format": "csv", "records": [{"file": "x", "error": "gone"}]})
    assert isinstance(reply, m.TextFile)
    assert reply.text.count("\r\n") == 2


def test_sections_and_cues_follow_a_corrected_grid():
    sections = [(0.0, 8.0, "intro"), (8.0, 16.0, "verse"), (16.0, 30.0, "outro")]
    structure = {
        "sections": [
            {"startSeconds": start, "endSeconds": end, "kind": kind, "letter": "A", "energy": 50.0}
            for start, end, kind in sections
        ],
        "cues": [{"seconds": 8.0, "kind": "mix in", "reason": "the beat runs"}],
    }
    beats = np.arange(0.0, 30.0, 0.5)
    request = {"type": "retempo", "rhythm": None, "durationSeconds": 30.0, "bpm": 120.0, "structure": structure}
    reply, (_, downbeats) = ask(Engine(), {**request, "shiftSeconds": 0.03}, beats, beats[::4])
    assert reply.structure.cues[0].seconds == pytest.approx(8.03)
    assert [part.start_seconds for part in reply.structure.sections] == pytest.approx([0.0, 8.03, 16.03])
    assert [part.end_seconds for part in reply.structure.sections] == pytest.approx([8.03, 16.03, 30.0])
    assert {cue.seconds for cue in reply.structure.cues} <= set(downbeats.round(4))
    assert ask(Engine(), {**request, "structure": None}, beats, beats[::4])[0].structure is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"type": "feedTrack", "track": 9}, "Track 9 is not open"),
        ({"type": "nonsense"}, "does not understand this request: Invalid value 'nonsense'"),
        ({"type": "cancelTrack"}, r"missing required field `track`"),
        ({"type": "cancelTrack", "track": "x"}, r"Expected `int`, got `str` - at `\$\.track`"),
        ({"type": "cancelTrack", "track": 1, "more": 2}, "unknown field `more`"),
        ({"type": "retempo", "rhythm": None, "durationSeconds": 1.0, "bpm": 120.0}, "Expected the arrays beats"),
        (
            {"type": "export", "format": "json", "records": [{"file": "x"}], "beats": True},
            "Expected two arrays for each of 1",
        ),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(request_, words):
    with pytest.raises(MessageError, match=words):
        ask(Engine(), request_)


def test_a_track_number_is_used_once():
    engine = Engine()
    ask(engine, {"type": "openTrack", "track": 1, "sampleRate": RATE, "channels": 1})
    with pytest.raises(MessageError, match="which is open already"):
        ask(engine, {"type": "openTrack", "track": 1, "sampleRate": RATE, "channels": 1})
    assert ask(engine, {"type": "cancelTrack", "track": 1})[0] == m.Cancelled(track=1)
    assert ask(engine, {"type": "cancelTrack", "track": 1})[0] == m.Cancelled(track=1)


class Broken:
    """A tagger that fails in a way of its own."""

    def tag(self, patches: np.ndarray) -> Hearing:
        async def answer() -> TagReading:
            raise RuntimeError("out of luck")

        return Hearing(answer)


def test_a_tagger_that_fails_costs_the_tags_alone():
    engine = Engine(tagger=Broken())
    open_and_feed(engine, 1, seconds=24)
    ask(engine, {"type": "finishTrack", "track": 1})
    reply, (embedding,) = ask(engine, {"type": "deepenTrack", "track": 1})
    assert reply.details.structure is not None
    assert reply.details.mood.heard_by == "signal"
    assert embedding.size == 0
    assert "Tags are left out: the tagger failed (RuntimeError: out of luck)." in reply.details.notes
