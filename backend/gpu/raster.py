"""The server's painter: plays a display list (`shared.scene.ops`) with Skia, as the page's does with CanvasKit.

Skia keeps Python's lock while it draws: draw in processes, not in threads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import skia

from backend.gpu.media import MediaShelf
from backend.gpu.raster_player import Player
from backend.gpu.raster_resources import Pictures
from backend.gpu.raster_sheets import Sheets
from backend.gpu.raster_surface import open_surfaces
from shared.errors import KeylightError
from shared.scene.facts import TextSize
from shared.scene.ops import OPS_BY_NAME
from shared.scene.resources import Resources, TextSpec

__all__ = ["Raster"]

_CLEAR: Final = OPS_BY_NAME["clear"].code
#: Deeper nesting is a list that holds itself.
_MAX_DEPTH: Final = 32
#: What the display list makes of numbers that are none; one from elsewhere is treated alike.
_FAR: Final = 1e6


class Raster:
    """Plays lists of one scene at one size, in the thread that made it.

    canvas: the project's size; size: the picture's, in pixels. fonts: the folder of the bundled ones. gl: on a GPU
    where one opens. words: what draws. Raises `KeylightError` for sizes and fonts that are not there.
    """

    def __init__(
        self,
        resources: Resources,
        media: MediaShelf,
        *,
        canvas: tuple[int, int],
        size: tuple[int, int],
        fonts: Path,
        gl: bool = False,
    ) -> None:
        self._scale = size[0] / canvas[0]
        self._surfaces = open_surfaces(*size, gl=gl)
        self.words = self._surfaces.words
        self._lettering = media.lettering(fonts)
        self._pictures = Pictures(resources, media, self._lettering, self._scale)
        self._sheets = Sheets(self._surfaces, size)

    def play(self, floats: np.ndarray) -> np.ndarray:
        """Draw a list, float32 [n]: uint8 [height, width, 4], BGRA premultiplied, good until the next call.

        Raises `KeylightError`, which names the op and its place, where the floats are no display list.
        """
        self._pictures.turn()
        if not np.isfinite(floats).all():
            floats = np.nan_to_num(floats, nan=0.0, posinf=_FAR, neginf=-_FAR)
        main = self._surfaces.main
        if not floats.size or floats[0] != _CLEAR:
            main.surface.getCanvas().clear(0)
        try:
            self._paint(main.surface.getCanvas(), floats, 1, 0)
        finally:
            self._sheets.turn()
        return self._surfaces.pixels()

    def measure(self, spec: TextSpec) -> TextSize:
        """A text's size in canvas pixels."""
        return self._lettering.measure(spec)

    def close(self) -> None:
        """Give memory and GPU back."""
        self._sheets.clear()
        self._pictures.clear()
        self._surfaces.close()

    def _paint(self, canvas: skia.Canvas, floats: np.ndarray, divisor: int, depth: int) -> None:
        """A list on a surface of 1/divisor of the target's size."""
        if depth > _MAX_DEPTH:
            raise KeylightError(f"Expected lists within lists at most {_MAX_DEPTH} deep.")

        def nested(inner: skia.Canvas, part: np.ndarray, smaller: int) -> None:
            self._paint(inner, part, smaller, depth + 1)

        level = canvas.save()
        canvas.scale(self._scale / divisor, self._scale / divisor)
        try:
            Player(canvas, self._pictures, self._sheets, nested, divisor, self._scale, main=depth == 0).play(floats)
        finally:
            canvas.restoreToCount(level)
