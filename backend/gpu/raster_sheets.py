"""Pictures of nested lists: those that are kept for their key, and those of a frame, with the quick ways to draw them.

Skia's CPU code here is slow where it makes pictures larger (a whole 1080p frame takes 23 ms, cubic 54) and where it
adds them up (7). On the processor `Grower` does the first, numpy the second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import skia

from backend.gpu.raster_grow import Grower
from backend.gpu.raster_paint import NEAREST, SAMPLING_OPTIONS, picture_paint
from backend.gpu.raster_shelf import Shelf
from backend.gpu.raster_surface import Sheet, Surfaces, shared_image
from shared.scene.ops import BLENDS, SAMPLINGS

__all__ = ["MAX_DIVISOR", "Grown", "Kept", "Region", "Sheets", "shrinks"]

MAX_DIVISOR: Final = 4096
#: Bytes for pictures of `cached` lists: seven at 4K.
_CACHED_ROOM: Final = 256 * 2**20
#: Bytes for surfaces that wait for the next frame, beside those that it will surely need.
_SPARE_ROOM: Final = 160 * 2**20
_PLUS: Final = BLENDS.index("plus")
#: Fewer pixels than this are drawn by Skia at once.
_FEW: Final = 1 << 16
_GROWN: Final = ("linear", "cubic")
#: Steps of 255 that a picture which is painted small may miss, at most and in the root mean square.
_MOST_MISSED: Final = 12.0
_USUALLY_MISSED: Final = 0.7
_MOST_SIZES: Final = 8
#: Pixels by which parts of a picture that is made larger differ in size: each size has tables of its own.
_STRETCH: Final = 16
#: Rows that are added at a time, so that they stay in the processor's cache.
_ROWS: Final = 32

_Paint = Callable[[skia.Canvas], None]


#: Left, top, right and bottom of pixels that nothing but their order of drawing holds back.
Region = tuple[int, int, int, int]


@dataclass(frozen=True)
class Kept:
    """A picture of 1/divisor of the target's size, its upper left corner, and its memory where there is some."""

    image: skia.Image
    divisor: int
    memory: np.ndarray | None = None
    left: int = 0
    top: int = 0
    _soft: dict[float, int] = field(default_factory=dict)

    def shrinks(self, size: float) -> int:
        """By how much smaller it may be painted unseen, where one of its pixels is `size` of the target's wide."""
        if self.memory is None:
            return 1
        if size not in self._soft:
            if len(self._soft) > _MOST_SIZES:
                self._soft.clear()
            self._soft[size] = shrinks(self.memory, size)
        return self._soft[size]


@dataclass(frozen=True)
class Grown:
    """Pixels of the target's size, uint8 [height, width, 4], and where in it their upper left corner lies."""

    pixels: np.ndarray
    left: int
    top: int


