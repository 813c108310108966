"""Grids, alternatives, edits by hand and taps, on beats whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import KeylightError
from web.py.analysis.tempo import alternatives, estimate_rhythm, find_grid, retempo, tap_tempo


def onsets_at(times: np.ndarray, seconds: float) -> np.ndarray:
    """Onset strength [frames, 3] at 100 Hz: a triangle of 30 ms at each time."""
    envelope = np.zeros(round(seconds * 100))
    for offset, height in ((-1, 0.5), (0, 1.0), (1, 0.5)):
        frames = np.rint(times * 100).astype(int) + offset
        envelope[frames[(frames >= 0) & (frames < envelope.size)]] += height
    return np.repeat(envelope[:, None], 3, axis=1)


@pytest.mark.parametrize("bpm", [60.0, 89.7, 120.0, 127.95, 133.33, 174.0, 199.9])
@pytest.mark.parametrize("told", [0.975, 1.0, 1.025])
def test_grid_is_found_although_the_lag_is_coarse(bpm, told):
    beats = np.arange(0.31, 120, 60 / bpm)
    grid, steadiness = find_grid(onsets_at(beats, 120)[:, 0], bpm=bpm * told)
    assert 60 / grid.period == pytest.approx(bpm, rel=2e-4)
    assert steadiness > 0.98


def test_a_drifting_tempo_is_not_called_steady():
    periods = 0.5 * np.linspace(0.94, 1.06, 230)
    beats = np.cumsum(periods)
    found = estimate_rhythm(beats, onsets_at(beats, 118), bpm=120.0, duration_seconds=118.0)
    assert found is not None
    rhythm, kept, _ = found
    assert not rhythm.steady
    assert not rhythm.snapped
    assert np.array_equal(kept, beats[beats < 118])


@pytest.mark.parametrize(
    ("bpm", "shown", "snapped"), [(174.0, 174.0, True), (127.96, 128.0, True), (120.4, 120.4, False)]
)
def test_a_whole_tempo_is_shown_only_when_the_grid_says_so(bpm, shown, snapped):
    beats = np.arange(0.2, 180, 60 / bpm)
    found = estimate_rhythm(beats, onsets_at(beats, 180), bpm=bpm, duration_seconds=180.0)
    assert found is not None
    assert found[0].bpm == shown
    assert found[0].snapped == snapped
    assert found[0].confidence > 0.9


def test_beats_without_onsets_have_no_confidence():
    beats = np.arange(0, 60, 0.5)
    flat = np.ones((6000, 3))
    found = estimate_rhythm(beats, flat, bpm=120.0, duration_seconds=60.0)
    assert found is not None
    assert found[0].confidence == 0.0
    assert not found[0].clear


def test_waltz_has_three_beats_to_the_bar():
    beats = np.arange(0.1, 90, 0.4)
    onsets = onsets_at(beats, 90) + 2 * onsets_at(beats[1::3], 90)
    found = estimate_rhythm(beats, onsets, bpm=150.0, duration_seconds=90.0)
    assert found is not None
    rhythm, grid, downbeats = found
    assert rhythm.meter == 3
    assert np.abs(downbeats[:, None] - beats[1::3][None, :]).min(axis=1).max() < 0.02
    assert set(downbeats) <= set(grid)


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
