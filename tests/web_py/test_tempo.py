"""Other counts, edits by hand and taps, on beats whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import KeylightError
from web.py.analysis.tempo import alternatives, retempo, tap_tempo


def test_alternatives_are_those_of_the_buttons():
    assert {guess.relation: guess.bpm for guess in alternatives(120.0)} == {
        "×1/2": 60.0, "×2": 240.0, "×2/3": 80.0, "×3/2": 180.0, "×3/4": 90.0, "×4/3": 160.0, "×1/3": 40.0,
        "×3": 360.0,
    }  # fmt: skip
    assert all(20 <= guess.bpm <= 400 for bpm in (20.0, 39.0, 250.0, 400.0) for guess in alternatives(bpm))


def planted() -> tuple[np.ndarray, np.ndarray]:
    beats = np.arange(0.25, 60, 0.5)
    return beats, beats[2::4]


def test_halving_keeps_the_first_downbeat_in_place():
    beats, downbeats = planted()
    rhythm, new, bars = retempo(beats, downbeats, rhythm=None, duration_seconds=60.0, bpm=60.0)
    assert rhythm.source == "hand"
    assert rhythm.confidence == 1.0
    assert np.allclose(np.diff(new), 1.0)
    assert np.abs(new - downbeats[0]).min() < 1e-9
    assert downbeats[0] == pytest.approx(bars[0])
    assert new[0] >= 0
    assert new[-1] < 60


def test_a_shift_moves_every_beat_and_a_downbeat_shift_the_bar():
    beats, downbeats = planted()
    rhythm, _, _ = retempo(beats, downbeats, rhythm=None, duration_seconds=60.0, bpm=120.0)
    _, moved, bars = retempo(
        beats, downbeats, rhythm=rhythm, duration_seconds=60.0, bpm=120.0, shift_seconds=0.01, downbeat_shift=1
    )
    assert np.allclose(moved, beats + 0.01)
    assert np.allclose(bars, beats[3::4] + 0.01)


def test_an_unchanged_tempo_keeps_a_bar_of_two():
    beats = np.arange(0.25, 20, 0.5)
    downbeats = beats[[0, 4, 8, 10, 14, 18, 22, 26, 30, 34, 38]]
    rhythm, _, _ = retempo(beats, downbeats, rhythm=None, duration_seconds=20.0, bpm=120.0)
    _, moved, bars = retempo(beats, downbeats, rhythm=rhythm, duration_seconds=20.0, bpm=120.0, shift_seconds=0.02)
    assert np.allclose(bars, downbeats + 0.02)
    assert np.allclose(moved, beats + 0.02)


@pytest.mark.parametrize("bpm", [0.0, 19.9, 401.0, float("nan"), -120.0])
def test_impossible_tempi_are_refused_in_words(bpm):
    beats, downbeats = planted()
    with pytest.raises(KeylightError, match="Expected a tempo of 20 to 400 BPM, got"):
        retempo(beats, downbeats, rhythm=None, duration_seconds=60.0, bpm=bpm)


def test_taps_are_averaged_and_a_pause_starts_anew():
    rng = np.random.default_rng(3)
    taps = np.arange(0, 16, 60 / 126) + rng.normal(0, 0.015, 34)
    bpm, error, count = tap_tempo(np.concatenate([[-20.0, -19.0], taps]))
    assert bpm == pytest.approx(126, abs=3 * error + 0.05)
    assert 0 < error < 1
    assert count == 34


@pytest.mark.parametrize("taps", [[], [1.0], [1.0, 1.0], [2.0, 1.0], [0.0, 10.0]])
def test_too_few_taps_say_what_to_do(taps):
    with pytest.raises(KeylightError, match="Tap along"):
        tap_tempo(np.array(taps))
