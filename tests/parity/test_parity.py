"""Page and server paint every op alike: CanvasKit in Node against skia-python, both on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.ops import OPS
from tests.parity.__main__ import measure
from tests.parity.cases import cases
from tests.parity.compare import Row, psnr, table

#: Most are the same to the last bit. What is below 60 dB are blurs and blends, whose sums are rounded in another order
#: by a compiler for WebAssembly, and offscreens, which the server makes larger by swscale.
LEAST_DECIBELS = 50.0
#: Pictures that are neither turned nor blended: the server draws them in Skia's old way, which places them to 1/16 of a
#: pixel and takes 9 ms for a whole 1080p frame where the other takes 23.
STRAIGHT_PICTURES = {("image", "whole canvas"), ("video", "")}
LEAST_FOR_STRAIGHT_PICTURES = 43.0


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return measure(tmp_path_factory.mktemp("parity"))


def _ops_of(floats: np.ndarray) -> set[str]:
    found = set()
    for op, _, rest in read_list(floats):
        found.add(op.name)
        if op.name in ("cached", "offscreen"):
            found |= _ops_of(rest.reshape(-1))
    return found


def test_every_op_has_a_case() -> None:
    assert set().union(*(_ops_of(case.floats) for case in cases())) == {op.name for op in OPS}


def _least(row: Row) -> float:
    return LEAST_FOR_STRAIGHT_PICTURES if (row.group, row.name) in STRAIGHT_PICTURES else LEAST_DECIBELS


@pytest.mark.slow
def test_every_op_is_painted_alike(rows: list[Row]) -> None:
    apart = [row for row in rows if row.decibels < _least(row)]
    assert not apart, f"{apart}\n{table(rows)}"


@pytest.mark.slow
def test_most_cases_are_the_same_but_for_one_step(rows: list[Row]) -> None:
    assert sum(row.most <= 1 for row in rows) / len(rows) > 0.6, table(rows)


def test_the_measure_sees_a_small_shift() -> None:
    one = np.zeros((90, 160, 4), np.uint8)
    one[20:60, 40:100] = 255
    assert psnr(one, np.roll(one, 1, axis=1)) < 30
