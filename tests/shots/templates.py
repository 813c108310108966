"""`python -m tests.shots.templates`: `web/pictures/NAME.webp`, which the gallery shows until it has painted its own.

Each template as the server paints it, on the song that is nobody's (`demo_features`). Nothing but the templates
changes them: take them anew when one is new or looks otherwise, and commit them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
import skia

from backend.assets.store import ASSETS_PATH
from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.gallery import TEMPLATES, sample
from shared.scene.relayout import relayout
from shared.scene.scene import Scene
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features

__all__ = ["FOLDER", "SIZE", "SONG_SECONDS", "paint"]

FOLDER: Final = Path(__file__).parents[2] / "web" / "pictures"
#: Pixels: twice the width of a card in the gallery.
SIZE: Final = (256, 144)
_CANVAS: Final = (1920, 1080)
SONG_SECONDS: Final = 16.0
_SECOND: Final = 9.3
_QUALITY: Final = 80
#: Painted larger first: fine lines would be lost.
_FINER: Final = 3


def paint(name: str, features: Features) -> np.ndarray:
    """A template's picture: uint8 [height, width, 4], RGBA. One made for another ratio is laid out for this one."""
    project = sample(name)
    if (project.canvas.width, project.canvas.height) != _CANVAS:
        project = relayout(project, *_CANVAS)
    media = MediaShelf(project.media, {}, fonts=ASSETS_PATH)
    scene = Scene(project, features, media)
    size = (_FINER * SIZE[0], _FINER * SIZE[1])
    raster = Raster(scene.resources, media, canvas=_CANVAS, size=size, fonts=ASSETS_PATH)
    try:
        large = raster.play(scene.frame(_SECOND))[:, :, [2, 1, 0, 3]].astype(np.float32)
    finally:
        raster.close()
    cells = large.reshape(SIZE[1], _FINER, SIZE[0], _FINER, 4)
    return np.ascontiguousarray(np.rint(cells.mean(axis=(1, 3))).astype(np.uint8))


def main() -> int:
    """All pictures; those of templates that are no more go."""
    FOLDER.mkdir(exist_ok=True)
    features = demo_features(SONG_SECONDS)
    for each in TEMPLATES:
        picture = skia.Image.fromarray(paint(each.name, features), colorType=skia.kRGBA_8888_ColorType)
        (FOLDER / f"{each.name}.webp").write_bytes(bytes(picture.encodeToData(skia.kWEBP, _QUALITY)))
    for left in {path.stem for path in FOLDER.glob("*.webp")} - {each.name for each in TEMPLATES}:
        (FOLDER / f"{left}.webp").unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
