"""The server's pictures of cases, and the media that cases name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import skia

from backend.assets.store import ASSETS_PATH
from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.schema.project import Medium
from tests.parity.cases import CANVAS, FILM_FRAMES, PICTURE, TABLE, Case

__all__ = ["film_frame", "paint_on_the_server", "target_size", "write_picture"]

_PICTURE_FILE: Final = "picture.png"


def target_size(scale: float) -> tuple[int, int]:
    """Pixels of a target."""
    return round(CANVAS[0] * scale), round(CANVAS[1] * scale)


def paint_on_the_server(cases: list[Case], scale: float, folder: Path) -> list[np.ndarray]:
    """Their pictures, uint8 [height, width, 4] RGBA premultiplied; `folder` has the picture of `write_picture`."""
    media = _Media([Medium(PICTURE, "image")], {PICTURE: folder / _PICTURE_FILE}, fonts=ASSETS_PATH)
    raster = Raster(TABLE.resources, media, canvas=CANVAS, size=target_size(scale), fonts=ASSETS_PATH)
    pictures = [raster.play(case.floats)[:, :, [2, 1, 0, 3]].copy() for case in cases]
    raster.close()
    return pictures


class _Media(MediaShelf):
    """With a film of plain arrays: that films are decoded alike is another test's matter."""

    def frame(self, media: str, number: int) -> np.ndarray | None:
        return np.ascontiguousarray(film_frame(number)[:, :, [2, 1, 0, 3]])


def film_frame(number: int) -> np.ndarray:
    """One of `FILM_FRAMES`: uint8 [90, 160, 4], RGBA."""
    assert 0 <= number < FILM_FRAMES
    y, x = np.mgrid[0:90, 0:160]
    color = np.stack([x + 30 * number, y * 2 + 20, (x * y // 40) % 200, 0 * x + 255], 2)
    return np.clip(color, 0, 255).astype(np.uint8)


def write_picture(folder: Path) -> None:
    """A picture like a photograph, with soft and sharp parts, 500 x 300."""
    y, x = np.mgrid[0:300, 0:500].astype(np.float32)
    chance = np.random.default_rng(9)
    noise = np.kron(chance.random((38, 63, 3)), np.ones((8, 8, 1)))[:300, :500]
    color = 0.5 + 0.3 * np.stack([np.sin(x / 40), np.cos(y / 33), np.sin((x + y) / 60)], 2) + 0.2 * (noise - 0.5)
    color[np.hypot(x - 380, y - 90) < 60] = (0.95, 0.8, 0.2)
    color[(x // 6 + y // 6) % 2 == 0] *= np.where(x[(x // 6 + y // 6) % 2 == 0] < 120, 0.3, 1.0)[:, None]
    pixels = np.concatenate([np.clip(color * 255, 0, 255), np.full((300, 500, 1), 255)], 2).astype(np.uint8)
    skia.Image.fromarray(pixels, colorType=skia.kRGBA_8888_ColorType).save(str(folder / _PICTURE_FILE), skia.kPNG)
