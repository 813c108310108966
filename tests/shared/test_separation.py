"""Quick separation as a stream: sums, lengths, edges and odd audio; how well it separates is measured elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import AudioError
from shared.separation.frames import spectra
from shared.separation.masks import Layout, stereo_share
from shared.separation.models import QUICK_STEMS
from shared.separation.quick import QuickSeparator, separate
from shared.separation.stereo import stereo_mix

RATE = 8000  # the windows follow the rate, so a low one tests the same code quickly


def music(seconds: float, *, rate: int = RATE, channels: int = 2, seed: int = 1) -> np.ndarray:
    """Tones that come and go over noise, each channel its own."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    tone = np.sin(2 * np.pi * 330 * time) * (np.sin(2 * np.pi * 0.7 * time) > 0)
    tones = np.stack([tone * rng.uniform(0.1, 0.4) for _ in range(channels)])
    return (tones + 0.05 * rng.standard_normal(tones.shape)).astype(np.float32)


def in_blocks(mix: np.ndarray, sizes: list[int], *, rate: int = RATE) -> np.ndarray:
    separator = QuickSeparator(rate, mix.shape[0])
    pieces, at, turn = [], 0, 0
    while at < mix.shape[1]:
        size = sizes[turn % len(sizes)]
        pieces.append(separator.feed(mix[:, at : at + size]))
        at, turn = at + size, turn + 1
    return np.concatenate([*pieces, separator.finish()], axis=2)


@pytest.fixture(scope="module")
def half_a_minute() -> np.ndarray:
    mix = music(30)
    mix.flags.writeable = False
    return mix


def test_stems_sum_to_the_mix(half_a_minute):
    stems = separate(half_a_minute, RATE)
    assert stems.shape == (len(QUICK_STEMS), *half_a_minute.shape)
    assert stems.dtype == np.float32
    assert np.abs(stems.sum(axis=0) - half_a_minute).max() < 1e-6
    assert (np.abs(stems).max(axis=(1, 2)) > 0.001).all()  # none is a silent stand-in


@pytest.mark.parametrize("sizes", [[1000], [4096, 1, 77], [100_000], [0, 24_000]])
def test_blocks_do_not_matter(half_a_minute, sizes):
    assert np.array_equal(in_blocks(half_a_minute, sizes), separate(half_a_minute, RATE))


def test_blocks_of_one_sample():
    mix = music(0.3)
    assert np.array_equal(in_blocks(mix, [1]), separate(mix, RATE))


def test_pieces_meet_without_a_seam(half_a_minute):
    """A stream in pieces equals one piece over the whole song, to rounding."""
    whole = QuickSeparator(RATE, 2)
    whole._piece = 40 * RATE // whole._layout.grid * whole._layout.grid
    one = np.concatenate([whole.feed(half_a_minute), whole.finish()], axis=2)
    assert np.abs(one - separate(half_a_minute, RATE)).max() < 1e-5


def test_memory_does_not_grow(half_a_minute):
    separator = QuickSeparator(RATE, 2)
    held = []
    for _ in range(4):
        separator.feed(half_a_minute)
        held.append(separator._held)
    assert max(held) < 15 * RATE


@pytest.mark.parametrize(
    ("rate", "seconds", "channels"),
    [(8000, 0.1, 1), (192_000, 0.2, 2), (44_100, 0.1, 6), (48_000, 0.5, 1), (11_025, 3.3, 3), (96_000, 0.01, 8)],
)
def test_any_rate_length_and_channels(rate, seconds, channels):
    mix = music(seconds, rate=rate, channels=channels)
    stems = separate(mix, rate)
    assert stems.shape == (4, 2, mix.shape[1])
    assert np.isfinite(stems).all()
    assert np.abs(stems.sum(axis=0) - stereo_mix(mix)).max() < 1e-6


def test_an_empty_song():
    separator = QuickSeparator(44_100, 2)
    assert separator.feed(np.zeros((2, 0), np.float32)).shape == (4, 2, 0)
    assert separator.finish().shape == (4, 2, 0)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0, 2.0**31])
