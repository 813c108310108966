"""Folding, bar features, the judge's parts and the confidences, on planted bars."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planted import grid, levels_of, pattern
from web.py.analysis.bars import CELLS, METRES, PLACES, PULSE_CELLS, bar_features, fold, listen, warp
from web.py.analysis.candidates import hear, is_loop
from web.py.analysis.judge import LOOP_FEATURES, judge, loop_features
from web.py.analysis.octave import FEATURES, features, harmony_repeats
from web.py.analysis.onsets import voice_onsets
from web.py.analysis.rhythm_weights import BAR_WEIGHTS, LOOP_WEIGHTS, METRE_WEIGHTS, TEMPO_WEIGHTS
from web.py.analysis.tempogram import make_tempogram, mixed_onsets
from web.py.analysis.trust import CLUES, clues, trust


def test_weights_fit_what_they_weigh():
    assert len(TEMPO_WEIGHTS) == len(FEATURES)
    assert len(LOOP_WEIGHTS) == len(LOOP_FEATURES)
    for metre in METRES:
        assert len(BAR_WEIGHTS[metre.name]) == len(PLACES[metre.name])
        assert len(METRE_WEIGHTS[metre.name]) == 3


@pytest.mark.parametrize(("per_beat", "beats"), [(1.0, 4), (2.0, 4), (0.5, 3), (1.5, 2), (2 / 3, 4), (4 / 3, 3)])
def test_a_bar_is_folded_where_it_lies(per_beat, beats):
    length = per_beat * beats * PULSE_CELLS
    warped = np.zeros((60 * PULSE_CELLS, 7), np.float32)
    hits = np.rint(np.arange(length / 4, len(warped), length)).astype(int)  # a quarter of a bar after its begin
    for offset, height in ((-1, 0.5), (0, 1.0), (1, 0.5)):
        warped[np.clip(hits + offset, 0, len(warped) - 1), 0] = height
    mean = fold(warped, pulses_per_beat=per_beat, beats=beats)
    assert mean.shape == (7, beats * CELLS)
    assert mean[0].argmax() == pytest.approx(beats * CELLS / 4, abs=1)


def test_features_of_a_bar_turn_with_its_begin():
    rng = np.random.default_rng(2)
    folded = rng.random((7, 4 * CELLS))
    turned = bar_features(np.roll(folded, 5, axis=1), METRES[0])
    assert np.allclose(turned, np.roll(bar_features(folded, METRES[0]), 5, axis=0))


def test_warped_time_puts_each_beat_at_its_cell():
    beats = 0.3 + np.cumsum(np.linspace(0.4, 0.7, 60))
    levels = levels_of({"kick": beats}, float(beats[-1]) + 1.0)
    heard = listen(voice_onsets(levels), levels, np.zeros((0, 12)), np.zeros((0, 12)))
    assert heard.shape == (len(levels), 7)
    warped = warp(heard, beats)
    mean = warped[:, 0].reshape(-1, PULSE_CELLS).mean(axis=0)
    assert min(mean.argmax(), PULSE_CELLS - mean.argmax()) <= 2


def test_harmony_that_changes_each_bar_repeats_after_a_bar():
    rows = np.full((200, 12), 0.01)
    rows[np.arange(200), np.repeat([0, 5, 7, 9] * 5, 10)] = 1.0
    repeats = harmony_repeats(rows)
    assert repeats[0] == 1.0
    assert repeats[10] > repeats[5]
    assert not harmony_repeats(np.zeros((3, 12))).any()


def test_two_onsets_to_the_beat_are_counted():
    beats = grid(120.0, 30.0)
    voices = voice_onsets(levels_of({"snare": np.concatenate([beats, beats + 0.25])}, 30.0))
    mix = mixed_onsets(voices)
    values = features(np.array([2.0]), make_tempogram(voices, mix), voices, mix, np.zeros(64))
    assert values.shape == (1, len(FEATURES))
    assert values[0, FEATURES.index("mix onsets per beat")] == pytest.approx(1.0, abs=0.1)  # octaves: two to a beat


def test_a_loop_is_told_from_an_excerpt():
    beats = grid(123.0, 9.0, start=0.0)
    hits = {"kick": beats[::2], "snare": beats[1::2], "hat": np.concatenate([beats, beats + 30 / 123])}
    for seconds, loop in ((16 * 60 / 123, True), (14.1 * 60 / 123, False)):
        inside = {kind: times[times < seconds - 0.02] for kind, times in hits.items()}
        heard = hear(levels_of(inside, seconds), tonal=None, cents=0.0, duration_seconds=seconds, as_loop=True)
        assert heard is not None
        assert is_loop(heard, hz=123 / 60, beats=4) == loop


def test_a_loop_speaks_for_a_bar_at_its_start():
    seconds = 8 * 60 / 120
    beats = grid(120.0, seconds - 0.1, start=0.0)
    hits = {"kick": beats[::2], "snare": beats[1::2]}
    heard = hear(levels_of(hits, seconds), tonal=None, cents=0.0, duration_seconds=seconds, as_loop=True)
    assert heard is not None
    candidate = next(each for each in heard.candidates if abs(each.hz - 2.0) < 0.01)
    values = loop_features(heard, candidate, METRES[0])
    pulse = heard.pulses[candidate.pulse].times
    start = pulse[0] + values[:, 0].argmax() / CELLS / candidate.hz
    assert start * candidate.hz / 4 == pytest.approx(round(start * candidate.hz / 4), abs=0.02)
    assert values[:, 2].all()
    assert values[:, 3].all()


@pytest.mark.parametrize("metre", ["4/4", "3/4", "6/8"])
def test_confidence_is_high_on_planted_music_and_low_on_noise(metre):
    levels, tonal, _, _, _ = pattern(metre, np.random.default_rng(11), seconds=40.0)
    music = hear(levels, tonal=tonal, cents=0.0, duration_seconds=40.0)
    noisy = np.abs(np.random.default_rng(3).normal(2.0, 0.3, (4000, 33))).astype(np.float16)
    noise = hear(noisy, tonal=None, cents=0.0, duration_seconds=40.0)
    assert music is not None
    assert noise is not None
    found = [clues(heard, judge(heard), duration_seconds=40.0) for heard in (music, noise)]
    assert all(values.shape == (len(CLUES),) and np.isfinite(values).all() for values in found)
    sure, unsure = (trust(values) for values in found)
    assert sure.tempo > 0.6
    assert unsure.tempo < 0.3
    assert unsure.beats < 0.3
    assert sure.downbeats <= sure.beats
