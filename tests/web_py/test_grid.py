"""Constant grids and followed pulses, on onsets whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from web.py.analysis.beats import follow_pulse
from web.py.analysis.downbeats import best_downbeats
from web.py.analysis.grid import Grid, at_tempo, find_grid, grid_beats, read, refine
from web.py.analysis.tempogram import make_tempogram, mixed_onsets, pulses


def envelope_of(times: np.ndarray, seconds: float) -> np.ndarray:
    """Onset strength [frames] at 100 Hz: a triangle of 30 ms at each time."""
    frames = np.arange(round(seconds * 100)) / 100
    nearest = np.abs(frames[:, None] - times[None, :]).min(axis=1)
    return np.maximum(0.0, 1.0 - nearest / 0.015)


def drifting(count: int) -> np.ndarray:
    """Beats around 120 BPM that slow down and speed up by 5 %."""
    return 0.4 + np.cumsum(0.5 * (1.0 + 0.05 * np.sin(np.arange(count) / 25)))


@pytest.mark.parametrize("bpm", [60.0, 89.7, 120.0, 127.95, 133.33, 174.0, 199.9])
@pytest.mark.parametrize("told", [0.975, 1.0, 1.025])
def test_a_grid_is_found_although_the_tempo_is_told_coarsely(bpm, told):
    beats = np.arange(0.31, 120, 60 / bpm)
    envelope = envelope_of(beats, 120)
    grid, wander_ms = find_grid(envelope, bpm=bpm * told)
    assert 60 / grid.period == pytest.approx(bpm, rel=2e-4)
    assert wander_ms < 3.0
    fine = refine(grid, envelope, 120.0)
    assert 60 / fine.period == pytest.approx(bpm, rel=5e-5)
    placed = grid_beats(fine, 120.0)
    assert abs(placed.size - beats.size) <= 1
    assert np.abs(beats[:, None] - placed[None, :]).min(axis=1).max() < 0.01


def test_wandering_is_told_in_milliseconds():
    beats = drifting(200)
    _, wander_ms = find_grid(envelope_of(beats, 100), bpm=120.0)
    assert wander_ms > 10.0


def test_loud_notes_between_the_beats_in_one_half_do_not_look_like_wandering():
    beats = np.arange(0.2, 100, 0.5)
    between = beats[100:] + 0.25
    envelope = envelope_of(beats, 100) + 2 * envelope_of(between, 100)
    _, wander_ms = find_grid(envelope, bpm=120.0)
    assert wander_ms < 6.0


def test_a_grid_begins_at_the_start_and_stays_in_the_middle_when_the_tempo_is_set():
    assert grid_beats(Grid(-0.004, 0.5), 2.0).tolist() == pytest.approx([0.0, 0.496, 0.996, 1.496])
    moved = at_tempo(Grid(0.1, 0.5), 121.0, 100.0)
    assert np.abs((moved.start - 0.1) / 0.5 - round((moved.start - 0.1) / 0.5)) < 1e-9
    assert moved.period == 60.0 / 121.0


def test_between_frames_is_read_by_a_line_and_outside_is_nothing():
    envelope = np.array([0.0, 1.0, 3.0])
    assert read(envelope, np.array([-0.01, 0.005, 0.015, 0.02, 0.03])).tolist() == pytest.approx([0, 0.5, 2, 3, 0])


@pytest.mark.parametrize("bpm", [75.0, 120.0, 171.0])
def test_the_strongest_pulse_is_the_planted_one_or_a_simple_multiple(bpm):
    voices = np.repeat(envelope_of(np.arange(0.2, 60, 60 / bpm), 60)[:, None], 4, axis=1).astype(np.float32)
    found = 60 * pulses(make_tempogram(voices, mixed_onsets(voices)))[0]
    assert min(abs(found / (bpm * ratio) - 1) for ratio in (1, 2, 3, 4, 1 / 2)) < 0.005


def test_kick_and_snare_in_turn_alternate_at_half_the_beat():
    beats = np.arange(0.2, 60, 0.5)
    voices = np.zeros((6000, 4), np.float32)
    voices[:, 0], voices[:, 2] = envelope_of(beats[::2], 60), envelope_of(beats[1::2], 60)
    tempogram = make_tempogram(voices, mixed_onsets(voices))
    assert tempogram.cross_at(np.array([1.0]))[0] < -0.9
    assert tempogram.cross_at(np.array([2.0]))[0] > 0.9


def test_a_drifting_pulse_is_followed():
    beats = drifting(220)
    seconds = float(beats[-1]) + 1.0
    voices = np.repeat(envelope_of(beats, seconds)[:, None], 4, axis=1).astype(np.float32)
    mix = mixed_onsets(voices)
    pulse = follow_pulse(mix, make_tempogram(voices, mix), hz=2.0, duration_seconds=seconds)
    assert pulse.grid is None
    inside = pulse.times[(pulse.times > beats[0] - 0.1) & (pulse.times < beats[-1] + 0.1)]
    assert np.abs(beats[:, None] - inside[None, :]).min(axis=1).max() < 0.03
    assert inside.size == beats.size
    assert pulse.times[0] < 0
    assert pulse.times[-1] > seconds


def test_an_even_pulse_keeps_its_grid():
    beats = np.arange(0.3, 60, 60 / 127.0)
    voices = np.repeat(envelope_of(beats, 60)[:, None], 4, axis=1).astype(np.float32)
    mix = mixed_onsets(voices)
    pulse = follow_pulse(mix, make_tempogram(voices, mix), hz=127.4 / 60, duration_seconds=60.0)
    assert pulse.grid is not None
    assert 60 * pulse.hz == pytest.approx(127.0, rel=2e-4)


def test_one_odd_bar_against_weak_evidence_changes_nothing():
    scores = np.zeros(64)
    scores[0::4] = 1.0
    scores[30] = 1.5
    assert best_downbeats(scores, beats=4, first=0).tolist() == list(range(0, 64, 4))
    assert best_downbeats(scores[:10], beats=4, first=3).tolist() == [3, 7]