class Sheets:
    """Nested pictures of one painter. size: of the target, in pixels."""

    def __init__(self, surfaces: Surfaces, size: tuple[int, int]) -> None:
        self._surfaces, self._size = surfaces, size
        self._grower = Grower()
        self._cached: Shelf[Kept] = Shelf(_CACHED_ROOM)
        # Surfaces of this frame, and those that are free, the longest unused first.
        self._used: list[tuple[int, Sheet]] = []
        self._spare: list[tuple[int, Sheet]] = []
        self._slots: dict[float, Kept] = {}
        self._small: dict[int, Sheet] = {}
        self._aside: Sheet | None = None
        #: Whether numpy shares the memory that is drawn in.
        self.on_cpu = surfaces.main.memory is not None

    def turn(self) -> None:
        """The frame is done."""
        self._slots.clear()
        self._cached.turn()
        self._spare += self._used
        self._used = []
        while sum(_bytes(sheet) for _, sheet in self._spare) > _SPARE_ROOM:
            del self._spare[0]

    def clear(self) -> None:
        """Let everything go."""
        for kept in (self._slots, self._used, self._spare, self._small, self._cached):
            kept.clear()
        self._aside = None

    def cached(self, key: float | tuple[float, ...], divisor: int, paint: _Paint) -> Kept:
        """The picture for a key, or for several of which it is made, painted when it is not there."""

        def make() -> tuple[Kept, int]:
            width, height = self._smaller(divisor)
            sheet = self._surfaces.picture(width, height, shared=True)
            sheet.surface.getCanvas().clear(0)
            paint(sheet.surface.getCanvas())
            if sheet.memory is None:
                return Kept(sheet.surface.makeImageSnapshot(), divisor), width * height * 4
            kept = _inked(sheet.memory, divisor)
            assert kept.memory is not None
            return kept, kept.memory.size

        return self._cached.get((key, divisor), make)

    def paint_slot(self, slot: float, divisor: int, paint: _Paint) -> None:
        """Paint a frame's picture."""
        sheet = self._taken(divisor)
        canvas = sheet.surface.getCanvas()
        canvas.clear(0)
        paint(canvas)
        self._slots[slot] = Kept(sheet.surface.makeImageSnapshot(), divisor, sheet.memory)

    def _taken(self, divisor: int) -> Sheet:
        at = next((at for at, (other, _) in enumerate(self._spare) if other == divisor), None)
        if at is not None:
            sheet = self._spare.pop(at)[1]
        else:
            # One that will be made larger needs memory; a snapshot of a large one must not be a copy.
            sheet = self._surfaces.picture(*self._smaller(divisor), shared=divisor > 1)
        self._used.append((divisor, sheet))
        return sheet

    def aside(self) -> Sheet:
        """A surface of the target's size to put something together on; what is there is nobody's."""
        if self._aside is None:
            self._aside = self._surfaces.picture(*self._size, shared=True)
        return self._aside

    def slot(self, slot: float) -> Kept:
        """A picture of this frame; raises `KeyError`."""
        if slot not in self._slots:
            raise KeyError(f"an offscreen {slot:g} before its stamp")
        return self._slots[slot]

    def grown(self, factor: int, paint: _Paint, region: Region | None = None) -> Grown:
        """What is painted at 1/factor, made as large as the target, or the part of it that covers a region.

        The edge around it is painted too, so that what is made larger knows how it goes on. Good until the next call.
        """
        width, height = self._smaller(factor)
        if factor not in self._small:
            self._small[factor] = self._surfaces.picture(width + 2, height + 2, shared=True)
        sheet = self._small[factor]
        assert sheet.memory is not None
        left, top, right, bottom = region or (0, 0, width * factor, height * factor)
        left, across = _stretch(left // factor, -(-right // factor), width)
        top, down = _stretch(top // factor, -(-bottom // factor), height)
        canvas = sheet.surface.getCanvas()
        level = canvas.save()
        canvas.clipRect(skia.Rect.MakeWH(across + 2, down + 2))
        canvas.clear(0)
        canvas.translate(1 - left, 1 - top)
        canvas.scale(1 / factor, 1 / factor)
        try:
            paint(canvas)
        finally:
            canvas.restoreToCount(level)
        pixels = self._grower.grow(sheet.memory[: down + 2, : across + 2], factor, "linear")
        return Grown(pixels, (left - 1) * factor, (top - 1) * factor)

    def draw_grown(
        self,
        canvas: skia.Canvas,
        factor: int,
        blend: float,
        region: Region | None,
        paint: _Paint,
        bounds: Region | None = None,
    ) -> None:
        """Paint at 1/factor in the target's pixels and draw that over a canvas of the target's size.

        region: the part of the frame to draw in, where that is all that holds it back; bounds: where the paint ends.
        """
        region = _both(region, bounds) if region is not None else None
        self._draw_pixels(canvas, self.grown(factor, paint, region or bounds), blend, region)

    def draw_still(
        self,
        canvas: skia.Canvas,
        kept: Kept,
        divisor: int,
        opacity: float,
        blend: float,
        sampling: float,
        region: Region | None,
    ) -> None:
        """Draw a picture over a surface of 1/divisor of the target's size, as nothing transforms it."""
        factor, rest = divmod(kept.divisor, divisor)
        name = SAMPLINGS[int(sampling)]
        width, height = self._smaller(divisor)
        if factor > 1 and not rest and kept.memory is not None and name in _GROWN and width * height > _FEW:
            pixels = self._grower.grow(_faded(kept.memory, opacity), factor, name)
            self._draw_pixels(canvas, Grown(pixels, 0, 0), blend, region)
            return
        canvas.save()
        canvas.resetMatrix()
        if kept.divisor == divisor:
            paint = picture_paint(opacity, blend, quick=True)
            canvas.drawImage(kept.image, kept.left, kept.top, NEAREST, paint)
        else:
            canvas.scale(kept.divisor / divisor, kept.divisor / divisor)
            paint = picture_paint(opacity, blend, quick=blend == 0 and name in ("nearest", "linear"))
            canvas.drawImage(kept.image, 0, 0, SAMPLING_OPTIONS[int(sampling)], paint)
        canvas.restore()

    def _draw_pixels(self, canvas: skia.Canvas, grown: Grown, blend: float, region: Region | None) -> None:
        """Pixels of the target's size. region: the part of the frame to draw in, where that is all."""
        memory = self._surfaces.main.memory
        if region is not None and blend == _PLUS and memory is not None:
            left, top, right, bottom = region
            above = grown.pixels[top - grown.top : bottom - grown.top, left - grown.left : right - grown.left]
            _add(memory[top:bottom, left:right], above)
            return
        canvas.save()
        canvas.resetMatrix()
        image, paint = shared_image(grown.pixels), picture_paint(1.0, blend, quick=True)
        canvas.drawImage(image, grown.left, grown.top, NEAREST, paint)
        canvas.restore()

    def _smaller(self, divisor: int) -> tuple[int, int]:
        return -(-self._size[0] // divisor), -(-self._size[1] // divisor)


def shrinks(pixels: np.ndarray, size: float, strength: float = 1.0) -> int:
    """By how much smaller a picture may be painted unseen, where one of its pixels is `size` of the target's wide.

    8, 4 or 2 where it is so soft that straight lines between every eighth pixel of the target, and so on, are as good:
    what they miss is an eighth of the second difference. 1 elsewhere. strength: 0-1, with which it will be drawn.

    >>> ramp = np.repeat(np.arange(64, dtype=np.uint8)[:, None], 64, 1)[:, :, None].repeat(4, 2)
    >>> shrinks(ramp, 8.0), shrinks(ramp * 37, 8.0)
    (8, 1)
    """
    for factor in (8, 4, 2):
        step = max(1, round(factor / size))
        if min(pixels.shape[:2]) <= 2 * step:
            continue
        share = (
            strength * min(1.0, factor / size) / 8
        )  # of what one pixel's second difference says, when it is the larger
        every = max(1, max(pixels.shape[:2]) // 256)
        rows, columns = pixels[::every].astype(np.int16), pixels[:, ::every].astype(np.int16)
        bends = (
            rows[:, 2 * step :] - 2 * rows[:, step:-step] + rows[:, : -2 * step],
            columns[2 * step :] - 2 * columns[step:-step] + columns[: -2 * step],
        )
        most = max(int(np.abs(bend).max()) for bend in bends)
        usual = max(float(np.sqrt(np.square(bend, dtype=np.float32).mean())) for bend in bends)
        if most * share <= _MOST_MISSED and usual * share <= _USUALLY_MISSED:
            return factor
    return 1


def _both(one: Region, other: Region | None) -> Region:
    """The part of the target that lies in both."""
    if other is None:
        return one
    left, top = max(one[0], other[0]), max(one[1], other[1])
    return left, top, max(left, min(one[2], other[2])), max(top, min(one[3], other[3]))


def _stretch(start: int, stop: int, most: int) -> tuple[int, int]:
    """Start and length of a stretch of whole steps, within `most`, that holds another: few lengths, so few scalers."""
    length = min(most, -(-max(1, stop - start) // _STRETCH) * _STRETCH)
    return max(0, min(start, most - length)), length


def _bytes(sheet: Sheet) -> int:
    return int(sheet.surface.width() * sheet.surface.height() * 4)


def _inked(memory: np.ndarray, divisor: int) -> Kept:
    """A picture without its clear edges; two pixels of them stay, so that it is drawn alike where it is scaled."""
    inked = memory[:, :, 3] > 0
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        rows = columns = np.zeros(1, int)
    height, width = inked.shape
    left, top = max(0, int(columns[0]) - 2), max(0, int(rows[0]) - 2)
    right, bottom = min(width, int(columns[-1]) + 3), min(height, int(rows[-1]) + 3)
    if (right - left) * (bottom - top) < 0.8 * width * height:
        memory = np.ascontiguousarray(memory[top:bottom, left:right])
    else:
        left = top = 0
    return Kept(shared_image(memory), divisor, memory, left, top)


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
