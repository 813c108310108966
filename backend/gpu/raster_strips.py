"""Gradients along an axis as pictures one pixel wide, with which Skia's quick code fills shapes: half the time."""

from __future__ import annotations

from typing import Final

import numpy as np
import skia

from backend.gpu.raster_paint import NEAREST, ShapePaint, picture_paint
from backend.gpu.raster_surface import shared_image

__all__ = ["strip_paint"]

_CLAMP: Final = skia.TileMode.kClamp


def strip_paint(canvas: skia.Canvas, shape: ShapePaint, like: skia.Paint) -> skia.Paint | None:
    """A paint like another, but with such a picture; None for what is no such gradient."""
    total = canvas.getTotalMatrix()
    if shape.axis == "" or shape.blend != 0 or not total.isScaleTranslate():
        return None
    key = (*total.get9(),)
    if shape.strip is None or shape.strip[0] != key:
        memory, shader = _strip(canvas, total, shape)
        shape.strip = (key, memory, shader)
    paint = picture_paint(like.getAlphaf(), 0, quick=True, Shader=shape.strip[2])
    paint.setStyle(like.getStyle())
    paint.setStrokeWidth(like.getStrokeWidth())
    paint.setStrokeCap(like.getStrokeCap())
    paint.setStrokeJoin(like.getStrokeJoin())
    return paint


def _strip(canvas: skia.Canvas, total: skia.Matrix, shape: ShapePaint) -> tuple[np.ndarray, skia.Shader]:
    """A gradient as a picture, and a shader over its memory that lies on the canvas' pixels whatever its transform."""
    size, inverse = canvas.getBaseLayerSize(), skia.Matrix()
    memory = np.zeros((1, size.width(), 4) if shape.axis == "x" else (size.height(), 1, 4), np.uint8)
    surface = skia.Surface(memory, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
    surface.getCanvas().concat(total)
    surface.getCanvas().drawPaint(shape.shader_alone())
    if not total.invert(inverse):
        inverse.reset()  # nothing that it fills is seen
    return memory, shared_image(memory).makeShader(_CLAMP, _CLAMP, NEAREST, inverse)
