"""The mono mix for analysis and the cleaning of samples."""

import numpy as np
import pytest

from shared.errors import AudioError
from shared.spectrum.downmix import downmix, sanitize


def planes(channels, dtype=np.float32):
    x = np.random.default_rng(channels).standard_normal((channels, 50)).astype(dtype)
    x.setflags(write=False)
    return x


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mean_of_all_channels(channels, dtype):
    x = planes(channels, dtype)
    made = downmix(x)
    assert made.dtype == np.float32
    assert made == pytest.approx(x.mean(axis=0), abs=1e-6)
    assert np.array_equal(downmix(list(x)), made)


@pytest.mark.parametrize("channels", [6, 7, 8])
def test_low_frequency_channel_is_left_out(channels):
    x = planes(channels)
    assert downmix(x) == pytest.approx(np.delete(x, 3, axis=0).mean(axis=0), abs=1e-6)


def test_mono_is_a_copy():
    x = planes(1)
    assert not np.shares_memory(downmix(x), x)


def test_no_samples():
    assert downmix(np.zeros((2, 0))).shape == (0,)


@pytest.mark.parametrize("bad", [[], [np.zeros(3), np.zeros(4)], [np.zeros((2, 2))], np.zeros((0, 5))])
def test_refusals(bad):
    with pytest.raises(AudioError, match="expected one channel or more of one length, got shapes"):
        downmix(bad)


def test_clean_block_is_returned_itself():
    for x in (planes(2), np.zeros((2, 0), np.float32), 30_000 * planes(2)):
        assert sanitize(x)[0] is x
        assert sanitize(x)[1] == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_no_sample_becomes_zero(dtype):
    x = np.array([[1.5, np.nan, np.inf, -np.inf], [-250.0, 1e30, -1e30, 2.0**31]], dtype)
    x.setflags(write=False)
    clean, invalid = sanitize(x)
    assert invalid == 5
    assert clean.dtype == dtype
    assert clean.tolist() == [[1.5, 0, 0, 0], [-250, 0, 0, 2.0**31]]
