"""The table of tags agrees with the network it is of; what stands out is what was planted."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from web.py.analysis.tagger import EMBEDDING_SIZE, TAG_COUNT, TagReading
from web.py.analysis.tags import TAGS, mean_embedding, standings, standout_tags

NAMES = [row.name for row in TAGS]


def reading(*patches: dict[str, float]) -> TagReading:
    """Patches in which the named tags have the given standing and all others the population's mean."""
    logits = np.array([[row.mean + row.spread * patch.get(row.name, 0.0) for row in TAGS] for patch in patches])
    return TagReading(logits.astype(np.float32), np.zeros((len(patches), EMBEDDING_SIZE), np.float32))


@pytest.mark.skipif(sys.platform == "emscripten", reason="ONNX Runtime for Python is for CPython")
def test_names_and_means_are_those_of_the_network() -> None:
    import onnxruntime

    from web.py.analysis.native_tagger import MODEL, assets_path

    notes = onnxruntime.InferenceSession(str(assets_path() / MODEL)).get_modelmeta().custom_metadata_map
    assert notes["labels"].split("\n") == NAMES
    np.testing.assert_allclose([row.mean for row in TAGS], [float(mean) for mean in notes["means"].split("\n")])


def test_spreads_follow_from_the_rates() -> None:
    """Logits that are normal with a tag's mean and spread have its rate as mean probability."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    for row in TAGS:
        probability = 1 / (1 + np.exp(-(row.mean + row.spread * points)))
        assert np.sum(weights * probability) / weights.sum() == pytest.approx(row.rate, rel=0.03), row.name


def test_there_are_as_many_tags_as_the_network_has() -> None:
    assert len(TAGS) == TAG_COUNT == len(set(NAMES))


def test_standings_are_standard_scores() -> None:
    found = standings(reading({"jazz": 2.0}, {"sad": -1.0}).logits)
    assert found.shape == (2, TAG_COUNT)
    np.testing.assert_allclose(found[0, [NAMES.index("jazz"), NAMES.index("rock")]], [2, 0], atol=1e-5)
    assert found[1, NAMES.index("sad")] == pytest.approx(-1, abs=1e-5)


def test_what_stands_out_is_named_most_telling_first() -> None:
    tags = standout_tags(reading({"jazz": 2.0, "sad": 1.5, "folk": 0.5}, {"jazz": 1.6, "sad": 1.5, "folk": 0.5}))
    assert [tag.name for tag in tags] == ["jazz", "sad"]
    assert tags[0].standing == pytest.approx(1.8)
    assert 0.4 < tags[0].share < 0.7


def test_the_average_song_has_no_tags() -> None:
    assert standout_tags(reading({})) == ()


def test_two_spellings_are_one_tag() -> None:
    tags = standout_tags(reading({"female vocalists": 2.0, "female vocalist": 2.5}))
    assert [tag.name for tag in tags] == ["female vocalists"]


def test_no_more_tags_than_asked_for() -> None:
    everything = reading(dict.fromkeys(NAMES, 2.0))
    assert len(standout_tags(everything)) == 6
    assert len(standout_tags(everything, most=3)) == 3


def test_the_embedding_is_the_mean_of_the_patches() -> None:
    one = TagReading(np.zeros((2, TAG_COUNT), np.float32), np.array([[1.0], [3.0]]).repeat(EMBEDDING_SIZE, axis=1))
    vector = mean_embedding(one)
    assert vector.dtype == np.float32
    np.testing.assert_array_equal(vector, np.full(EMBEDDING_SIZE, 2.0))
