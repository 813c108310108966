"""The composer's truth is exact: scores repeat, beats lie on the notes, keys are the scales in use."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from shared.theory.keys import KEYS, parse_key
from tests.composer.catalogue import catalogue
from tests.composer.compose import Spec, compose, pitch_class_share
from tests.composer.genres import GENRES
from tests.composer.harmony import SCALES, parse_progression

SHORT = catalogue("short")
#: Two fingerprints, so that a score that changes by accident, or by platform, is noticed. Change them on purpose only.
KNOWN = {"short house": "870d8ad90311b571", "short swing": "eecd2f8db2402e03"}


def test_the_same_seed_gives_the_same_score_on_every_platform() -> None:
    found = {spec.name: compose(spec).fingerprint()[:16] for spec in SHORT if spec.name in KNOWN}
    assert found == KNOWN


def test_another_name_gives_another_score() -> None:
    one, other = (compose(Spec(name, "pop", "C major", 120.0, 20.0)) for name in ("one", "other"))
    assert one.fingerprint() != other.fingerprint()


@pytest.mark.parametrize("spec", SHORT, ids=lambda spec: spec.name)
def test_beats_are_one_grid_at_the_tempo(spec: Spec) -> None:
    truth = compose(spec).truth
    assert truth.beats is not None
    assert truth.downbeats is not None
    assert truth.bpm == spec.bpm
    np.testing.assert_allclose(np.diff(truth.beats), 60.0 / spec.bpm, atol=1e-9)
    np.testing.assert_allclose(np.diff(truth.downbeats), (truth.beats_per_bar or 0) * 60.0 / spec.bpm, atol=1e-9)
    assert set(truth.downbeats) <= set(truth.beats)


@pytest.mark.parametrize("spec", SHORT, ids=lambda spec: spec.name)
def test_most_notes_are_in_the_key(spec: Spec) -> None:
    score = compose(spec)
    key = parse_key(spec.key)
    assert score.truth.key == key.name
    share = pitch_class_share(score, key)
    strangers = np.mean([pitch_class_share(score, other) for other in KEYS if other.wheel != key.wheel])
    assert share > 0.75
    assert share > strangers + 0.1


def test_kicks_of_a_four_on_the_floor_fall_on_the_beats() -> None:
    score = compose(Spec("straight", "techno", "A minor", 133.3, 30.0))
    kicks = [note.start for part in score.parts for note in part.notes if note.what == "kick"]
    assert len(kicks) > 30
    assert score.truth.beats is not None
    late = np.array([np.abs(score.truth.beats - kick).min() for kick in kicks if kick >= 0.0])
    assert np.median(late) < 1e-6


def test_a_drifting_piece_says_so_and_its_beats_are_no_grid() -> None:
    truth = compose(catalogue("drift")[0]).truth
    assert not truth.constant_tempo
    assert truth.beats is not None
    gaps = np.diff(truth.beats)
    assert 1.01 < gaps.max() / gaps.min() < 1.5


def test_sections_cover_the_beats_without_gaps() -> None:
    for spec in catalogue("structure"):
        truth = compose(spec).truth
        assert truth.sections is not None
        assert truth.beats is not None
        ends = [section.end for section in truth.sections]
        assert [section.start for section in truth.sections[1:]] == ends[:-1]
        assert ends[-1] == pytest.approx(truth.beats[-1])
        assert 60.0 < ends[-1] < 200.0, spec.name
        assert len({section.label for section in truth.sections}) >= 4


def test_the_composed_set_deals_keys_genres_and_metres() -> None:
    specs = catalogue("composed")
    assert len({spec.name for spec in specs}) == len(specs) >= 160
    keys = Counter(spec.key for spec in specs)
    assert len(keys) == 24
    assert max(keys.values()) - min(keys.values()) <= 1
    assert {spec.genre for spec in specs} == {genre.name for genre in GENRES}
    assert {genre.meter for genre in GENRES} == {"4/4", "3/4", "6/8"}
    assert min(spec.bpm for spec in specs) < 62
    assert max(spec.bpm for spec in specs) > 175
    assert sum(spec.bpm != round(spec.bpm) for spec in specs) > 60


def test_every_pattern_fits_its_bar() -> None:
    for genre in GENRES:
        for pattern in genre.drums:
            for drum, row in pattern.items():
                assert len(row) % genre.steps == 0, (genre.name, drum, len(row))


def test_chords_that_share_a_bar() -> None:
    bars = parse_progression("i|IV bVII|i")
    assert [[chord.root for chord in bar] for bar in bars] == [[0], [5, 10], [0]]
    assert bars[0][0].shape == (0, 3, 7)
    assert SCALES["dorian"] != SCALES["minor"]
