"""The frame that is previewed is the frame that is rendered, for every template."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.scene.gallery import TEMPLATES
from tests.parity.compare import ssim
from tests.parity.templates import LEAST_DECIBELS, LEAST_SSIM, compare_templates

#: Of the five times of `python -m tests.parity.templates`, so that the suite stays quick.
TIMES = (9.3,)


@pytest.mark.slow
def test_every_template_is_painted_alike(tmp_path: Path) -> None:
    found = compare_templates([each.name for each in TEMPLATES], TIMES, tmp_path)
    assert len(found) == len(TEMPLATES) * len(TIMES)
    apart = [one for one in found if one.decibels < LEAST_DECIBELS or one.ssim < LEAST_SSIM]
    assert apart == []


def test_the_measure_sees_what_is_not_alike() -> None:
    chance = np.random.default_rng(1)
    one = chance.integers(0, 256, (64, 64, 4), np.uint8)
    assert ssim(one, one) == pytest.approx(1)
    assert ssim(one, np.roll(one, 1, axis=0)) < 0.2
