"""Waveform peaks: extremes of each cell whatever the blocks, and their bytes."""

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.schema.analysis import PEAKS_PER_SECOND
from shared.spectrum.peaks import PeakMaker, pack_peaks, unpack_peaks


def made(x, rate, sizes):
    maker = PeakMaker(rate)
    at = 0
    for size in sizes:
        maker.feed(x[at : at + size])
        at += size
    maker.feed(x[at:])
    return maker.finish()


def test_a_planted_click_stands_in_its_cell_with_its_sign():
    x = np.zeros(44_100, np.float32)
    x[147 * 10 + 5], x[147 * 20] = 0.5, -1.0
    peaks = made(x, 44_100, [])
    assert len(peaks) == PEAKS_PER_SECOND
    assert np.argwhere(peaks).tolist() == [[10, 1], [20, 0]]
    assert peaks[10, 1] == 64
    assert peaks[20, 0] == -127


@pytest.mark.parametrize("sizes", [[1] * 300, [146, 1, 148], [0, 9_000], [100_000]])
def test_blocks_do_not_matter(sizes):
    x = np.random.default_rng(3).normal(0, 0.4, 20_001).astype(np.float32)
    x.setflags(write=False)
    assert np.array_equal(made(x, 44_100, sizes), made(x, 44_100, []))


def test_beyond_full_scale_is_drawn_as_full_scale():
    assert made(np.array([-9.0, 9.0]), 48_000, []).tolist() == [[-127, 127]]


def test_no_samples_have_no_peaks():
    assert made(np.zeros(0), 44_100, []).shape == (0, 2)


def test_a_rate_without_whole_cells_is_refused():
    with pytest.raises(KeylightError, match="expected a rate that is a multiple of 300 Hz, got 22050 Hz"):
        PeakMaker(22_050)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "expected peaks that begin with b'KLPK', got b''"),
        (b"RIFF" + bytes(20), "expected peaks that begin with b'KLPK', got b'RIFF'"),
        (b"KLPK\x09\x00" + bytes(6), "expected peaks of version 1 at 300/s, got version 9 at 0/s"),
        (pack_peaks(np.zeros((3, 2), np.int8))[:-1], "expected 3 peaks in 18 bytes, got 17 bytes"),
    ],
)
def test_bytes_that_are_no_peaks_say_why(data, says):
    with pytest.raises(KeylightError) as caught:
        unpack_peaks(data)
    assert says in str(caught.value)


def test_only_peaks_are_packed():
    with pytest.raises(KeylightError, match=r"expected peaks int8 \[n, 2\], got float64 \[4\]"):
        pack_peaks(np.zeros(4))  # type: ignore[arg-type]
