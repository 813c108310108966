"""What features say at a time: bands as bars, phases and pulses, sections, the waveform's window."""

from dataclasses import replace

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.spectrum.feature_envelope import envelope
from shared.spectrum.features import (
    BAND_COUNT,
    SCALARS,
    SERIES,
    WAVE_RATE,
    FeatureSection,
    demo_features,
    name_sections,
    silent_features,
)

SHARP = {"attack": 0.0, "release": 0.0}


def planted(bands=None, *, seconds=4.0, **more):
    silent = silent_features(seconds)
    return replace(silent, bands=silent.bands if bands is None else bands, **more)


def ramp(seconds=4.0):
    """Every band rises from 0 to 255 once a second, each a little later than the one below it."""
    frames = np.arange(round(seconds * 60))[:, None]
    return ((frames * 4 + np.arange(BAND_COUNT)) % 256).astype(np.uint8)


def test_at_a_frame_the_bands_are_as_measured():
    bands = ramp()
    features = planted(bands)
    for frame in (0, 1, 63, 64, 65, 239):
        np.testing.assert_allclose(features.bands_at(frame / 60, **SHARP), bands[frame] / 255, atol=1e-5)


def test_between_frames_it_goes_straight():
    bands = np.zeros((240, BAND_COUNT), np.uint8)
    bands[64] = 255
    features = planted(bands)
    assert features.bands_at(63.25 / 60, **SHARP)[5] == pytest.approx(0.25, abs=1e-5)
    assert features.bands_at(64.75 / 60, **SHARP)[5] == pytest.approx(0.25, abs=1e-5)


@pytest.mark.parametrize("t", [-1e-9, -5.0, 4.0, 99.0, float("nan"), float("inf")])
def test_outside_of_the_song_there_is_nothing(t):
    features = planted(np.full((240, BAND_COUNT), 255, np.uint8))
    assert not features.bands_at(t, 17).any()
    assert features.value("bass", t) == 0.0
    assert features.window(-9.0, 8, 0.1).tolist() == [0.0] * 8


def test_the_order_of_questions_does_not_matter():
    features, other = (planted(ramp()) for _ in range(2))
    times = np.random.default_rng(1).uniform(0, 4, 60)
    for attack, release in ((0.0, 0.3), (0.1, 0.0), (0.02, 0.2), (1.0, 5.0)):
        forwards = [features.bands_at(t, 20, attack=attack, release=release) for t in times]
        backwards = [other.bands_at(t, 20, attack=attack, release=release) for t in times[::-1]][::-1]
        assert np.array_equal(forwards, backwards)
        assert np.array_equal(forwards, features.bands_over(times, 20, attack=attack, release=release))


@pytest.mark.parametrize(("attack", "release"), [(0.0, 0.1), (0.03, 0.25), (0.4, 3.0)])
def test_a_stretch_has_the_envelope_of_the_whole_song(attack, release):
    bands = np.random.default_rng(2).integers(0, 256, (1_500, BAND_COUNT)).astype(np.uint8)
    features = planted(bands, seconds=25.0)
    whole = envelope(bands.astype(np.float32) / 255, attack=attack, release=release)
    for frame in (0, 5, 700, 701, 1_343, 1_344, 1_499):
        np.testing.assert_allclose(
            features.bands_at(frame / 60, attack=attack, release=release), whole[frame], atol=2e-6
        )


def test_what_is_kept_stays_small():
    features = planted(np.zeros((36_000, BAND_COUNT), np.uint8), seconds=600.0)
    for second in range(600):
        features.bands_at(float(second), 8)
    assert len(features._chunks) <= 256


@pytest.mark.parametrize("count", [1, 5, 16, 63, 64, 65, 128, 500])
def test_level_bands_make_level_bars(count):
    features = planted(np.full((240, BAND_COUNT), 128, np.uint8))
    np.testing.assert_allclose(features.bands_at(1.0, count, **SHARP), 128 / 255, atol=1e-5)


