"""Series that move properties: smoothing, delay, inversion, summing up, stems."""

from dataclasses import replace

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.spectrum.feature_envelope import envelope
from shared.spectrum.features import Driver, demo_features, driven, silent_features


def planted(series, name="bass", **more):
    silent = silent_features(len(series) / 60)
    return replace(silent, series={**silent.series, name: np.array(series, np.float32)}, **more)


def follower(x, attack, release):
    """The two halves of the envelope step by step, as their definition says."""
    r, q = (np.exp(-1 / (60 * s)) if s else 0.0 for s in (release, attack))
    held = low = 0.0
    out = []
    for value in x:
        held = max(value, r * held)
        low = (1 - q) * held + q * low
        out.append(low)
    return np.array(out)


@pytest.mark.parametrize(("attack", "release"), [(0, 0), (0, 0.1), (0.05, 0), (0.02, 0.3), (0.5, 2.0), (0.001, 0.004)])
def test_the_envelope_without_a_loop_is_the_one_with_it(attack, release):
    x = np.random.default_rng(3).uniform(0, 1, 2_000) ** 6
    x.setflags(write=False)
    np.testing.assert_allclose(envelope(x, attack=attack, release=release), follower(x, attack, release), atol=2e-3)


def test_plain_is_the_series_itself():
    x = np.random.default_rng(1).uniform(0, 1, 120)
    np.testing.assert_allclose(driven(planted(x), "bass"), x, atol=1e-6)


def test_smoothing_rises_soon_and_falls_slowly():
    x = np.zeros(240)
    x[60] = 1.0
    out = driven(planted(x), "bass", smooth_seconds=0.3)
    assert 60 < out.argmax() <= 66
    assert out.max() > 0.55
    assert not out[:60].any()
    assert 0.1 < out[90] < out[70]


@pytest.mark.parametrize("delay", [0.5, -0.5, 0.125])
def test_delay_moves_it(delay):
    x = np.zeros(240)
    x[120] = 1.0
    out = driven(planted(x), "bass", delay_seconds=delay)
    centre = (out * np.arange(240)).sum() / out.sum()
    assert centre == pytest.approx(120 + 60 * delay)
    smooth = driven(planted(x), "bass", delay_seconds=delay, release_seconds=0.1, attack_seconds=0.0)
    assert smooth.argmax() == pytest.approx(120 + 60 * delay, abs=0.5)


def test_inverted():
    out = driven(planted([0.25] * 60), "bass", invert=True)
    np.testing.assert_allclose(out, 0.75)


@pytest.mark.parametrize("seconds", [10, 3_600])
def test_a_constant_adds_up_exactly_linearly(seconds):
    out = driven(planted(np.full(60 * seconds, 0.5)), "bass", cumulative=True)
    np.testing.assert_allclose(out, 0.5 * np.arange(60 * seconds) / 60, rtol=0, atol=1e-8)


def test_what_adds_up_never_goes_back():
    out = driven(demo_features(8.0), "kick", cumulative=True, smooth_seconds=0.1)
    assert (np.diff(out) >= 0).all()
    assert 0.5 < out[-1] < 8.0


def test_phases_stay_sharp_whatever_the_smoothing():
    features = planted(np.zeros(240), beats=np.arange(0, 4, 0.5), downbeats=np.arange(0.0, 4, 2))
    out = driven(features, "beat", smooth_seconds=1.0)
    np.testing.assert_allclose(out, np.arange(240) / 30 % 1, atol=1e-9)
    assert driven(features, "bar", delay_seconds=0.5)[30] == 0.0


def test_a_stem_drives_with_its_own_series_and_the_songs_beats():
    drums = planted(np.full(120, 0.8), name="kick")
    song = planted(np.full(120, 0.1), name="kick", stems={"drums": drums}, beats=np.array([0.0, 1.0]))
    assert driven(song, "kick", stem="drums")[50] == pytest.approx(0.8)
    assert driven(song, "kick", stem="vocals")[50] == pytest.approx(0.1)
    assert driven(song, "beat", stem="drums")[30] == pytest.approx(0.5)


def test_a_driver_is_exact_where_a_phase_jumps():
    features = planted(np.zeros(240), beats=np.array([0.0, 0.51, 1.02, 1.53]))
    driver = Driver(features, "beat")
    assert driver.at(0.5099) == pytest.approx(0.9998, abs=1e-3)
    assert driver.at(0.5101) == pytest.approx(0.0002, abs=1e-3)
    assert Driver(features, "beat", invert=True).at(0.255) == pytest.approx(0.5)
    assert Driver(features, "beat", delay_seconds=0.1).at(0.1) == 0.0


def test_a_driver_goes_straight_between_frames_and_stays_beyond_the_ends():
    driver = Driver(planted([0.0, 1.0, 0.5]), "bass")
    assert [driver.at(place / 60) for place in (-5, 0, 0.5, 1, 1.5, 2, 9)] == pytest.approx(
        [0, 0, 0.5, 1, 0.75, 0.5, 0.5]
    )
    assert Driver(silent_features(0.0), "bass").at(1.0) == 0.0
    assert Driver(silent_features(0.0), "bass", invert=True).at(1.0) == 1.0


def test_nothing_drives_an_empty_song():
    for name in ("bass", "beat", "progress"):
        assert driven(silent_features(0.0), name, smooth_seconds=0.5, cumulative=True).shape == (0,)


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("treble", {}, "expected a feature named one of bass, .* got 'treble'"),
        ("treble", {"smooth_seconds": 1.0}, "expected a feature named one of bass, .* got 'treble'"),
        ("bass", {"delay_seconds": float("nan")}, "expected a delay of at most an hour, got nan s"),
        ("bass", {"smooth_seconds": 100.0}, "expected an attack, release or smoothing of 0 to 60 s, got"),
        ("bass", {"smooth_seconds": -1.0}, "expected an attack, release or smoothing of 0 to 60 s, got"),
    ],
)
def test_drives_that_cannot_be_are_refused(name, asked, says):
    with pytest.raises(KeylightError, match=says):
        driven(planted([0.0] * 60), name, **asked)