def test_silence_direct_current_and_clipping(level):
    mix = np.full((2, RATE), level, np.float32)
    mix[:, ::2] *= np.float32(0.999)
    stems = separate(mix, RATE)
    assert np.isfinite(stems).all()
    assert np.abs(stems.sum(axis=0) - mix).max() <= 1e-6 * max(level, 1.0)
    assert level or not stems.any()


def test_what_is_no_number_is_silenced_and_counted():
    mix = music(1)
    mix[0, 100:110] = np.nan
    mix[1, 200] = np.inf
    separator = QuickSeparator(RATE, 2)
    stems = np.concatenate([separator.feed(mix), separator.finish()], axis=2)
    assert separator.invalid_samples == 11
    assert np.isfinite(stems).all()
    assert np.abs(stems.sum(axis=0)[0, 100:110]).max() < 1e-6


def test_one_channel_gives_both_sides_the_same():
    stems = separate(music(2, channels=1), RATE)
    assert np.array_equal(stems[:, 0], stems[:, 1])


@pytest.mark.parametrize(
    ("planes", "left", "right"),
    [(1, [1.0], [1.0]), (3, [0.586, 0, 0.414], [0, 0.586, 0.414]),
     (6, [0.414, 0, 0.293, 0, 0.293, 0], [0, 0.414, 0.293, 0, 0, 0.293]), (10, [0.2, 0] * 5, [0, 0.2] * 5)],
)  # fmt: skip
def test_channels_go_where_they_stand(planes, left, right):
    mixed = stereo_mix(np.eye(planes, dtype=np.float32))
    assert mixed == pytest.approx(np.array([left, right]), abs=6e-4)


def test_one_channel_twice_is_heard_as_one_channel():
    """Where both channels are equal their place says nothing, so other weights are used; between the two they blend."""
    mono = music(2, channels=1)
    near = np.concatenate([mono, mono + 0.06 * music(2, channels=1, seed=3)])
    shares = [stereo_share(spectra(one, 1024)) for one in (np.repeat(mono, 2, axis=0), near, music(2, seed=5))]
    assert shares[0].max() == 0.0
    assert np.any((shares[1] > 0.0) & (shares[1] < 1.0))
    assert shares[2][20:-20].min() == 1.0
    assert np.array_equal(separate(mono, RATE), separate(np.repeat(mono, 2, axis=0), RATE))
    assert np.abs(separate(near, RATE).sum(axis=0) - near).max() < 1e-6


def test_layout_reaches_as_far_as_its_parts():
    """Audio beyond `outer` changes nothing: the promise on which pieces rest."""
    layout = Layout.of(RATE)
    mix = music(8)
    changed = mix.copy()
    changed[:, -RATE:] = music(1, seed=2)
    before = mix.shape[1] - RATE - layout.outer
    a, b = separate(mix, RATE), separate(changed, RATE)
    assert np.abs(a - b)[..., :before].max() < 1e-5
    assert np.abs(a - b)[..., -RATE:].max() > 0.01


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: QuickSeparator(10, 2), "Expected a sample rate of 1,000 to 1,000,000 Hz, got 10."),
        (lambda: QuickSeparator(8000, 0), "Expected one channel or more, got 0."),
        (lambda: QuickSeparator(8000, 2).feed(np.zeros((1, 9))), r"of shape \[2, samples\], got \[1, 9\]"),
        (lambda: stereo_mix(np.zeros((0, 9))), r"Expected audio as \[channels, samples\]"),
    ],
)  # fmt: skip
def test_refusals(action, sentence):
    with pytest.raises(AudioError, match=sentence):
        action()


def test_nothing_after_the_end():
    separator = QuickSeparator(RATE, 1)
    separator.finish()
    with pytest.raises(AudioError, match="This separation is finished: begin another one"):
        separator.feed(np.zeros((1, 9), np.float32))
    with pytest.raises(AudioError, match="finished already"):
        separator.finish()
