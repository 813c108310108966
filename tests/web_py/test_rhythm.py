"""Rhythm on planted music: hits at known times in the band levels, no audio. Every answer here is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.schema.analysis import TempoRange
from web.py.analysis.picture import BAND_COUNT
from web.py.analysis.rhythm import Rhythm, analyse_rhythm
from web.py.analysis.tonal import BINS, ROW_SECONDS, Tonal

#: Bands that a hit of each kind fills, its level, and how fast it dies away in seconds.
_KINDS = {
    "kick": (slice(0, 5), 4.0, 0.08),
    "bass": (slice(1, 8), 2.5, 0.3),
    "snare": (slice(6, 30), 3.0, 0.07),
    "hat": (slice(25, 33), 2.0, 0.03),
    "chord": (slice(8, 22), 2.5, 0.4),
}


def levels_of(hits: dict[str, np.ndarray], seconds: float, *, seed: int = 1) -> np.ndarray:
    """Band levels float16 [frames, bands] at 100 Hz of hits at times in seconds, over a little noise."""
    frames = round(seconds * 100)
    levels = np.abs(np.random.default_rng(seed).normal(0.0, 0.02, (frames, BAND_COUNT)))
    for kind, times in hits.items():
        bands, level, decay = _KINDS[kind]
        for time in times[(times >= 0) & (times < seconds)]:
            first = int(np.ceil(time * 100 - 1))  # the window of a frame reaches a hit up to 11 ms ahead
            span = np.arange(max(0, first), min(frames, first + int(500 * decay)))
            age = np.maximum(span / 100 - time, 0.0)
            reach = np.clip((span / 100 - time + 0.0116) / 0.0116, 0.0, 1.0)
            sound = level * reach * np.exp(-age / decay)
            levels[span, bands] = np.maximum(levels[span, bands], sound[:, None])
    return levels.astype(np.float16)


def pitches(changes: np.ndarray, seconds: float) -> Tonal:
    """Four chords in turn, each from one of `changes` (seconds) to the next."""
    times = np.arange(round(seconds / ROW_SECONDS)) * ROW_SECONDS
    rows = np.full((times.size, BINS), 1e-3, np.float32)
    roots = np.array([0, 9, 5, 7])[np.searchsorted(changes, times, side="right") % 4]
    for interval in (0, 4, 7):
        rows[np.arange(times.size), (roots + interval) % 12 * 10] = 1.0
    bass = np.full((times.size, BINS), 1e-3, np.float32)
    bass[np.arange(times.size), roots * 10] = 1.0
    return Tonal(rows, bass, np.full(times.size, 0.8, np.float32))


def grid(bpm: float, seconds: float, start: float = 0.2) -> np.ndarray:
    return np.arange(start, seconds, 60.0 / bpm)


def rock(beats: np.ndarray) -> dict[str, np.ndarray]:
    """Kick on one and three, snare on two and four, hats in eighths, bass and chords on the one."""
    halves = (beats[:-1] + beats[1:]) / 2
    return {
        "kick": np.concatenate([beats[0::4], beats[2::4]]),
        "snare": np.concatenate([beats[1::4], beats[3::4]]),
        "hat": np.concatenate([beats, halves]),
        "bass": beats[0::4],
        "chord": beats[0::4],
    }


def heard(hits: dict[str, np.ndarray], seconds: float, bars: np.ndarray, **options: TempoRange) -> Rhythm:
    found = analyse_rhythm(
        levels_of(hits, seconds), tonal=pitches(bars, seconds), cents=0.0, duration_seconds=seconds, **options
    )
    assert found is not None
    return found


def f_measure(found: np.ndarray, true: np.ndarray, reach: float = 0.07) -> float:
    """Harmonic mean of the shares of found and true times that have a partner within `reach` seconds."""
    if not found.size or not true.size:
        return 0.0
    apart = np.abs(found[:, None] - true[None, :])
    precision, recall = (apart.min(axis=1) <= reach).mean(), (apart.min(axis=0) <= reach).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


@pytest.mark.parametrize("bpm", [84.0, 97.3, 120.0, 127.96, 140.5, 174.0])
def test_a_constant_tempo_reads_exactly_and_beats_and_bars_lie_where_they_were_planted(bpm):
    beats = grid(bpm, 60.0)
    rhythm = heard(rock(beats), 60.0, beats[::4])
    assert rhythm.estimate.measured_bpm == pytest.approx(bpm, rel=5e-4)
    assert rhythm.estimate.steady
    assert rhythm.estimate.clear
    assert rhythm.estimate.time_signature == "4/4"
    assert f_measure(rhythm.beats, beats, 0.03) > 0.97
    assert f_measure(rhythm.downbeats, beats[::4], 0.03) > 0.93
    assert set(rhythm.downbeats) <= set(rhythm.beats)


@pytest.mark.parametrize(
    ("bpm", "shown", "snapped"), [(174.0, 174.0, True), (127.96, 128.0, True), (120.4, 120.4, False)]
)
def test_a_whole_tempo_is_shown_only_when_the_grid_says_so(bpm, shown, snapped):
    beats = grid(bpm, 90.0)
    estimate = heard(rock(beats), 90.0, beats[::4]).estimate
    assert (estimate.bpm, estimate.snapped) == (shown, snapped)


def test_loud_hats_between_the_beats_do_not_win():
    beats = grid(126.0, 60.0)
    hits = {**rock(beats), "kick": beats, "hat": (beats[:-1] + beats[1:]) / 2}
    rhythm = heard(hits, 60.0, beats[::4])
    assert rhythm.estimate.bpm == 126.0
    assert f_measure(rhythm.beats, beats, 0.03) > 0.97


def test_chords_on_the_off_beat_do_not_win_over_bass_and_kick():
    beats = grid(76.0, 60.0)
    halves = (beats[:-1] + beats[1:]) / 2
    hits = {"chord": halves, "hat": halves, "kick": beats[2::4], "snare": beats[2::4], "bass": beats[[0, 1]].repeat(1)}
    hits["bass"] = np.concatenate([beats[0::4], beats[1::4], beats[3::4]])
    rhythm = heard(hits, 60.0, beats[::4])
    assert min(abs(rhythm.estimate.bpm / bpm - 1) for bpm in (76.0, 152.0)) < 0.001
    assert f_measure(rhythm.beats, beats) > 0.6


def test_swung_hats_keep_the_beat():
    beats = grid(132.0, 60.0)
    swung = beats[:-1] + np.diff(beats) * 2 / 3
    rhythm = heard({**rock(beats), "hat": np.concatenate([beats, swung])}, 60.0, beats[::4])
    assert rhythm.estimate.bpm == 132.0
    assert rhythm.estimate.time_signature == "4/4"
    assert f_measure(rhythm.beats, beats, 0.03) > 0.97


def test_half_time_is_read_at_one_of_its_two_counts():
    beats = grid(142.0, 60.0)
    halves = (beats[:-1] + beats[1:]) / 2
    hits = {"kick": beats[0::4], "snare": beats[2::4], "hat": np.concatenate([beats, halves]), "bass": beats[0::4]}
    estimate = heard(hits, 60.0, beats[::4]).estimate
    assert min(abs(estimate.measured_bpm / bpm - 1) for bpm in (142.0, 71.0)) < 5e-4
    other = "×1/2" if estimate.bpm > 100 else "×2"
    assert estimate.alternatives[0].relation == other


def test_a_waltz_has_three_beats_to_the_bar():
    beats = grid(132.0, 60.0)
    hits = {"kick": beats[0::3], "bass": beats[0::3], "snare": np.concatenate([beats[1::3], beats[2::3]]), "hat": beats}
    rhythm = heard({**hits, "chord": np.concatenate([beats[1::3], beats[2::3]])}, 60.0, beats[::3])
    assert rhythm.estimate.time_signature == "3/4"
    assert rhythm.estimate.meter == 3
    assert f_measure(rhythm.downbeats, beats[::3], 0.03) > 0.93


def test_six_eight_has_two_dotted_beats_to_the_bar():
    beats = grid(62.0, 80.0)
    eighths = np.concatenate([beats[:-1] + np.diff(beats) * share for share in (0.0, 1 / 3, 2 / 3)])
    hits = {"kick": beats[0::2], "bass": beats[0::2], "snare": beats[1::2], "hat": eighths, "chord": eighths}
    rhythm = heard(hits, 80.0, beats[::2])
    assert rhythm.estimate.time_signature == "6/8"
    assert rhythm.estimate.meter == 2
    assert rhythm.estimate.measured_bpm == pytest.approx(62.0, rel=1e-3)
    assert f_measure(rhythm.downbeats, beats[::2], 0.03) > 0.9


def test_drifting_beats_are_followed_and_mapped():
    periods = 0.5 * (1.0 + 0.06 * np.sin(np.arange(170) / 170 * 2 * np.pi))
    beats = 0.3 + np.cumsum(periods)
    seconds = float(beats[-1]) + 0.5
    rhythm = heard(rock(beats), seconds, beats[::4])
    assert not rhythm.estimate.steady
    assert not rhythm.estimate.snapped
    assert f_measure(rhythm.beats, beats, 0.05) > 0.95
    map_bpm = [point.bpm for point in rhythm.estimate.tempo_map]
    assert min(map_bpm) < 116
    assert max(map_bpm) > 124


def test_a_loop_holds_whole_beats():
    seconds = 1.752  # the amen break's length: four beats
    beats = np.arange(4) * seconds / 4
    hits = {"kick": beats[[0, 1]] * np.array([1, 0]) + np.array([0, beats[0] + 0.219]), "snare": beats[[1, 3]]}
    hits["hat"] = np.arange(8) * seconds / 8
    found = analyse_rhythm(levels_of(hits, seconds), tonal=None, cents=0.0, duration_seconds=seconds)
    assert found is not None
    assert found.estimate.measured_bpm == pytest.approx(4 * 60 / seconds, rel=2e-4)
    assert found.downbeats[0] == pytest.approx(0.0, abs=0.03)
    assert found.beats.size == 4


def test_a_range_settles_the_octave_and_invents_nothing():
    beats = grid(174.0, 60.0)
    hits = rock(beats)
    folded = heard(hits, 60.0, beats[::4], tempo_range=TempoRange(low_bpm=80.0, high_bpm=100.0))
    assert folded.estimate.bpm == 87.0
    assert folded.estimate.clear
    kept = heard(hits, 60.0, beats[::4], tempo_range=TempoRange(low_bpm=100.0, high_bpm=104.0))
    assert kept.estimate.bpm == heard(hits, 60.0, beats[::4]).estimate.bpm


def test_alternatives_are_all_within_reach_and_come_likely_first():
    beats = grid(120.0, 40.0)
    alternatives = heard(rock(beats), 40.0, beats[::4]).estimate.alternatives
    assert {guess.relation for guess in alternatives} == {
        "×1/2", "×2", "×2/3", "×3/2", "×3/4", "×4/3", "×1/3", "×3",
    }  # fmt: skip
    shares = [guess.share for guess in alternatives]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_has_no_clear_beat(seed):
    levels = np.abs(np.random.default_rng(seed).normal(2.0, 0.3, (3000, BAND_COUNT))).astype(np.float16)
    found = analyse_rhythm(levels, tonal=None, cents=0.0, duration_seconds=30.0)
    assert found is None or not found.estimate.clear


def test_hits_at_random_have_no_clear_beat():
    rng = np.random.default_rng(7)
    hits = {kind: np.cumsum(rng.exponential(0.5, 120)) for kind in ("kick", "snare", "hat")}
    found = analyse_rhythm(levels_of(hits, 40.0), tonal=None, cents=0.0, duration_seconds=40.0)
    assert found is None or not found.estimate.clear


def test_silence_and_a_blink_have_no_rhythm():
    silent = np.zeros((2000, BAND_COUNT), np.float16)
    assert analyse_rhythm(silent, tonal=None, cents=0.0, duration_seconds=20.0) is None
    assert analyse_rhythm(silent[:50], tonal=None, cents=0.0, duration_seconds=0.5) is None


def test_input_stays_as_it_was():
    beats = grid(120.0, 20.0)
    levels = levels_of(rock(beats), 20.0)
    levels.flags.writeable = False
    before = levels.copy()
    analyse_rhythm(levels, tonal=None, cents=0.0, duration_seconds=20.0)
    assert np.array_equal(levels, before)


def test_wrong_input_is_told_in_words():
    with pytest.raises(KeylightError, match=r"Expected levels of \[frames, bands\], got 1 dim"):
        analyse_rhythm(np.zeros(10), tonal=None, cents=0.0, duration_seconds=10.0)
    backwards = TempoRange(low_bpm=140.0, high_bpm=90.0)
    with pytest.raises(KeylightError, match="from low to high, got 140 to 90 BPM"):
        analyse_rhythm(np.zeros((1000, 33)), tonal=None, cents=0.0, duration_seconds=10.0, tempo_range=backwards)
