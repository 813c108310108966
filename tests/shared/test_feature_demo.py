"""The demo song: always the same, its kicks where they were put, alive in every band."""

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.spectrum.feature_demo import demo_features


def test_it_is_the_same_every_time():
    one = demo_features(6.0)
    demo_features.cache_clear()
    other = demo_features(6.0)
    assert one is not other
    assert np.array_equal(one.bands, other.bands)
    assert np.array_equal(one.wave, other.wave)


@pytest.mark.parametrize("bpm", [93.0, 120.0, 174.0])
def test_kicks_are_on_the_beats_of_the_drops(bpm):
    song = demo_features(48.0, bpm)
    drops = [part for part in song.sections if part.kind == "drop"]
    beats = [t for part in drops for t in song.beats if part.start_seconds <= t < part.end_seconds - 0.1]
    assert len(beats) >= 20
    rises = np.diff(song.series["kick"], prepend=0)
    heard = [rises[round(t * 60) - 1 : round(t * 60) + 2].max() > 0.1 for t in beats]
    assert np.mean(heard) > 0.9  # the bass plays between them, an octave below the kick


def test_every_band_moves():
    shares = demo_features(30.0).bands / 255
    assert (np.quantile(shares, 0.95, axis=0) > 0.55).all()
    assert (np.quantile(shares, 0.5, axis=0) < 0.7).all()
    assert (shares.std(axis=0) > 0.1).all()


def test_sections_cover_it():
    song = demo_features(30.0)
    assert [part.kind for part in song.sections] == ["intro", "verse", "build", "drop", "break", "drop"]
    assert song.sections[0].start_seconds == 0.0
    assert song.sections[-1].end_seconds == 30.0
    for before, after in zip(song.sections, song.sections[1:], strict=False):
        assert before.end_seconds == after.start_seconds


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0, 7.77])
def test_any_length(seconds):
    song = demo_features(seconds)
    assert song.seconds == pytest.approx(seconds, abs=1e-4)
    assert (song.beats < seconds).all()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((-1.0, 120.0), "expected a demo of 0 to 3600 s, got -1.0"),
        ((float("nan"), 120.0), "expected a demo of 0 to 3600 s, got nan"),
        ((10.0, 10.0), "expected a tempo of 40 to 240 BPM, got 10.0"),
    ],
)
def test_songs_that_cannot_be_are_refused(asked, says):
    with pytest.raises(KeylightError, match=says):
        demo_features(*asked)
