"""Texts that are neither turned nor mirrored, in a sixth of the time that Skia's general way takes.

Linear sampling of mipmaps is the finer level by its share and the coarser one by the rest. Skia's old code draws each
of them when it is tinted beforehand; they are added up aside and drawn from there, pixel on pixel.
"""

from __future__ import annotations

import math
from typing import Final

import skia

from backend.gpu.raster_paint import NEAREST, SAMPLING_OPTIONS, picture_paint
from backend.gpu.raster_resources import Pictures
from backend.gpu.raster_sheets import Region, Sheets
from backend.gpu.raster_surface import shared_image
from shared.scene.ops import SAMPLINGS

__all__ = ["draw_letters", "mipmap_level"]

_LINEAR: Final = SAMPLING_OPTIONS[SAMPLINGS.index("linear")]
_WHOLE: Final = 255


def mipmap_level(total: skia.Matrix) -> float:
    """Which mipmap Skia takes for a scale: half a level finer than the size says, so that pictures look sharp."""
    size = abs(total.getScaleX() * total.getScaleY())
    return max(0.0, -math.log2(size) / 2 - 0.5) if size > 0 else math.inf


def draw_letters(
    canvas: skia.Canvas, pictures: Pictures, sheets: Sheets, number: float, color: list[float], seen: Region
) -> bool:
    """Draw a text, a pixel of its picture a unit of the canvas, from the origin on; whether that was possible.

    The canvas is neither turned nor mirrored. color: red, green, blue, alpha. seen: pixels of the canvas drawn in.
    """
    text, total = pictures.text(number), canvas.getTotalMatrix()
    levels = _levels(total, math.floor(_WHOLE * color[3] + 0.5))
    tinted = [(pictures.tinted(number, color[:3], level), weight) for level, weight in levels]
    images = [(image, weight) for image, weight in tinted if image is not None]
    box = skia.Rect.MakeLTRB(*seen)
    if text.ink is None or not box.intersect(total.mapRect(text.ink)):
        return True
    area, aside = box.roundOut(), sheets.aside()
    places = _places(area, aside.surface)
    if aside.memory is None or len(places) < len(levels) or len(images) < len(levels):
        return False
    parts = []
    for (image, weight), (x, y) in zip(images, places, strict=False):
        parts.append(aside.memory[y : y + area.height(), x : x + area.width()])
        parts[-1][:] = 0
        inner = aside.surface.getCanvas()
        inner.save()
        inner.clipRect(skia.Rect.MakeXYWH(x, y, area.width(), area.height()))
        inner.translate(x - area.left(), y - area.top())
        inner.concat(total)
        inner.scale(text.image.width() / image.width(), text.image.height() / image.height())
        inner.drawImage(image, 0, 0, _LINEAR, picture_paint(weight / _WHOLE, 0, quick=True))
        inner.restore()
    for more in parts[1:]:
        parts[0] += more  # the weights sum to one: no byte overflows
    _draw_from(canvas, shared_image(aside.memory), places[0], area)
    return True


def _levels(total: skia.Matrix, alpha: int) -> list[tuple[int, int]]:
    """Mipmaps to draw, each with its part of the opacity, of 255."""
    fine, share = divmod(mipmap_level(total), 1.0)
    coarse = round(alpha * share)
    return [(level, weight) for level, weight in ((int(fine), alpha - coarse), (int(fine) + 1, coarse)) if weight]


def _places(area: skia.IRect, surface: skia.Surface) -> list[tuple[int, int]]:
    """Where an area fits on a surface: once, or twice side by side or one above the other."""
    across, down = surface.width() // max(1, area.width()), surface.height() // max(1, area.height())
    return [(0, 0), (area.width(), 0) if across > 1 else (0, area.height())][: min(2, across * down)]


def _draw_from(canvas: skia.Canvas, image: skia.Image, place: tuple[int, int], area: skia.IRect) -> None:
    """Draw the part of a picture that begins at a place over an area of the canvas' pixels."""
    canvas.save()
    canvas.resetMatrix()
    canvas.clipRect(skia.Rect.Make(area))
    canvas.drawImage(image, area.left() - place[0], area.top() - place[1], NEAREST, picture_paint(1.0, 0, quick=True))
    canvas.restore()
