"""Pictures of nested lists: those that are kept for their key, and those of a frame, with the quick ways to draw them.

Skia's CPU code here is slow where it makes pictures larger (a whole 1080p frame takes 23 ms, cubic 54) and where it
adds them up (7). On the processor `Grower` does the first, numpy the second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import skia

from backend.gpu.raster_grow import Grower
from backend.gpu.raster_paint import NEAREST, SAMPLING_OPTIONS, picture_paint
from backend.gpu.raster_shelf import Shelf
from backend.gpu.raster_surface import Sheet, Surfaces, shared_image
from shared.scene.ops import BLENDS, SAMPLINGS

__all__ = ["MAX_DIVISOR", "Kept", "Sheets"]

MAX_DIVISOR: Final = 4096
#: Bytes for pictures of `cached` lists: seven at 4K.
_CACHED_ROOM: Final = 256 * 2**20
_PLUS: Final = BLENDS.index("plus")
#: Fewer pixels than this are drawn by Skia at once.
_FEW: Final = 1 << 16
#: Rows that are added at a time, so that they stay in the processor's cache.
_ROWS: Final = 32

_Paint = Callable[[skia.Canvas], None]


@dataclass(frozen=True)
class Kept:
    """A picture of 1/divisor of the target's size, and its memory where there is some."""

    image: skia.Image
    divisor: int
    memory: np.ndarray | None = None


class Sheets:
    """Nested pictures of one painter. size: of the target, in pixels."""

    def __init__(self, surfaces: Surfaces, size: tuple[int, int]) -> None:
        self._surfaces, self._size = surfaces, size
        self._grower = Grower()
        self._cached: Shelf[Kept] = Shelf(_CACHED_ROOM)
        self._sheets: dict[tuple[float, int], Sheet] = {}
        self._slots: dict[float, Kept] = {}
        self._small: dict[int, Sheet] = {}

    @property
    def on_cpu(self) -> bool:
        """Whether numpy shares the memory that is drawn in."""
        return self._surfaces.main.memory is not None

    def turn(self) -> None:
        """The frame is done."""
        self._slots.clear()
        self._cached.turn()

    def clear(self) -> None:
        """Let everything go."""
        for kept in (self._slots, self._sheets, self._small, self._cached):
            kept.clear()

    def cached(self, key: float, divisor: int, paint: _Paint) -> Kept:
        """The picture for a key, painted when it is not there."""

        def make() -> tuple[Kept, int]:
            width, height = self._smaller(divisor)
            surface = self._surfaces.picture(width, height).surface
            surface.getCanvas().clear(0)
            paint(surface.getCanvas())
            return Kept(surface.makeImageSnapshot(), divisor), width * height * 4

        return self._cached.get((key, divisor), make)

    def paint_slot(self, slot: float, divisor: int, paint: _Paint) -> None:
        """Paint a frame's picture."""
        sheet = self._sheets.get((slot, divisor))
        if sheet is None:
            # One that will be made larger needs memory; a snapshot of a large one must not be a copy.
            sheet = self._surfaces.picture(*self._smaller(divisor), shared=divisor > 1)
            self._sheets[slot, divisor] = sheet
        canvas = sheet.surface.getCanvas()
        canvas.clear(0)
        paint(canvas)
        self._slots[slot] = Kept(sheet.surface.makeImageSnapshot(), divisor, sheet.memory)

    def slot(self, slot: float) -> Kept:
        """A picture of this frame; raises `KeyError`."""
        if slot not in self._slots:
            raise KeyError(f"an offscreen {slot:g} before its stamp")
        return self._slots[slot]

    def small(self, divisor: int, paint: _Paint) -> Kept | None:
        """A picture for now, to be made larger; None where that is not the quick way."""
        if not self.on_cpu:
            return None
        if divisor not in self._small:
            self._small[divisor] = self._surfaces.picture(*self._smaller(divisor), shared=True)
        sheet = self._small[divisor]
        canvas = sheet.surface.getCanvas()
        canvas.clear(0)
        level = canvas.save()
        paint(canvas)
        canvas.restoreToCount(level)
        return Kept(sheet.surface.makeImageSnapshot(), divisor, sheet.memory)

    def draw_still(
        self,
        canvas: skia.Canvas,
        kept: Kept,
        divisor: int,
        opacity: float,
        blend: float,
        sampling: float,
        *,
        is_open: bool,
    ) -> None:
        """Draw a picture over a surface of 1/divisor of the target's size, as nothing transforms it.

        is_open: no clip and no layer either, and it is the frame itself.
        """
        factor, rest = divmod(kept.divisor, divisor)
        name = SAMPLINGS[int(sampling)]
        width, height = self._smaller(divisor)
        canvas.save()
        canvas.resetMatrix()
        if kept.divisor == divisor:
            canvas.drawImage(kept.image, 0, 0, NEAREST, picture_paint(opacity, blend, quick=True))
        elif kept.memory is not None and not rest and name in ("linear", "cubic") and width * height > _FEW:
            pixels = self._grower.grow(_faded(kept.memory, opacity), factor, name)[:height]
            if is_open and blend == _PLUS:
                assert self._surfaces.main.memory is not None
                _add(self._surfaces.main.memory, pixels[:, :width])
            else:
                canvas.drawImage(shared_image(pixels), 0, 0, NEAREST, picture_paint(1.0, blend, quick=True))
        else:
            canvas.scale(kept.divisor / divisor, kept.divisor / divisor)
            paint = picture_paint(opacity, blend, quick=blend == 0 and name in ("nearest", "linear"))
            canvas.drawImage(kept.image, 0, 0, SAMPLING_OPTIONS[int(sampling)], paint)
        canvas.restore()

    def _smaller(self, divisor: int) -> tuple[int, int]:
        return -(-self._size[0] // divisor), -(-self._size[1] // divisor)


def _faded(pixels: np.ndarray, opacity: float) -> np.ndarray:
    """Premultiplied pixels times an opacity, to the nearest step."""
    if opacity >= 1:
        return pixels
    steps = np.floor(np.arange(256) * max(0.0, opacity) + 0.5).astype(np.uint8)
    return steps[pixels]


def _add(below: np.ndarray, above: np.ndarray) -> None:
    """Blend mode "plus" in place: the sum, at most 255."""
    for top in range(0, len(below), _ROWS):
        rows, more = below[top : top + _ROWS], above[top : top + _ROWS]
        np.minimum(rows, ~more, out=rows)
        np.add(rows, more, out=rows)
