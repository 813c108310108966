"""The benchmarks' scores on cases whose answer is known, and against mir_eval where it has the same."""

from __future__ import annotations

import numpy as np
import pytest
from mir_eval import key as mir_key

from shared.theory.keys import KEYS
from tests.bench import metrics
from tests.composer.truth import Section, Truth

GRID = np.arange(0.5, 40.0, 0.5)


def test_key_weights_are_those_of_mir_eval() -> None:
    for truth in KEYS:
        for answer in KEYS:
            assert metrics.key_weight(truth.name, answer.name) == mir_key.weighted_score(truth.name, answer.name)


@pytest.mark.parametrize(
    ("answer", "one", "two"),
    [(120.0, True, True), (124.7, True, True), (125.0, False, False), (60.0, False, True), (240.0, False, True),
     (360.0, False, True), (40.0, False, True), (80.0, False, False), (180.0, False, False), (None, False, False)],
)  # fmt: skip
def test_tempo_accuracy(answer: float | None, one: bool, two: bool) -> None:
    assert metrics.accuracy1(120.0, answer) is one
    assert metrics.accuracy2(120.0, answer) is two


def test_the_error_of_a_tempo_is_to_the_nearest_right_one() -> None:
    truth = Truth(bpm=140.0, bpm_alternatives_ok=(70.0,))
    assert metrics.tempo_error(truth, 140.7) == pytest.approx(0.5)
    assert metrics.tempo_error(truth, 70.07) == pytest.approx(0.1)


def test_perfect_beats_and_beats_at_double_tempo() -> None:
    truth = Truth(bpm=120.0, beats=GRID)
    assert metrics.beat_scores(truth, GRID) == (1.0, 1.0, 1.0)
    f_measure, cml, aml = metrics.beat_scores(truth, np.arange(0.5, 40.0, 0.25))
    assert f_measure == pytest.approx(2 / 3, abs=0.01)
    assert cml == 0.0
    assert aml > 0.99
    assert metrics.beat_scores(truth, np.zeros(0)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("other", "beats"), [(240.0, np.arange(0.5, 39.6, 0.25)), (60.0, GRID[1::2])])
def test_beats_of_a_tempo_that_is_as_right_are_right(other: float, beats: np.ndarray) -> None:
    truth = Truth(bpm=120.0, bpm_alternatives_ok=(other,), beats=GRID)
    assert metrics.beat_scores(truth, beats) == pytest.approx((1.0, 1.0, 1.0))


def test_boundaries_within_their_window() -> None:
    truth = Truth(sections=tuple(Section(start, start + 20.0, "verse") for start in (0.0, 20.0, 40.0)))
    exact = metrics.boundary_f(truth, [0.0, 20.0, 40.0], duration=60.0, window=0.5)
    near = metrics.boundary_f(truth, [0.0, 22.0, 41.0], duration=60.0, window=3.0)
    far = metrics.boundary_f(truth, [0.0, 22.0, 41.0], duration=60.0, window=0.5)
    half = metrics.boundary_f(truth, [0.0, 20.0], duration=60.0, window=0.5)
    assert (exact, near, far) == (1.0, 1.0, 0.0)
    assert half == pytest.approx(2 / 3)


def test_the_bootstrap_draws_songs_not_recordings() -> None:
    """Four recordings of each song that agree say no more than one: the interval must not shrink."""
    rng = np.random.default_rng(1)
    ours, other = rng.integers(0, 2, 50).astype(float), np.full(50, 0.4)
    names = [f"song {number}" for number in range(50)]
    once = metrics.bootstrap(ours, other, names)
    four = metrics.bootstrap(np.repeat(ours, 4), np.repeat(other, 4), np.repeat(names, 4).tolist())
    assert four == pytest.approx(once, abs=0.02)
    mean, low, high = once
    spread = 1.96 * ours.std() / np.sqrt(50)
    assert mean == pytest.approx(ours.mean() - 0.4)
    assert (low, high) == pytest.approx((mean - spread, mean + spread), abs=0.03)


def test_reliability_counts_and_calibration() -> None:
    confidence = np.array([0.1, 0.1, 0.95, 0.95, 1.0])
    right = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    rows = metrics.reliability(confidence, right)
    assert [(row[0], row[2], row[4]) for row in rows] == [(0.0, 2, 0.0), (0.9, 3, 1.0)]
    assert metrics.calibration_error(confidence, right) == pytest.approx((2 * 0.1 + 3 * 0.1 / 3) / 5)
    assert metrics.calibration_error(np.zeros(0), np.zeros(0)) == 0.0
