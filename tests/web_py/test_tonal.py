"""Pitch histograms, tuning and chroma on tones and chords whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from shared.theory.keys import parse_key
from tests.signals import RATE, noise, song
from web.py.analysis.tonal import BINS, ROW_SECONDS, TonalMaker, chroma, estimate_tuning, interval_chroma


def tone(hz: float, seconds: float = 2.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32) * 0.3


def histogram(audio: np.ndarray) -> np.ndarray:
    maker = TonalMaker()
    maker.feed(audio)
    return maker.finish().all.sum(axis=0)


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


def test_partials_of_one_tone_are_not_other_notes():
    t = np.arange(2 * RATE) / RATE
    partials = [np.sin(2 * np.pi * 110.0 * number * t) / number for number in range(1, 9)]
    rich = np.sum(partials, axis=0).astype(np.float32) * np.float32(0.2)
    weights = chroma(histogram(rich), cents=0.0)
    assert int(np.argmax(weights)) == 9
    assert weights[4] < 0.3 * weights[9]  # the third partial, a fifth above
    assert weights[1] < 0.1 * weights[9]  # the fifth partial, a major third above


def test_chroma_between_times():
    c, g = tone(261.63), tone(392.0)
    maker = TonalMaker()
    maker.feed(np.concatenate([c, g]))
    means = interval_chroma(maker.finish().all, np.array([0.2, 1.8, 2.2, 3.8]), cents=0.0)
    assert means.shape == (3, 12)
    assert np.argmax(means[[0, 2]], axis=1).tolist() == [0, 7]


def test_rows_are_centred_where_they_say():
    maker = TonalMaker()
    maker.feed(np.concatenate([np.zeros(2 * RATE, np.float32), tone(440.0)]))
    level = maker.finish().all.sum(axis=1)
    assert len(level) == -(-4 * RATE // 4 // 2048)
    first = int(np.flatnonzero(level > 0)[0])
    assert first * ROW_SECONDS == pytest.approx(2.0, abs=0.25)


def test_noise_is_not_pitch_and_a_song_is():
    tuning_noise = estimate_tuning(histogram(noise(10)))
    tuning_song = estimate_tuning(histogram(song(parse_key("C"), bpm=120, seconds=10)))
    assert tuning_noise is not None
    assert tuning_song is not None
    assert tuning_noise.confidence < 0.05
    assert tuning_song.confidence > 0.4
