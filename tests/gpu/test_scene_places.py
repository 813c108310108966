"""An effect that changes next to nothing leaves every kind of layer whole: effects draw only where a layer lies."""

from __future__ import annotations

import numpy as np
import pytest

from backend.assets.store import ASSETS_PATH
from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.kinds import LAYERS
from shared.scene.scene import Scene
from shared.schema.project import Canvas, Effect, Layer, Project, Value
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features

CANVAS = Canvas(480, 270, 30)
# Texts need the bundled fonts; their boxes are what was laid out.
KINDS = [kind.name for kind in LAYERS.values() if kind.group != "Text"]


@pytest.fixture(scope="module")
def features() -> Features:
    return demo_features(8.0, bpm=120)


def painted(features: Features, layer: Layer) -> np.ndarray:
    """Two frames of a project of one layer, int16 [2, height, width, 3]."""
    shelf = MediaShelf((), {}, fonts=ASSETS_PATH)
    scene = Scene(Project(canvas=CANVAS, layers=(layer,)), features, shelf)
    raster = Raster(scene.resources, shelf, canvas=(480, 270), size=(480, 270), fonts=ASSETS_PATH)
    frames = [raster.play(scene.frame(t))[:, :, :3].astype(np.int16) for t in (3.02, 5.5)]
    raster.close()
    return np.stack(frames)


@pytest.mark.parametrize("kind", KINDS)
def test_an_effect_on_a_layer_cuts_nothing_off(features: Features, kind: str) -> None:
    place: dict[str, Value] = {"x": 0.4, "scale": 0.5, "rotation": 20.0}
    plain = painted(features, Layer("a", kind, props=place))
    graded = painted(features, Layer("a", kind, props=place, effects=(Effect("grade", {"hue": 0.01}),)))
    differing = np.abs(plain - graded).max(axis=3) > 30
    assert differing.sum() <= 20
