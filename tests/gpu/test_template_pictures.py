"""The stored pictures of the gallery are those of the templates as they are now."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from shared.scene.gallery import TEMPLATES
from shared.spectrum.feature_demo import demo_features

pytestmark = pytest.mark.skipif(sys.platform == "emscripten", reason="Skia has no wheel there")
skia = pytest.importorskip("skia")

from tests.shots import templates  # noqa: E402  # it needs skia

#: Steps of 255; WebP at quality 80 costs a block of 8 x 8 pixels 5 at most.
MOST_APART = 8.0


@pytest.fixture(scope="module")
def features():
    return demo_features(templates.SONG_SECONDS)


def test_there_is_a_picture_of_every_template_and_of_nothing_else():
    assert {path.stem for path in templates.FOLDER.glob("*.webp")} == {each.name for each in TEMPLATES}


@pytest.mark.parametrize("name", [each.name for each in TEMPLATES])
def test_a_picture_shows_its_template_as_it_is(name, features):
    stored = skia.Image.open(str(templates.FOLDER / f"{name}.webp"))
    assert (stored.width(), stored.height()) == templates.SIZE
    kept = stored.toarray(colorType=skia.kRGBA_8888_ColorType)
    apart = np.abs(coarse(kept) - coarse(templates.paint(name, features)))
    assert apart.max() < MOST_APART, "run python -m tests.shots.templates and commit the picture"


def test_a_title_elsewhere_is_seen(features):
    painted = templates.paint("sea-of-sound", features)
    moved = np.roll(painted, 8, axis=0)
    assert np.abs(coarse(moved) - coarse(painted)).max() > 3 * MOST_APART


def coarse(picture: np.ndarray) -> np.ndarray:
    """Luma of 8 x 8 pixels of [144, 256, 4]: what WebP does to edges is gone, what lies elsewhere is not."""
    luma = picture[:, :, :3] @ np.array([0.2126, 0.7152, 0.0722])
    return luma.reshape(18, 8, 32, 8).mean(axis=(1, 3))
