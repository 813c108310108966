"""The key model: no key is preferred, evidence is what was planted, published profiles name their own key."""

from __future__ import annotations

import numpy as np
import pytest

from shared.theory.keys import KEYS, parse_key
from tests.signals import RATE, song
from web.py.analysis.evidence import CHORDS, Evidence, PitchRows, chord_steps, first_and_last, gather, pitch_rows
from web.py.analysis.key_model import judge, key_scores, posterior
from web.py.analysis.key_weights import CONFIDENCE_WEIGHTS, EVIDENCE_WEIGHTS, WHOLE_WEIGHTS
from web.py.analysis.tonal import BINS, Tonal, TonalMaker


def transposed(tonal: Tonal, semitones: int) -> Tonal:
    shift = semitones * BINS // 12
    return tonal._replace(all=np.roll(tonal.all, shift, axis=1), bass=np.roll(tonal.bass, shift, axis=1))


def heard(name: str, *, seconds: float = 16.0) -> Tonal:
    maker = TonalMaker()
    maker.feed(song(parse_key(name), bpm=120, seconds=seconds))
    return maker.finish()


@pytest.mark.parametrize("semitones", [1, 5, 11])
def test_music_transposed_is_judged_the_same(semitones):
    tonal = heard("D minor")
    scores = judge(pitch_rows(tonal, cents=0.0)).reshape(2, 12)
    moved = judge(pitch_rows(transposed(tonal, semitones), cents=0.0)).reshape(2, 12)
    np.testing.assert_allclose(np.roll(scores, semitones, axis=1), moved, atol=1e-6)


def test_chords_and_their_changes_are_heard():
    rows = pitch_rows(heard("C"), cents=0.0)  # bars of two seconds: C F G C
    evidence = gather(rows, np.array([0, 2, 13]), np.array([len(rows.weight), 8, 19]))
    assert set(np.argsort(-evidence.triads[0])[:3].tolist()) == {0, 5, 7}
    assert np.argmax(evidence.triads[1]) == 0
    assert np.argmax(evidence.triads[2]) == 5
    np.testing.assert_allclose(evidence.triads.sum(axis=1), 1.0)
    steps = chord_steps(rows)
    assert steps.shape == (CHORDS, CHORDS)
    assert steps.sum() == pytest.approx(1.0)
    assert steps[0, 5] > 0.1
    assert steps[7, 0] > 0.1
    ends = first_and_last(rows)
    assert np.argmax(ends.triads, axis=1).tolist() == [0, 0]


def test_a_bass_names_its_note():
    rows = pitch_rows(heard("G", seconds=4.0), cents=0.0)
    assert np.argmax(gather(rows, np.array([0]), np.array([8])).bass) == 7


def test_silence_is_no_evidence():
    nothing = PitchRows(np.zeros((9, 12)), np.zeros((9, 12)), np.zeros((9, CHORDS)), np.zeros(9))
    assert not any(part.any() for part in first_and_last(nothing))
    assert not chord_steps(nothing).any()
    assert np.isfinite(judge(nothing)).all()
    assert posterior(judge(nothing)).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("key", [KEYS[0], KEYS[7], KEYS[14], KEYS[21]], ids=lambda key: key.short)
def test_a_scale_on_its_tonic_scores_its_key_first(key):
    degrees = (0, 2, 3, 5, 7, 8, 10) if key.mode == "minor" else (0, 2, 4, 5, 7, 9, 11)
    share = np.zeros(12)
    share[[(key.tonic + degree) % 12 for degree in degrees]] = 0.1
    share[[key.tonic, (key.tonic + 7) % 12]] = 0.25
    scores = key_scores(Evidence(share[None], np.zeros((1, 12)), np.zeros((1, CHORDS))))
    assert KEYS[int(np.argmax(scores))] == key


def test_weights_have_the_shapes_that_their_users_expect():
    assert EVIDENCE_WEIGHTS.shape == (2, 60)
    assert WHOLE_WEIGHTS.shape == (2, 11)
    assert CONFIDENCE_WEIGHTS.shape == (9,)
    # the order of the columns: a tonic speaks for its key, the other mode's third against it
    major, minor = EVIDENCE_WEIGHTS
    assert major[0] > 1
    assert minor[0] > 1
    assert major[4] > 0 > major[3]
    assert minor[3] > 0 > minor[4]


def test_a_song_is_shorter_than_a_row():
    maker = TonalMaker()
    maker.feed(song(parse_key("A"), bpm=120, seconds=0.1))
    rows = pitch_rows(maker.finish(), cents=0.0)
    assert len(rows.weight) == -(-round(0.1 * RATE) // 4 // 2048)
    assert np.isfinite(judge(rows)).all()
