"""Single kinds of spectra, waves and shapes draw what they say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.facts import PlainFacts
from shared.scene.scene import Scene
from shared.schema.project import Layer, Project, Value
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import WAVE_RATE, Features, silent_features


@pytest.fixture(scope="module")
def song() -> Features:
    return demo_features(12.0)


def tone(hertz: float, seconds: float = 2.0) -> Features:
    """A song whose waveform is a sine."""
    wave = np.sin(2 * np.pi * hertz * np.arange(int(seconds * WAVE_RATE)) / WAVE_RATE)
    return dataclasses.replace(silent_features(seconds), wave=np.round(wave * 20_000).astype(np.int16))


def level(height: float, seconds: float = 2.0) -> Features:
    """A song all of whose bands stay at one height."""
    silent = silent_features(seconds)
    return dataclasses.replace(silent, bands=np.full_like(silent.bands, round(255 * height)))


def drawn(kind: str, features: Features, t: float, op: str, **props: Value) -> list[np.ndarray]:
    """Rows of every op of a name that one layer writes at a time."""
    scene = Scene(Project(layers=(Layer("a", kind, props=props),)), features, PlainFacts())
    return [rows for one, _, rows in read_list(scene.frame(t).copy()) if one.name == op]


@pytest.mark.parametrize("height", [0.25, 0.5, 1.0])
def test_bars_are_as_high_as_the_music(height: float) -> None:
    [rows] = drawn("bars", level(height), 1.0, "rects", contrast=1.0, height=0.5, release=0.0, attack=0.0)
    assert rows[:, 3] == pytest.approx(np.full(64, height * 0.5 * 1080), abs=2)
    assert rows[:, 1] + rows[:, 3] == pytest.approx(np.full(64, 270))


@pytest.mark.parametrize("lit", [3, 10, 20])
def test_as_many_lights_are_lit_as_the_bar_is_high(lit: int) -> None:
    props: dict[str, Value] = {"contrast": 1.0, "count": 8.0, "segments": 20.0, "attack": 0.0}
    [rows] = drawn("bars", level(lit / 20), 1.0, "rects", **props)
    assert len(rows) == 8 * lit
    assert np.abs(rows[:, 1]).max() <= 0.4 * 1080 / 2


def test_contrast_lowers_what_is_quiet_and_gain_stops_at_the_top() -> None:
    [low] = drawn("bars", level(0.5), 1.0, "rects", contrast=2.0, height=1.0, attack=0.0)
    [high] = drawn("bars", level(0.5), 1.0, "rects", contrast=2.0, height=1.0, attack=0.0, gain=4.0)
    assert low[0, 3] == pytest.approx(0.25 * 1080, rel=0.02)
    assert high[0, 3] == pytest.approx(1080)


@pytest.mark.parametrize(("side", "near", "far"), [("outside", 1, 1.5), ("inside", 0.5, 1), ("both", 0.7, 1.5)])
def test_radial_bars_stand_on_their_circle(side: str, near: float, far: float) -> None:
    props: dict[str, Value] = {
        "side": side,
        "radius": 0.2,
        "height": 0.1,
        "count": 90.0,
        "contrast": 1.0,
        "attack": 0.0,
    }
    [rows] = drawn("radial_bars", level(1.0), 1.0, "segments", **props)
    assert len(rows) == 90
    assert np.hypot(rows[:, 0], rows[:, 1]) == pytest.approx(np.full(90, near * 216), rel=1e-3)
    assert np.hypot(rows[:, 2], rows[:, 3]) == pytest.approx(np.full(90, far * 216), rel=1e-3)


def test_an_arc_of_radial_bars_lies_around_the_place_above() -> None:
    [rows] = drawn("radial_bars", level(1.0), 1.0, "segments", arc=90.0, count=31.0, radius=0.3)
    assert (rows[:, 1] < 0).all()
    assert rows[:, 0].mean() == pytest.approx(0, abs=0.01)


def test_a_steady_wave_of_a_tone_stands_still_and_an_unsteady_one_does_not() -> None:
    song = tone(110.0)
    shown = {
        steady: [drawn("waveform", song, t, "polygon", steady=steady)[0] for t in (1.0, 1.0 + 1 / 60, 1.1234)]
        for steady in (True, False)
    }
    for later in shown[True][1:]:
        assert np.abs(later - shown[True][0]).max() < 4
    assert np.abs(shown[False][1] - shown[False][0]).max() > 20


def test_a_scrolling_wave_moves_by_as_much_as_time_goes_on(song: Features) -> None:
    props: dict[str, Value] = {"style": "bars", "seconds": 4.0, "count": 100.0, "width": 1.0, "taper": False}
    [early] = drawn("waveform", song, 6.0, "rects", **props)
    [late] = drawn("waveform", song, 6.4, "rects", **props)
    # 0.4 s are a tenth of the width: ten bars.
    assert late[:-10, 0] == pytest.approx(early[:-10, 0], abs=0.5)
    assert late[:-10, 3] == pytest.approx(early[10:, 3], abs=0.5)


def test_a_circle_wave_has_no_seam(song: Features) -> None:
    [points] = drawn("circle_wave", song, 7.3, "polygon", steady=False)
    ways = np.hypot(*np.diff(points, axis=0, append=points[:1]).T)
    assert ways[-1] < 3 * np.median(ways)


def test_dots_in_a_row_swell_with_their_band() -> None:
    [small] = drawn("dots", level(0.2), 1.0, "circles", style="row", contrast=1.0)
    [large] = drawn("dots", level(0.9), 1.0, "circles", style="row", contrast=1.0)
    assert len(small) == len(large) == 40
    assert (large[:, 2] > 1.5 * small[:, 2]).all()


def test_the_time_of_a_song_needs_no_more_pictures_than_digits(song: Features) -> None:
    scene = Scene(Project(layers=(Layer("a", "progress", props={"time": True}),)), song, PlainFacts())
    for t in np.arange(0, 12, 0.5):
        scene.frame(float(t))
    assert len(scene.resources) <= 11


def test_progress_fills_its_line_by_the_share_that_is_over(song: Features) -> None:
    track, done = drawn("progress", song, 3.0, "rects", width=0.5)
    assert track[0, 2] == pytest.approx(960)
    assert done[0, 2] == pytest.approx(240)


@pytest.mark.parametrize(("t", "points"), [(1.2, 2), (6.0, 4), (11.9, 6)])
def test_progress_runs_around_the_picture(song: Features, t: float, points: int) -> None:
    _, way = drawn("progress", song, t, "polygon", style="frame")
    assert len(way) == points
    assert way[0] == pytest.approx([0, -540 + 0.035 * 1080])


def test_the_grid_comes_nearer_without_a_jump() -> None:
    song = silent_features(4.0)
    before, after = (drawn("floor", song, t, "segments", speed=1.0)[0] for t in (0.9999, 1.0001))
    lines = [set(np.round(rows[rows[:, 1] == rows[:, 3]][:, 1]).tolist()) for rows in (before, after)]
    assert len(lines[0] ^ lines[1]) <= 2
