"""The evaluation sets: halves that are disjoint and stable, recordings that match their truth, tables that add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.bench.answers import answers
from tests.bench.scores import COLUMNS, comparison, confidence_tables, score
from tests.bench.sets import SETS, Item, half_of, items
from tests.bench.sets.store import read_audio, write_wav
from tests.bench.systems import OURS, Answer
from tests.composer.truth import Truth


@pytest.mark.parametrize("name", SETS)
def test_halves_are_disjoint_and_make_the_whole(name: str) -> None:
    whole = {item.name for item in items(name)}
    tune, report = {item.name for item in items(name, half="tune")}, {item.name for item in items(name, half="report")}
    assert not tune & report
    assert tune | report == whole
    assert not {item.song for item in items(name, half="tune")} & {item.song for item in items(name, half="report")}


def test_the_halves_stay_as_they_are() -> None:
    songs = ("pop909/008", "pop909/087", "composed/house 1", "composed/house 2", "loops/loop_amen")
    assert [half_of(song) for song in songs] == ["tune", "report", "report", "tune", "tune"]


def test_one_recording_per_song() -> None:
    for name in SETS:
        first = items(name, renderings="first")
        assert len(first) == len({item.song for item in items(name)})


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected a set among pop909"):
        items("nothing")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    sound = np.sin(np.arange(4410, dtype=np.float32) / 20.0)
    write_wav(tmp_path / "sine.wav", sound)
    np.testing.assert_allclose(read_audio(tmp_path / "sine.wav"), sound, atol=1 / 16384)


def test_a_short_piece_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLIGHT_BENCH_CACHE", str(tmp_path))
    made = next(iter(items("short")))
    item = Item(name=made.name, set=made.set, song=made.song, truth=made.truth, make=made.make)
    assert item.path.is_relative_to(tmp_path)
    before = item.path.stat().st_mtime_ns
    assert item.make().stat().st_mtime_ns == before
    assert item.audio().dtype == np.float32
    assert item.truth.beats is not None
    assert item.truth.beats[-1] < item.audio().size / 44100


def test_a_peer_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLIGHT_BENCH_CACHE", str(tmp_path))
    sound = np.sin(2 * np.pi * 440.0 * np.arange(44100 * 3, dtype=np.float32) / 44100)
    write_wav(tmp_path / "tone.wav", sound)
    item = Item(name="tone", set="test", song="tone", truth=Truth(), make=lambda: tmp_path / "tone.wav")
    first = answers("essentia bgate", [item])
    kept = list((tmp_path / "answers").rglob("*.json"))
    assert len(kept) == 1
    kept[0].write_bytes(b'{"key":"B minor"}')  # what is kept is what is answered
    assert first[0].key != "B minor"
    assert answers("essentia bgate", [item])[0].key == "B minor"


def _item(name: str, song: str, key: str, bpm: float) -> Item:
    return Item(name, "test", song, Truth(key=key, has_key=True, bpm=bpm, has_beat=True), lambda: Path("none"))


def test_scores_of_an_answer() -> None:
    row = score(_item("a", "a", "A minor", 120.0), Answer(key="C major", bpm=60.1))
    known = {column: value for column, value in row.items() if not np.isnan(value)}
    assert known == {"MIREX": 0.3, "exact": 0.0, "signature": 1.0, "A1": 0.0, "A1*": 0.0, "A2": 1.0}
    assert set(row) == set(COLUMNS)


def test_the_comparison_names_the_best_peer_and_the_difference() -> None:
    chosen = [_item(str(number), f"song {number // 2}", "C major", 100.0) for number in range(12)]
    good, bad = Answer(key="C major", bpm=100.0), Answer(key="F# major", bpm=130.0)
    asked = {
        OURS: [good] * 12,
        "essentia bgate": [good, bad] * 6,
        "essentia edma": [bad] * 12,
        "essentia degara": [good] * 12,
    }
    difference, interval, best = comparison(chosen, asked)
    column = 1 + COLUMNS.index("exact")
    assert (difference[column], interval[column], best[column]) == ("+50.0", "+50.0 to +50.0", "essentia bgate")
    assert difference[1 + COLUMNS.index("A1")] == "+0.0"


def test_confidence_where_there_is_nothing_counts_against_us() -> None:
    speech = Item("speech", "songs", "speech", Truth(has_key=False, has_beat=False), lambda: Path("none"))
    text = confidence_tables([(speech, Answer(key="C major", key_confidence=0.7, bpm=90.0, bpm_confidence=0.1))])
    assert "0.70 / 0.00 (1)" in text
    assert "0.10 / 0.00 (1)" in text
