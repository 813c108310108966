"""Danceability: Essentia's own answers, whatever the blocks, and the order that the paper is about."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.dfa import FluctuationMaker


def answer(audio: np.ndarray, *, blocks: int = 1) -> float | None:
    maker = FluctuationMaker()
    for block in np.array_split(audio, blocks):
        maker.feed(block)
    return maker.finish()


def beats(seconds: float, *, bpm: float, strength: float) -> np.ndarray:
    """Clicks on each beat over noise that swells and falls slowly and irregularly."""
    chance = np.random.default_rng(1)
    times = np.arange(round(seconds * ANALYSIS_RATE)) / ANALYSIS_RATE
    steps = np.cumsum(chance.normal(0, 0.12, round(seconds) + 2))
    swell = np.exp(np.interp(times, np.arange(steps.size), steps - steps.mean()))
    noise = chance.normal(0, 0.05, times.size) * swell
    click = chance.normal(0, 1, times.size) * np.exp(-30 * (times * bpm / 60 % 1) * 60 / bpm)
    return (noise + strength * click).astype(np.float32)


@pytest.mark.skipif(sys.platform == "emscripten", reason="the package essentia is for CPython")
@pytest.mark.parametrize("strength", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("seconds", [12.3, 60.0])
def test_essentia_says_the_same(strength: float, seconds: float) -> None:
    from tests.bench.essentia_native import NativeEssentia

    audio = beats(seconds, bpm=120, strength=strength)
    assert answer(audio) == pytest.approx(NativeEssentia().danceability(audio), rel=0.01)


def test_a_strong_regular_beat_is_more_danceable() -> None:
    answers = [answer(beats(40, bpm=120, strength=strength)) or 0.0 for strength in (0.0, 0.05, 0.4)]
    assert 0 < answers[0] < answers[1] < answers[2]


@pytest.mark.parametrize("blocks", [2, 97])
def test_the_cut_into_blocks_does_not_matter(blocks: int) -> None:
    audio = beats(15, bpm=97, strength=0.1)
    audio.flags.writeable = False
    assert answer(audio, blocks=blocks) == answer(audio)


def test_a_long_track_is_measured_in_stretches_as_a_short_one() -> None:
    """Ten minutes of the same: running sums do not lose their digits."""
    audio = beats(60, bpm=120, strength=0.2)
    once, often = answer(audio), answer(np.tile(audio, 10), blocks=9)
    assert once is not None
    assert often == pytest.approx(once, rel=0.05)


def test_what_is_too_short_or_silent_has_none() -> None:
    assert answer(np.zeros(0, np.float32)) is None
    assert answer(np.zeros(20 * ANALYSIS_RATE, np.float32)) is None
    assert answer(beats(0.3, bpm=120, strength=0.1)) is None