@pytest.mark.parametrize("count", [8, 16, 32, 64, 96, 192])
def test_a_loud_band_stays_loud_in_any_number_of_bars(count):
    bands = np.zeros((240, BAND_COUNT), np.uint8)
    bands[:, 32] = 255
    bars = planted(bands).bands_at(1.0, count, **SHARP)
    assert abs((int(bars.argmax()) + 0.5) / count - 32.5 / BAND_COUNT) <= 1 / count
    assert bars.max() > 0.4
    assert bars.min() == 0.0
    assert bars.max() <= 1.0


def test_more_bars_than_bands_pass_through_the_bands():
    bands = ramp()
    bars = planted(bands).bands_at(0.0, 3 * BAND_COUNT, **SHARP)
    np.testing.assert_allclose(bars[1::3], bands[0] / 255, atol=1e-5)
    assert (np.diff(bars) >= 0).all()


def test_a_range_of_frequencies():
    bands = np.zeros((240, BAND_COUNT), np.uint8)
    bands[:, :20] = 255  # up to 213 Hz
    features = planted(bands)
    low = features.bands_at(1.0, 10, low_hz=30, high_hz=150, **SHARP)
    high = features.bands_at(1.0, 10, low_hz=400, high_hz=16_000, **SHARP)
    assert low.min() == pytest.approx(1.0)
    assert not high.any()
    beyond = features.bands_at(1.0, 10, low_hz=1.0, high_hz=20.0, **SHARP)
    assert beyond.min() == pytest.approx(1.0)  # below the lowest band its level goes on


def test_release_falls_and_attack_rises_by_their_time_constants():
    bands = np.zeros((240, BAND_COUNT), np.uint8)
    bands[60:120] = 255
    features = planted(bands)
    assert features.bands_at(1.0, attack=0.0, release=0.2)[0] == 1.0
    assert features.bands_at(119 / 60 + 0.2, attack=0.0, release=0.2)[0] == pytest.approx(np.exp(-1), abs=2e-3)
    assert features.bands_at(59 / 60 + 0.1, attack=0.1, release=0.0)[0] == pytest.approx(1 - np.exp(-1), abs=2e-3)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"count": 0}, "expected 1 bar or more, got 0"),
        ({"low_hz": 500.0, "high_hz": 100.0}, "expected frequencies that ascend above 0 Hz, got 500.0 to 100.0 Hz"),
        ({"low_hz": 0.0}, "expected frequencies that ascend above 0 Hz, got 0.0 to"),
        ({"release": -1.0}, "expected an attack, release or smoothing of 0 to 60 s, got -1.0"),
        ({"attack": float("nan")}, "expected an attack, release or smoothing of 0 to 60 s, got nan"),
    ],
)
def test_bars_that_cannot_be_are_refused(asked, says):
    with pytest.raises(KeylightError, match=says):
        planted(np.zeros((240, BAND_COUNT), np.uint8)).bands_at(1.0, **asked)


def test_beat_phase_and_pulse():
    features = planted(beats=np.array([1.0, 1.5, 2.5]), downbeats=np.array([1.0, 2.5]))
    assert features.value("beat", 1.0) == 0.0
    assert features.value("beat", 1.125) == pytest.approx(0.25)
    assert features.value("beat", 1.75) == pytest.approx(0.25)
    assert features.value("bar", 1.75) == pytest.approx(0.5)
    assert features.value("beatPulse", 1.5) == 1.0
    assert features.value("beatPulse", 1.25) == pytest.approx(0.125)
    assert features.value("beatPulse", 1.5 - 1e-6) < 1e-9


def test_phases_go_on_at_the_tempo_of_either_end_and_pulses_do_not():
    beats = np.concatenate((2.0 + 0.5 * np.arange(9), 6.0 + 0.4 * np.arange(1, 9)))
    features = planted(seconds=20.0, beats=beats)
    assert features.value("beat", 0.0) == pytest.approx(0.0, abs=1e-9)
    assert features.value("beat", 0.625) == pytest.approx(0.25)
    assert features.value("beat", beats[-1] + 0.4 * 7.25) == pytest.approx(0.25)
    assert features.value("beatPulse", 1.5) == 0.0
    assert features.value("beatPulse", beats[-1]) == 1.0
    assert features.value("beatPulse", beats[-1] + 0.4) == 0.0
    phases = features.values("beat", np.linspace(-3, 30, 10_000))
    assert (phases >= 0).all()
    assert (phases < 1).all()


