"""The tagger's patches: against the definition written out slowly, and the same however the audio is cut."""

from __future__ import annotations

import numpy as np
import pytest

from web.py.analysis.mel import BANDS, FRAMES, PATCHES, PIECE, RATE, PatchMaker, patch_power

FROM = 44_100
TONES = [(61.0, 0.2), (440.0, 0.3), (1234.5, 0.2), (4321.0, 0.1), (7000.0, 0.05)]  # Hz, amplitude


def tones(rate: int, count: int, *, start: int = 0) -> np.ndarray:
    times = (start + np.arange(count)) / rate
    return np.sum([level * np.sin(2 * np.pi * hz * times) for hz, level in TONES], axis=0)


def slow_mel(samples: np.ndarray) -> np.ndarray:
    """Mel powers [frames, 96] of audio at 16 kHz, by the definition and one frame at a time."""

    def hz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    top = 15 + 27 * np.log(8) / np.log(6.4)
    edges = [hz(mel) for mel in np.linspace(0, top, BANDS + 2)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    rows = []
    for first in range(0, samples.size - 511, 256):
        power = np.abs(np.fft.rfft(samples[first : first + 512] * window)) ** 2
        row = []
        for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
            bins = np.arange(257) * RATE / 512
            rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
            row.append(float(np.sum(power * np.maximum(np.minimum(rise, fall), 0)) * 2 / (high - low)))
        rows.append(row)
    return np.array(rows)


def noise(seconds: float, *, seed: int = 3) -> np.ndarray:
    """Noise that changes its colour and level, so that no two patches are alike."""
    chance = np.random.default_rng(seed)
    count = round(seconds * FROM)
    white = chance.normal(0, 1, count)
    swell = 0.15 + 0.1 * np.sin(2 * np.pi * np.arange(count) / FROM / 7)
    return (swell * np.convolve(white, [1, 0.9, 0.8], "same")).astype(np.float32)


def patches(audio: np.ndarray, *, expected_seconds: float | None, blocks: int = 1) -> np.ndarray:
    maker = PatchMaker(expected_seconds=expected_seconds)
    for block in np.array_split(audio, blocks):
        maker.feed(block)
    found = maker.finish()
    assert found is not None
    return found


def test_a_patch_is_what_the_definition_says() -> None:
    audio = tones(FROM, PIECE).astype(np.float32)
    (patch,) = patches(audio, expected_seconds=None)
    margin = (round(PIECE * RATE / FROM) - (FRAMES - 1) * 256 - 512) // 2
    expected = slow_mel(tones(RATE, (FRAMES - 1) * 256 + 512, start=margin))
    # The patch is brought to one loudness: by a gain that is the same for all its numbers.
    power = (10.0**patch - 1) / 10_000
    gain = np.median(power[5:-5] / expected[5:-5])
    inner = slice(20, -20)  # the ends hear where the tones are cut off
    np.testing.assert_allclose(patch[inner], np.log10(1 + 10_000 * gain * expected[inner]), atol=0.01)


def test_power_is_that_of_the_tone() -> None:
    """A sine on a bin's centre, amplitude 1: Hann's spectrum has (512/4)² at its peak and a quarter beside it."""
    spectrum = patch_power(np.sin(2 * np.pi * 1000 * np.arange(PIECE) / FROM).astype(np.float32))[FRAMES // 2]
    assert int(np.argmax(spectrum)) == 32
    np.testing.assert_allclose(spectrum[[31, 32, 33]], [4096, 16384, 4096], rtol=1e-3)


def test_what_16_khz_cannot_hold_is_gone() -> None:
    above = np.sin(2 * np.pi * 9000 * np.arange(PIECE) / FROM).astype(np.float32)
    assert patch_power(above)[20:-20].max() < 1e-2


@pytest.mark.parametrize("expected_seconds", [None, 50.0, 20.0, 500.0])
@pytest.mark.parametrize("blocks", [7, 333])
def test_the_cut_into_blocks_does_not_matter(expected_seconds: float | None, blocks: int) -> None:
    audio = noise(50)
    whole = patches(audio, expected_seconds=expected_seconds)
    np.testing.assert_array_equal(patches(audio, expected_seconds=expected_seconds, blocks=blocks), whole)


@pytest.mark.parametrize(("seconds", "expected_seconds", "count"), [
    (60, 60, PATCHES), (60, None, PATCHES), (60, 30, PATCHES), (60, 120, 8), (60, 36_000, 2),
    (5, 5, 5), (3.2, 3.2, 1), (3.0, 3.0, 1), (0.5, None, 1), (60, float("nan"), PATCHES),
])  # fmt: skip
def test_as_many_patches_as_there_is_room_for(seconds: float, expected_seconds: float | None, count: int) -> None:
    found = patches(noise(seconds), expected_seconds=expected_seconds, blocks=5)
    assert found.shape == (count, FRAMES, BANDS)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("expected_seconds", [100.0, None])
def test_patches_are_spread_over_the_whole_track(expected_seconds: float | None) -> None:
    """A tone that rises all through the track: the loudest band tells when a patch was."""
    times = np.arange(100 * FROM) / FROM
    rising = 0.3 * np.sin(2 * np.pi * (200 * times + 30 * times**2 / 2)).astype(np.float32)
    found = patches(rising, expected_seconds=expected_seconds, blocks=25)
    peaks = found.mean(axis=1).argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()
    edges = patches(rising[: 3 * PIECE], expected_seconds=None).mean(axis=1).argmax(axis=1)
    assert peaks[0] <= edges.max()
    assert peaks[-1] > 50, "the last patch is from the last fifth: 2.6 kHz and above"


def test_level_does_not_matter() -> None:
    audio = noise(20)
    loud = patches(audio, expected_seconds=20)
    np.testing.assert_allclose(patches(audio * np.float32(0.05), expected_seconds=20), loud, atol=2e-3)


def test_silence_has_no_patches() -> None:
    for audio in (np.zeros(0, np.float32), np.zeros(10 * FROM, np.float32), noise(10) * np.float32(1e-4)):
        maker = PatchMaker(expected_seconds=10)
        maker.feed(audio)
        assert maker.finish() is None


def test_the_input_is_left_as_it_is() -> None:
    audio = noise(10)
    audio.flags.writeable = False
    patches(audio, expected_seconds=10)
