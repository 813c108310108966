"""Progress and time left, on a clock that the test turns."""

from __future__ import annotations

import pytest

from backend.pace import Pace, work_seconds
from shared.schema.jobs import StemsOptions

FIGURES = {"separate htdemucs": 2.0, "write flac": 50.0, "load htdemucs": 5.0}


def test_loading_separating_and_writing_all_count() -> None:
    pace = Pace(StemsOptions(), 100.0, FIGURES)
    assert pace.step("loading model", 0.0, 0.0) == (0.0, 5 + 50 + 2)
    assert pace.step("loading model", 0.5, 2.0) == (0.0, 3 + 50 + 2)
    assert pace.step("separating", 0.0, 5.0) == (0.02, 50 + 2)
    assert pace.step("separating", 50.0, 30.0) == pytest.approx((0.47, 25 + 2))
    assert pace.step("writing", 0.0, 60.0) == (0.92, 2)
    assert pace.step("writing", 0.5, 64.0) == pytest.approx((0.96, 4))
    assert pace.step("done", 0.0, 70.0) == (1.0, 0.0)


def test_the_time_left_follows_what_is_measured_now() -> None:
    pace = Pace(StemsOptions(), 1000.0, {"separate htdemucs": 10.0})
    for second in range(60):  # a tenth of what it was the last time
        _, left = pace.step("separating", float(second), float(second))
    assert left == pytest.approx(941 / 1.17, rel=0.05)


def test_a_piece_that_is_begun_again_takes_no_progress_back() -> None:
    pace = Pace(StemsOptions(), 100.0, {})
    seen = [pace.step("separating", done, now)[0] for now, done in enumerate([0.0, 20.0, 39.0, 20.0, 30.0, 40.0])]
    assert seen == sorted(seen)
    assert pace.step("separating", 40.0, 9.0)[1] is not None


def test_a_stall_does_not_promise_eternity_and_an_unknown_length_promises_nothing() -> None:
    pace = Pace(StemsOptions(), 100.0, {})
    for now in range(50):
        assert pace.step("separating", 0.0, float(now)) == (0.02, None)
    assert Pace(StemsOptions(), None, FIGURES).step("separating", 5.0, 1.0) == (0.02, None)
    assert work_seconds(StemsOptions(model="htdemucs_ft"), 60.0, FIGURES) is None
