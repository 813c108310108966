"""Runs inside Pyodide: key, tempo, beats, sections, mood, loudness and features are CPython's within tolerances."""

from __future__ import annotations

import sys

import msgspec
import numpy as np
import pytest

from shared.schema.analysis import MoodScale
from shared.spectrum.features import SERIES, decode_features
from tests.agreement.answers import FOLDER, Answer, Kept, analyse, make_features, read_wav
from tests.web_py.test_worker import finish

pytestmark = pytest.mark.skipif(sys.platform != "emscripten", reason="compares Pyodide with CPython")

#: Stated tolerances. Both compute in the same steps; they differ in the last digits of single-precision transforms.
BPM_SHARE = 1e-4
BEAT_SECONDS = 0.003
SECTION_SECONDS = 0.05
LOUDNESS_LU = 0.11  # both are rounded to 0.1
CONFIDENCE = 0.02
MOOD_POINTS = 1.0
BAND_STEPS = 1  # of 255
SERIES_HEIGHT = 0.005
WAVE_STEPS = 32  # of 32767: half a step of the half-precision numbers that it was kept in


def answers() -> dict[str, Answer]:
    path = FOLDER / "answers.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Answer]) if path.is_file() else {}


def test_there_is_something_to_compare():
    assert len(answers()) >= 16, "python -m tests.agreement writes it; nox -s pyodide does"


@pytest.mark.parametrize(
    ("name", "native"), answers().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_pyodide_says_what_cpython_says(name: str, native: Answer):
    mono, rate = read_wav(FOLDER / f"{name}.wav")
    ours = finish(analyse(mono, rate, Kept(FOLDER / f"{name}.npz")))
    _same_key(ours, native)
    _same_rhythm(ours, native)
    _same_structure(ours, native)
    _same_mood(ours, native)
    for field in ("integrated_lufs", "range_lu", "true_peak_db"):
        ours_lu, native_lu = getattr(ours.analysis.loudness, field), getattr(native.analysis.loudness, field)
        assert (ours_lu is None) == (native_lu is None)
        assert ours_lu is None or ours_lu == pytest.approx(native_lu, abs=LOUDNESS_LU)


@pytest.mark.parametrize("name", answers())
def test_pyodide_makes_the_features_that_cpython_makes(name: str):
    ours = make_features(*read_wav(FOLDER / f"{name}.wav"))
    native = decode_features((FOLDER / f"{name}.klf").read_bytes())
    assert ours.frames == native.frames
    assert np.abs(ours.bands.astype(int) - native.bands).max() <= BAND_STEPS
    assert np.abs(ours.wave.astype(int) - native.wave).max() <= WAVE_STEPS
    for series in SERIES:
        np.testing.assert_allclose(ours.series[series], native.series[series], atol=SERIES_HEIGHT, err_msg=series)


def _same_key(ours: Answer, native: Answer) -> None:
    key, expected = ours.analysis.key, native.analysis.key
    assert (key is None) == (expected is None)
    if key and expected:
        assert key.confidence == pytest.approx(expected.confidence, abs=CONFIDENCE)
        if expected.clear:  # which of two unlikely keys of a noise is the likelier one is no answer
            assert (key.key, key.intro, key.outro) == (expected.key, expected.intro, expected.outro)


def _same_rhythm(ours: Answer, native: Answer) -> None:
    rhythm, expected = ours.analysis.rhythm, native.analysis.rhythm
    assert (rhythm is None) == (expected is None)
    if rhythm and expected and expected.clear:
        assert rhythm.measured_bpm == pytest.approx(expected.measured_bpm, rel=BPM_SHARE)
        assert (rhythm.time_signature, rhythm.steady) == (expected.time_signature, expected.steady)
        assert np.allclose(ours.beats, native.beats, atol=BEAT_SECONDS)
        assert np.allclose(ours.downbeats, native.downbeats, atol=BEAT_SECONDS)


def _same_structure(ours: Answer, native: Answer) -> None:
    structure, expected = ours.details.structure, native.details.structure
    assert (structure is None) == (expected is None)
    if structure and expected:
        assert [section.kind for section in structure.sections] == [section.kind for section in expected.sections]
        ours_starts, native_starts = ([part.start_seconds for part in one.sections] for one in (structure, expected))
        assert np.allclose(ours_starts, native_starts, atol=SECTION_SECONDS)
        assert [cue.kind for cue in structure.cues] == [cue.kind for cue in expected.cues]


def _same_mood(ours: Answer, native: Answer) -> None:
    mood, expected = ours.details.mood, native.details.mood
    assert (mood is None) == (expected is None)
    if mood and expected:
        assert mood.heard_by == expected.heard_by
        for field in mood.__struct_fields__:
            scale, other = getattr(mood, field), getattr(expected, field)
            if isinstance(scale, MoodScale):
                assert scale.value == pytest.approx(other.value, abs=MOOD_POINTS)