@pytest.mark.parametrize("beats", [[], [1.0]])
def test_without_beats_nothing_beats(beats):
    features = planted(beats=np.array(beats))
    assert [features.value(name, 1.0) for name in ("beat", "bar", "beatPulse", "barPulse")] == [0.0] * 4


def test_sections():
    parts = (FeatureSection(0.0, 1.0, "intro", "Intro"), FeatureSection(1.0, 3.0, "drop", "Drop"))
    features = planted(sections=parts)
    assert [features.value("section", t) for t in (-1.0, 0.0, 0.99, 1.0, 2.0, 9.0)] == [0, 0, 0, 1, 1, 1]
    assert features.section_at(1.0) == parts[1]
    assert features.section_at(3.0) is None
    assert silent_features(1.0).value("section", 0.5) == 0.0


def test_sections_are_numbered_where_there_are_several_of_a_kind():
    parts = [FeatureSection(t, t + 1.0, kind, "") for t, kind in enumerate(("intro", "drop", "break", "drop"))]
    assert [part.label for part in name_sections(parts)] == ["Intro", "Drop 1", "Break", "Drop 2"]


def test_every_scalar_has_a_value_at_every_time():
    demo = demo_features(4.0)
    for features in (demo, silent_features(4.0), silent_features(0.0)):
        for name in SCALARS:
            for t in (-1.0, 0.0, 1.234, 3.99, 4.0, 100.0):
                assert np.isfinite(features.value(name, t)), name
                assert 0.0 <= features.value(name, t) <= 10.0


def test_another_name_is_refused():
    with pytest.raises(KeylightError, match=r"expected a feature named one of bass, .*progress, got 'treble'"):
        silent_features(1.0).value("treble", 0.5)


def test_stems_stand_in_for_the_song():
    drums = planted(np.full((240, BAND_COUNT), 255, np.uint8))
    features = planted(stems={"drums": drums})
    assert features.stem("drums") is drums
    assert features.stem("vocals") is features
    assert features.stem(None) is features


def test_the_window_shows_the_wave_around_a_time():
    time = np.arange(4 * WAVE_RATE) / WAVE_RATE
    features = planted(wave=np.rint(32_767 * np.sin(2 * np.pi * 20 * time)).astype(np.int16))
    shown = features.window(2.0125, 240, 0.05)  # one period around its first crest
    wanted = 2.0125 - 0.025 + (np.arange(240) + 0.5) * 0.05 / 240
    np.testing.assert_allclose(shown, np.sin(2 * np.pi * 20 * wanted), atol=2e-3)


def test_a_wide_window_shows_means():
    wave = np.zeros(4 * WAVE_RATE, np.int16)
    wave[2 * WAVE_RATE : 3 * WAVE_RATE] = 32_767
    shown = planted(wave=wave).window(2.0, 8, 8.0)  # a second each, from -2 to 6
    np.testing.assert_allclose(shown, [0, 0, 0, 0, 1, 0, 0, 0], atol=1e-5)


def test_a_window_beyond_the_ends_is_silent_there():
    features = planted(wave=np.full(4 * WAVE_RATE, 32_767, np.int16))
    for t in (float("nan"), float("inf"), -1e12, 1e12):
        assert not features.window(t, 8, 1.0).any()
        assert not features.window(t, 8, 0.001).any()
    assert features.window(2.0, 3, 1e9).tolist() == pytest.approx([0, 1.2e-8, 0], abs=1e-9)
    assert features.window(0.0, 4, 0.01).round(2).tolist() == [0.0, 0.0, 1.0, 1.0]
    assert features.window(4.0, 100, 1.0)[60:].tolist() == [0.0] * 40
    with pytest.raises(KeylightError, match=r"expected 1 point or more in more than 0 s, got 0 points in 1.0 s"):
        features.window(1.0, 0, 1.0)


def test_silence_of_any_length():
    assert silent_features(0.0).frames == 0
    assert silent_features(1 / 3).frames == 20
    assert set(silent_features(1.0).series) == set(SERIES)
    with pytest.raises(KeylightError, match=r"expected a length of 0 s or more, got -1\.0"):
        silent_features(-1.0)
