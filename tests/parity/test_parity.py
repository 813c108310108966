"""Page and server paint every op alike: CanvasKit in Node against skia-python, both on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.ops import OPS
from tests.parity.__main__ import measure
from tests.parity.cases import cases
from tests.parity.compare import Row, psnr, table

#: Most are the same to the last bit. What is below 60 dB are blurs and layers put together, whose sums are rounded in
#: another order by a compiler for WebAssembly. Plain pictures that are scaled stay above 45: the server draws them in
#: Skia's old way, which places them to 1/16 of a pixel and takes 9 ms for a whole 1080p frame where the other takes 23.
LEAST_DECIBELS = 45.0


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


@pytest.mark.slow
def test_every_op_is_painted_alike(rows: list[Row]) -> None:
    apart = [row for row in rows if row.decibels < LEAST_DECIBELS]
    assert not apart, f"{apart}\n{table(rows)}"


@pytest.mark.slow
def test_most_cases_are_the_same_but_for_one_step(rows: list[Row]) -> None:
    assert sum(row.most <= 1 for row in rows) / len(rows) > 0.85, table(rows)


def test_the_measure_sees_a_small_shift() -> None:
    one = np.zeros((90, 160, 4), np.uint8)
    one[20:60, 40:100] = 255
    assert psnr(one, np.roll(one, 1, axis=1)) < 30
