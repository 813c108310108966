"""Twenty kills among songs and films, of web, workers and children: nothing is lost, done twice, or left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.chaos import chaos
from tests.gpu.tiny import tiny_models


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")
def test_every_accepted_job_ends_and_no_finished_piece_is_computed_again(tmp_path: Path) -> None:
    report = asyncio.run(chaos(tmp_path, tiny_models(), kills=20, seed=4))
    print(report.lines())
    assert report.kills.total() == 20
    assert report.jobs == report.states["done"] > 3
    assert (report.redone, report.different) == (0, 0)
    assert report.pieces >= report.jobs * 4
    assert max(report.cancel_seconds) < 2.5
