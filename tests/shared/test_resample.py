"""Resampling against tones whose samples at the other rate are known, and against a plain sum of sincs."""

import math

import numpy as np
import pytest

from shared.errors import AudioError
from shared.spectrum.resample import Resampler, resample

PAIRS = [
    (8_000, 44_100),
    (22_050, 44_100),
    (22_255, 44_100),
    (44_056, 44_100),
    (44_100, 16_000),
    (48_000, 44_100),
    (96_000, 44_100),
    (192_000, 44_100),
]


def locked(x):
    x.setflags(write=False)
    return x


def tone(hz, rate, count, phase=0.3):
    return locked(np.sin(2 * np.pi * hz / rate * np.arange(count) + phase).astype(np.float32))


def middle(x):
    """Without the ends, where the tone begins and stops."""
    return x[len(x) // 4 : -(len(x) // 4)]


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
@pytest.mark.parametrize("part", [0.01, 0.5, 0.9])
def test_passband_keeps_level_and_time(from_hz, to_hz, part):
    hz = part * min(from_hz, to_hz) / 2
    made = resample(tone(hz, from_hz, from_hz // 4), from_hz, to_hz)
    wanted = tone(hz, to_hz, len(made))
    assert middle(made) == pytest.approx(middle(wanted), abs=1e-4)  # far within 0.1 dB, and no delay


@pytest.mark.parametrize(("from_hz", "to_hz"), [pair for pair in PAIRS if pair[0] > pair[1]])
@pytest.mark.parametrize("part", [1.001, 1.1, 1.9])
def test_what_would_alias_is_gone(from_hz, to_hz, part):
    hz = min(part * to_hz / 2, 0.499 * from_hz)
    made = resample(tone(hz, from_hz, from_hz // 4), from_hz, to_hz)
    assert 20 * math.log10(np.abs(middle(made)).max()) < -80


@pytest.mark.parametrize(("from_hz", "to_hz"), [pair for pair in PAIRS if pair[0] < pair[1]])
def test_upsampling_leaves_no_image(from_hz, to_hz):
    made = resample(tone(0.45 * from_hz, from_hz, from_hz), from_hz, to_hz)
    part = middle(made)
    spectrum = np.abs(np.fft.rfft(part * np.kaiser(len(part), 14.0)))
    above = math.ceil(0.505 * from_hz / to_hz * len(part))
    if above < len(spectrum):
        assert 20 * math.log10(spectrum[above:].max() / spectrum.max()) < -80


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
@pytest.mark.parametrize("count", [0, 1, 2, 441, 40_001])
def test_length_is_exact(from_hz, to_hz, count):
    made = resample(locked(np.zeros(count, np.float32)), from_hz, to_hz)
    assert made.dtype == np.float32
    assert len(made) == -(-count * to_hz // from_hz)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48_000, 44_100), (22_255, 44_100), (44_100, 16_000)])
def test_the_cut_into_blocks_changes_nothing(from_hz, to_hz):
    x = locked(np.random.default_rng(2).standard_normal(120_000).astype(np.float32))
    whole = resample(x, from_hz, to_hz)
    for cut in (999, 70_001):
        resampler = Resampler(from_hz, to_hz)
        parts = [resampler.feed(x[at : at + cut]) for at in range(0, len(x), cut)]
        assert np.concatenate((*parts, resampler.flush())) == pytest.approx(whole, abs=1e-6)


def test_equals_the_plain_sum():
    """Every output is the sum of all inputs, each times the band-limited impulse at its distance."""
    x = locked(np.random.default_rng(4).standard_normal(600).astype(np.float32))
    made = resample(x, 48_000, 44_100)
    ratio = 44_100 / 48_000
    distance = np.arange(len(made))[:, None] - np.arange(len(x)) * ratio  # in output samples
    bands = np.linspace(0.9, 1.0, 101)
    share = np.kaiser(101, 13.0) / np.kaiser(101, 13.0).sum()
    kernel = sum(s * b * np.sinc(b * distance) for b, s in zip(bands, share, strict=True))
    wanted = (kernel * x).sum(axis=1) * ratio
    assert made == pytest.approx(wanted, abs=1e-3)  # 101 steps stand for the smooth band edge


def test_identity_for_equal_rates():
    x = locked(np.random.default_rng(0).standard_normal(1_000).astype(np.float32))
    made = resample(x, 44_100, 44_100)
    assert np.array_equal(made, x)
    assert not np.shares_memory(made, x)


def test_memory_does_not_grow_and_a_stream_can_follow_another():
    resampler = Resampler(48_000, 44_100)
    block = tone(440, 48_000, 50_000)
    first = np.concatenate((resampler.feed(block), resampler.flush()))
    sizes = []
    for _ in range(20):
        resampler.feed(block)
        sizes.append(len(resampler._kept))
    assert max(sizes) <= resampler._length[0]
    resampler.flush()
    assert np.array_equal(np.concatenate((resampler.feed(block), resampler.flush())), first)


def test_refusals():
    with pytest.raises(AudioError, match="expected sample rates of 1,000 to 768,000 whole Hz, got 10 and 44100"):
        Resampler(10, 44_100)
    with pytest.raises(AudioError, match=r"float samples of shape \[n\], got int16 of shape \[3\]"):
        Resampler(8_000, 44_100).feed(np.zeros(3, np.int16))
    with pytest.raises(AudioError, match=r"got float32 of shape \[2, 3\]"):
        Resampler(8_000, 44_100).feed(np.zeros((2, 3), np.float32))
