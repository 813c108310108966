"""The decimator: lengths, gain where it is used, loss where it would fold, and no trace of how audio was cut."""

from __future__ import annotations

import numpy as np
import pytest

from tests.signals import RATE, noise
from web.py.analysis.decimate import FACTOR, Decimator


def decimated(samples: np.ndarray, *, cuts: list[int] | None = None) -> np.ndarray:
    decimator = Decimator()
    pieces = [decimator.feed(piece) for piece in np.split(samples, cuts or [])]
    return np.concatenate([*pieces, decimator.flush()])


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 101, 1000, 1003])
def test_a_quarter_of_the_samples(count):
    assert decimated(noise(1)[:count]).size == -(-count // FACTOR)


@pytest.mark.parametrize(("hz", "low_db", "high_db"), [(60, -0.1, 0.1), (2000, -0.1, 0.1), (9100, -200, -45)])
def test_keeps_what_is_listened_to_and_loses_what_would_fold_onto_it(hz, low_db, high_db):
    tone = np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32)
    level = 20 * np.log10(np.abs(decimated(tone)[50:-50]).max())
    assert low_db < level < high_db


def test_output_m_lies_at_input_4_m():
    slow = np.sin(2 * np.pi * 40 * np.arange(RATE) / RATE).astype(np.float32)
    np.testing.assert_allclose(decimated(slow)[9:-9], slow[::FACTOR][9:-9], atol=1e-4)


def test_cuts_leave_no_trace():
    samples = noise(0.2)
    np.testing.assert_array_equal(decimated(samples), decimated(samples, cuts=[1, 2, 7, 1000, 1001, 5000]))
