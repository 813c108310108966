"""Pitch histograms, tuning and key ranking on chords and scales whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from shared.theory.keys import KEYS, parse_key
from tests.signals import RATE, noise, song
from web.py.analysis.key import correlations, estimate_key, pitch_clarity
from web.py.analysis.tonal import BINS, TonalMaker, chroma, estimate_tuning


def tone(hz: float, seconds: float = 2.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32) * 0.3


def histogram(audio: np.ndarray) -> np.ndarray:
    maker = TonalMaker()
    maker.feed(audio)
    running = maker.histogram()
    total = maker.finish().all.sum(axis=0)
    assert np.all(running <= total * (1 + 1e-5) + 1e-6)
    return total


@pytest.mark.parametrize(("hz", "pitch_class"), [(440.0, 9), (261.63, 0), (1108.73, 1), (73.42, 2)])
def test_a_tone_stands_in_its_own_bin(hz, pitch_class):
    bins = histogram(tone(hz))
    assert abs(int(np.argmax(bins)) - pitch_class * 10) <= 1
    assert int(np.argmax(chroma(bins, cents=0.0))) == pitch_class


@pytest.mark.parametrize("cents", [-45.0, -20.0, 0.0, 8.0, 49.0])
def test_tuning_of_a_tone(cents):
    tuning = estimate_tuning(histogram(tone(440.0 * 2 ** (cents / 1200))))
    assert tuning is not None
    assert tuning.cents == pytest.approx(cents, abs=5)
    assert tuning.confidence > 0.9


def test_silence_has_no_tuning():
    assert estimate_tuning(histogram(np.zeros(RATE, np.float32))) is None
    assert estimate_tuning(np.zeros(BINS)) is None


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.short)
def test_each_key_is_ranked_first_on_its_own_song(key):
    fits = correlations(chroma(histogram(song(key, bpm=120, seconds=8, drums=False)), cents=0.0))
    assert fits.shape == (24,)
    best = KEYS[int(np.argmax(fits))]
    assert best.wheel == key.wheel  # the key signature; the mode is Essentia's to settle


def test_flat_chroma_fits_nothing():
    assert not correlations(np.ones(12)).any()


def test_noise_is_not_pitch_and_a_song_is():
    tuning_noise = estimate_tuning(histogram(noise(10)))
    tuning_song = estimate_tuning(histogram(song(parse_key("C"), bpm=120, seconds=10)))
    assert tuning_noise is not None
    assert tuning_song is not None
    assert pitch_clarity(tuning_noise.confidence, 0.5) < 0.1
    assert pitch_clarity(tuning_song.confidence, 0.9) > 0.7


def test_the_estimate_ranks_relatives_and_shares_sum_to_one():
    weights = chroma(histogram(song(parse_key("A minor"), bpm=120, seconds=16)), cents=0.0)
    estimate = estimate_key(weights, chosen=parse_key("A minor"), strength=0.9, clarity=1.0)
    assert estimate.key.camelot == "8A"
    assert estimate.clear
    shares = [guess.share for guess in estimate.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0
    assert len({guess.key.name for guess in estimate.alternatives} | {"A minor"}) == 6
    assert [key.camelot for key in estimate.compatible] == ["8A", "9A", "7A", "8B"]
    unsure = estimate_key(weights, chosen=parse_key("A minor"), strength=0.9, clarity=0.0)
    assert unsure.confidence == 0.0
    assert not unsure.clear
