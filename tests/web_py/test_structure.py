"""Sections and cues of arranged songs whose form is known, and of what has no form."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from shared.schema.analysis import RhythmEstimate, Structure
from tests.signals import RATE, noise
from tests.web_py.arrangements import CLUB, DREAM, SONG, Arranged, arrange
from web.py.analysis.letters import name_letters
from web.py.analysis.picture import BAND_COUNT, Picture, PictureMaker, Timbre
from web.py.analysis.structure import find_structure
from web.py.analysis.tonal import BINS, ROW_SECONDS, Tonal, TonalMaker

_BPM = {"club": 128.0, "song": 120.0, "dream": 80.0}
_FORMS = {"club": CLUB, "song": SONG, "dream": DREAM}


def _rhythm(bpm: float, *, clear: bool = True) -> RhythmEstimate:
    return RhythmEstimate(
        bpm=bpm,
        measured_bpm=bpm,
        snapped=True,
        steady=True,
        confidence=0.9 if clear else 0.1,
        clear=clear,
        meter=4,
        downbeat_confidence=0.8,
        alternatives=(),
    )


def _features(samples: np.ndarray) -> tuple[Picture, Tonal]:
    picture, tonal = PictureMaker(), TonalMaker()
    for first in range(0, samples.size, 10 * RATE):
        picture.feed(samples[first : first + 10 * RATE])
        tonal.feed(samples[first : first + 10 * RATE])
    return picture.finish(), tonal.finish()


@functools.cache
def _song(name: str) -> tuple[Arranged, Picture, Tonal]:
    made = arrange(_FORMS[name], bpm=_BPM[name], start=0.37)
    return made, *_features(made.samples + noise(made.samples.size / RATE, level=1e-4))


def _structure(name: str, *, shift_beats: int = 0, clear: bool = True) -> Structure:
    made, picture, tonal = _song(name)
    found = find_structure(
        picture,
        tonal,
        cents=0.0,
        rhythm=_rhythm(_BPM[name], clear=clear),
        beats=made.beats,
        downbeats=made.beats[shift_beats::4],
        duration_seconds=made.samples.size / RATE,
    )
    assert found is not None
    return found


def _misses(found: Structure, wanted: np.ndarray) -> np.ndarray:
    """Seconds from each wanted start, but the first, to the nearest found."""
    starts = np.array([section.start_seconds for section in found.sections])
    return np.abs(wanted[1:, None] - starts[None, :]).min(axis=1)


@pytest.mark.parametrize("name", ["club", "song"])
def test_sections_begin_where_the_form_does(name: str) -> None:
    made = _song(name)[0]
    found = _structure(name)
    assert _misses(found, made.starts).max() < 0.02
    assert len(found.sections) == len(made.starts)


@pytest.mark.parametrize("name", ["club", "song"])
def test_kinds_are_those_of_the_form(name: str) -> None:
    assert [section.kind for section in _structure(name).sections] == [part.name for part in _FORMS[name]]


def test_what_returns_has_its_letter_back() -> None:
    letters = [section.letter for section in _structure("song").sections]
    intro, verse, chorus, second_verse, second_chorus, break_, third_chorus, outro = letters
    assert verse == second_verse
    assert chorus == second_chorus == third_chorus
    assert intro == outro
    assert len({intro, verse, chorus, break_}) == 4


@pytest.mark.parametrize("name", ["club", "song", "dream"])
def test_sections_cover_the_track_without_gaps(name: str) -> None:
    sections = _structure(name).sections
    assert sections[0].start_seconds == 0.0
    assert sections[-1].end_seconds == pytest.approx(_song(name)[0].samples.size / RATE, abs=1e-3)
    assert all(a.end_seconds == b.start_seconds for a, b in itertools.pairwise(sections))
    assert all(0 <= section.energy <= 100 for section in sections)


def test_energy_is_highest_in_the_drops() -> None:
    sections = _structure("club").sections
    drops = [section.energy for section in sections if section.kind == "drop"]
    others = [section.energy for section in sections if section.kind != "drop"]
    assert min(drops) > max(others)
    assert min(drops) > np.median(others) + 15


def test_one_slow_chord_sequence_is_not_cut_up() -> None:
    assert len(_structure("dream").sections) <= 2


def test_cues_of_a_club_track() -> None:
    made = _song("club")[0]
    cues = _structure("club").cues
    intro, _, _, drop, break_, _, second_drop, outro = made.starts
    assert {cue.kind for cue in cues} == {"load", "mix in", "drop", "break", "mix out"}
    assert [cue.seconds for cue in cues if cue.kind == "drop"] == pytest.approx([drop, second_drop], abs=0.01)
    assert [cue.seconds for cue in cues if cue.kind == "break"] == pytest.approx([break_], abs=0.01)
    assert [cue.seconds for cue in cues if cue.kind == "mix out"] == pytest.approx([outro], abs=0.01)
    assert [cue.seconds for cue in cues if cue.kind in ("load", "mix in")] == pytest.approx([intro, intro], abs=0.01)
    assert "kick and bass return after 8 bars of build" in [cue.reason for cue in cues]
    assert next(cue.reason for cue in cues if cue.kind == "mix in").endswith("40 bars before the drop")


@pytest.mark.parametrize("name", ["club", "song", "dream"])
def test_cues_lie_on_downbeats_in_order(name: str) -> None:
    cues = _structure(name).cues
    downbeats = _song(name)[0].downbeats
    times = [cue.seconds for cue in cues]
    assert times == sorted(times)
    assert 1 <= len(cues) <= 8
    assert all(np.abs(downbeats - time).min() < 1e-3 for time in times)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_downbeats_on_the_wrong_beat_move_sections_by_no_more_than_a_bar(shift: int) -> None:
    made = _song("club")[0]
    found = _structure("club", shift_beats=shift)
    bar = 4 * 60 / _BPM["club"]
    assert _misses(found, made.starts).max() < bar
    assert [section.kind for section in found.sections].count("drop") == 2


def test_without_a_clear_beat_sections_are_found_in_time() -> None:
    made = _song("club")[0]
    found = _structure("club", clear=False)
    assert np.sort(_misses(found, made.starts))[:-1].max() < 3.0
    assert all(cue.kind != "mix in" for cue in found.cues)
    assert next(cue.reason for cue in found.cues if cue.kind == "load") == "first sound"


def test_silence_and_snippets_have_no_structure() -> None:
    beats = np.arange(0.0, 30.0, 0.5)
    silent = _features(np.zeros(30 * RATE, np.float32))
    short = _features(noise(15.0))
    for (picture, tonal), seconds in ((silent, 30.0), (short, 15.0)):
        assert (
            find_structure(
                picture,
                tonal,
                cents=0.0,
                rhythm=_rhythm(120.0),
                beats=beats,
                downbeats=beats[::4],
                duration_seconds=seconds,
            )
            is None
        )


@pytest.mark.parametrize("seconds", [20.0, 31.7])
def test_noise_is_one_section_with_or_without_beats(seconds: float) -> None:
    picture, tonal = _features(noise(seconds))
    for beats in (np.zeros(0), np.arange(0.0, seconds, 0.5)):
        found = find_structure(
            picture, tonal, cents=0.0, rhythm=None, beats=beats, downbeats=beats[::4], duration_seconds=seconds
        )
        assert found is not None
        assert len(found.sections) == 1
        assert found.sections[0].end_seconds == pytest.approx(seconds)


@pytest.mark.parametrize("seed", range(12))
def test_missing_beats_and_silent_stretches_leave_the_promises_kept(seed: int) -> None:
    made, picture, tonal = _song("club")
    rng = np.random.default_rng(seed)
    seconds = float(rng.uniform(25.0, made.samples.size / RATE))
    levels, rms = picture.levels[: int(seconds * 100)].copy(), picture.timbre.rms[: int(seconds * 100)].copy()
    silent = slice(*sorted(rng.integers(0, len(rms), 2)))
    levels[silent], rms[silent] = 0, 0
    heard = picture._replace(levels=levels, timbre=Timbre(rms, *(column[: len(rms)] for column in picture.timbre[1:])))
    beats = made.beats[rng.random(made.beats.size) < 0.8]
    found = find_structure(
        heard,
        tonal,
        cents=0.0,
        rhythm=_rhythm(128.0),
        beats=beats,
        downbeats=beats[:: int(rng.integers(2, 9))],
        duration_seconds=seconds,
    )
    assert found is not None
    sections = found.sections
    assert sections[0].start_seconds == 0.0
    assert sections[-1].end_seconds == pytest.approx(seconds, abs=1e-3)
    assert all(a.end_seconds == b.start_seconds for a, b in itertools.pairwise(sections))
    assert all(section.end_seconds > section.start_seconds for section in sections)
    assert all(0 <= cue.seconds <= seconds for cue in found.cues)


def test_a_fast_waltz_is_counted_in_pairs_of_bars() -> None:
    made, picture, tonal = _song("song")
    short_bars = np.arange(made.downbeats[0], made.downbeats[-1], 1.0)
    found = find_structure(
        picture,
        tonal,
        cents=0.0,
        rhythm=_rhythm(180.0),
        beats=short_bars,
        downbeats=short_bars,
        duration_seconds=made.samples.size / RATE,
    )
    assert found is not None
    assert _misses(found, made.starts).max() < 0.02
    assert any("16 bars before the chorus" in cue.reason for cue in found.cues)  # 8 bars of two seconds


def test_an_hour_keeps_to_its_limits() -> None:
    """70 minutes at 128 BPM, a new sound every 64 bars, from planted features."""
    bar = 4 * 60 / 128
    bars, frames = 2240, round(2240 * bar * 100)
    rng = np.random.default_rng(3)
    sounds = rng.uniform(1.0, 5.0, (35, BAND_COUNT))
    at = (np.arange(frames) / 100 / bar / 64).astype(int)
    levels = (sounds[np.minimum(at, 34)] + rng.normal(0, 0.1, (frames, 1))).astype(np.float16)
    rms = np.full(frames, 0.1, np.float32)
    picture = Picture(
        np.zeros((3 * frames, 2), np.int8),
        np.zeros((frames, 3), np.uint8),
        levels,
        Timbre(rms, rms * 10000, rms),
    )
    rows = rng.uniform(0, 1, (int(frames / 100 / ROW_SECONDS), BINS)).astype(np.float32)
    tonal = Tonal(rows, rows, rows[:, 0])
    beats = np.arange(4 * bars) * bar / 4
    found = find_structure(
        picture,
        tonal,
        cents=0.0,
        rhythm=_rhythm(128.0),
        beats=beats,
        downbeats=beats[::4],
        duration_seconds=frames / 100,
    )
    assert found is not None
    wanted = np.arange(35) * 64 * bar
    assert (_misses(found, wanted) < 0.05).mean() > 0.9
    assert len(found.sections) < 60


def test_letters_follow_the_order_of_appearance() -> None:
    near, far = 0.1, 3.0
    distances = np.array([[0, far, near], [far, 0, far], [near, far, 0]])
    assert name_letters(distances) == ["A", "B", "A"]
