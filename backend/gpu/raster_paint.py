"""Paints and paths: what `paint`, `solid`, the gradients and the shapes of a display list become in Skia.

Skia has two ways to fill on a CPU. The old one does plain pictures ("normal", nearest or linear, neither turned nor
tinted) and is quick; the other does everything, and in this build of Skia three times quicker with `Dither` than
without, which costs less than one step of 255. So dither is off where the old way can be gone, and on elsewhere.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import skia

from shared.scene.ops import BLENDS, CAPS, SAMPLINGS

__all__ = ["BLEND_MODES", "NEAREST", "SAMPLING_OPTIONS", "ShapePaint", "picture_paint", "shape_area", "shape_path"]

_SPELLED: Final = {"normal": "SrcOver"}
BLEND_MODES: Final = tuple(
    getattr(skia.BlendMode, "k" + _SPELLED.get(name, name.title().replace("-", ""))) for name in BLENDS
)
_SAMPLING: Final = {
    "nearest": skia.SamplingOptions(skia.FilterMode.kNearest),
    "linear": skia.SamplingOptions(skia.FilterMode.kLinear),
    "mipmap": skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear),
    "cubic": skia.SamplingOptions(skia.CubicResampler.Mitchell()),
}
SAMPLING_OPTIONS: Final = tuple(_SAMPLING[name] for name in SAMPLINGS)
NEAREST: Final = _SAMPLING["nearest"]
#: Pixels of the target that a line is wide at least; a thinner one is so wide and fainter instead. Up to one pixel Skia
#: draws hairlines, for which a GPU has a way of its own: 32 dB from the one here.
LEAST_WIDTH: Final = 1 + 1 / 64
_CAPS: Final = tuple(getattr(skia.Paint, f"k{name.title()}_Cap") for name in CAPS)


class ShapePaint:
    """The paint of shapes: set by ops, used by shapes until set anew."""

    def __init__(self) -> None:
        self._how: list[float] = [0.0, 0.0, 0.0, 0.0, 0.0]
        # Middle and radius of a radial gradient that ends clear.
        self._halo: list[float] = []
        self._color = skia.Color4f(0, 0, 0, 1)
        self._shader: skia.Shader | None = None
        self._made: skia.Paint | None = None
        #: Canvas pixels between the nearest two colours of a gradient that may be painted small; 0 for all else.
        self.spread = 0.0
        self._axis = ""
        #: The gradient as a picture (`raster_strips`): what it was made for, its memory, and it.
        self.strip: tuple[tuple[float, ...], np.ndarray, skia.Shader] | None = None

    def how(self, body: list[float]) -> None:
        """Op `paint`."""
        self._how, self._made = body, None

    def solid(self, body: list[float]) -> None:
        """Op `solid`."""
        self._shade(None, skia.Color4f(*body))

    def linear(self, body: list[float]) -> None:
        """Op `linear`."""
        colors, offsets = _stops(body[4:])
        ends = [skia.Point(body[0], body[1]), skia.Point(body[2], body[3])]
        self._shade(skia.GradientShader.MakeLinear(ends, colors, offsets), _last(body))
        self.spread = math.dist(body[:2], body[2:4]) * _nearest(offsets)
        self._axis = "x" if body[1] == body[3] else "y" if body[0] == body[2] else ""

    def radial(self, body: list[float]) -> None:
        """Op `radial`."""
        colors, offsets = _stops(body[3:])
        middle = skia.Point(body[0], body[1])
        shader = skia.GradientShader.MakeRadial(middle, body[2], colors, offsets) if body[2] > 0 else None
        self._shade(shader, _last(body))
        self.spread = body[2] * _nearest(offsets)
        self._halo = body[:3] if body[-1] == 0 else []

    def sweep(self, body: list[float]) -> None:
        """Op `sweep`."""
        colors, offsets = _stops(body[3:])
        x, y, start = body[:3]
        cos, sin = math.cos(start), math.sin(start)
        turned = skia.Matrix.MakeAll(cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, 0, 0, 1)
        self._shade(skia.GradientShader.MakeSweep(x, y, colors, offsets, localMatrix=turned), _last(body))

    @property
    def paint(self) -> skia.Paint:
        """The paint as the ops have set it."""
        if self._made is None:
            self._made = self._make(self._how[4])
        return self._made

    def line(self, size: float, *, closed: bool) -> skia.Paint:
        """The paint for a path, a canvas pixel being `size` of the target's wide. closed: without ends and caps."""
        stroke, width, cap = self._how[:3]
        share = width * size / LEAST_WIDTH if stroke and width > 0 else 1.0
        endless = closed and stroke and _CAPS[int(cap)] != skia.Paint.kButt_Cap
        if share >= 1 and not endless:
            return self.paint
        paint = skia.Paint(self.paint)
        if endless:
            paint.setStrokeCap(skia.Paint.kButt_Cap)
        if share < 1:
            paint.setStrokeWidth(width / share)
            paint.setAlphaf(paint.getAlphaf() * share)
        return paint

    @property
    def everywhere(self) -> skia.Paint:
        """The paint for the whole area, without blur: what covers everything looks the same blurred."""
        return self._make(0.0) if self._how[4] > 0 else self.paint

    def _make(self, sigma: float) -> skia.Paint:
        stroke, width, cap, blend = self._how[:4]
        # A new one each time, since nothing can be taken off a paint of skia-python.
        source = {} if self._shader is None else {"Shader": self._shader}
        paint = skia.Paint(AntiAlias=True, Dither=bool(source), BlendMode=BLEND_MODES[int(blend)], **source)
        if stroke:
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(width)
            paint.setStrokeCap(_CAPS[int(cap)])
            paint.setStrokeJoin(skia.Paint.kRound_Join)
        if self._shader is None:
            paint.setColor4f(self._color)
        if sigma > 0:
            paint.setMaskFilter(_blur(sigma))
        return paint

    def _shade(self, shader: skia.Shader | None, color: skia.Color4f) -> None:
        """A gradient, or a colour where there is none or it has no extent."""
        self._shader, self._color, self._made, self.spread = shader, color, None, 0.0
        self._halo, self._axis, self.strip = [], "", None

    @property
    def is_plain(self) -> bool:
        """Whether shapes are filled, and sharp."""
        return not self._how[0] and not self._how[4]

    @property
    def axis(self) -> str:
        """Along which axis of the canvas a sharp linear gradient runs, "x" or "y"; "" for all else."""
        return "" if self._how[4] else self._axis

    def is_halo(self, name: str, body: list[float]) -> bool:
        """Whether a shape is a circle filled with a gradient that ends clear at its edge or before it."""
        return self.is_plain and bool(self._halo) and name == "circles" and _holds(body, self._halo)

    def shader_alone(self) -> skia.Paint:
        """The gradient as it is, in place of what is there."""
        return skia.Paint(Shader=self._shader, BlendMode=skia.BlendMode.kSrc)

    @property
    def blend(self) -> float:
        """The number of its blend mode."""
        return self._how[3]


def picture_paint(opacity: float, blend: float, *, quick: bool, **more: Any) -> skia.Paint:
    """A paint for pictures. quick: where dither would be in the way (see above).

    Shaders and filters come by `more`: skia-python's `setShader` writes a picture out and reads it back (0.1 s).
    """
    mode = BLEND_MODES[int(blend)]
    return skia.Paint(AntiAlias=True, Dither=not quick, Alphaf=opacity, BlendMode=mode, **more)


def _holds(circle: list[float], other: list[float]) -> bool:
    """Whether one circle, alone, has the middle of another and is as large."""
    return len(circle) == 3 and circle[:2] == other[:2] and circle[2] >= other[2] * (1 - 1e-6)


def _nearest(offsets: list[float]) -> float:
    """The least distance between neighbours, 0 where two are one: such an edge must stay sharp."""
    return min((after - before for before, after in itertools.pairwise(offsets)), default=1.0)


def _last(body: list[float]) -> skia.Color4f:
    return skia.Color4f(*body[-4:])


@functools.lru_cache(maxsize=64)
def _blur(sigma: float) -> skia.MaskFilter:
    return skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, sigma, True)


def _stops(rows: list[float]) -> tuple[list[int], list[float]]:
    if not rows:
        raise ValueError("a gradient has no colours")
    channels = [[min(255, max(0, math.floor(one * 255 + 0.5))) for one in rows[at::5]] for at in range(1, 5)]
    colors = [a << 24 | r << 16 | g << 8 | b for r, g, b, a in zip(*channels, strict=True)]
    return colors, rows[::5]


def shape_path(name: str, body: list[float]) -> skia.Path:
    """The path of a shape op: all rows as one."""
    builder = skia.PathBuilder()
    _SHAPES[name](builder, body)
    return builder.detach()


def shape_area(name: str, body: list[float]) -> float:
    """Square canvas pixels that a shape of one row covers, or a polygon; 0 for what is not worth to be known."""
    match name:
        case "rects" if len(body) == 5:
            return abs(body[3] * body[4])
        case "circles" if len(body) == 3:
            return math.pi * body[2] ** 2
        case "polygon":
            x, y = body[1::2], body[2::2]
            return abs(sum(x[at - 1] * y[at] - x[at] * y[at - 1] for at in range(len(x)))) / 2
    return 0.0


def _rects(builder: skia.PathBuilder, body: list[float]) -> None:
    radius, box = body[0], skia.Rect.MakeXYWH
    boxes = zip(body[1::4], body[2::4], body[3::4], body[4::4], strict=True)
    if radius > 0:
        add, rounded = builder.addRRect, skia.RRect.MakeRectXY
        for x, y, width, height in boxes:
            add(rounded(box(x, y, width, height), radius, radius))
    else:
        move, line, close = builder.moveTo, builder.lineTo, builder.close
        for x, y, width, height in boxes:
            move(x, y)
            line(x + width, y)
            line(x + width, y + height)
            line(x, y + height)
            close()


def _segments(builder: skia.PathBuilder, body: list[float]) -> None:
    move, line = builder.moveTo, builder.lineTo
    for x0, y0, x1, y1 in zip(body[::4], body[1::4], body[2::4], body[3::4], strict=True):
        move(x0, y0)
        line(x1, y1)


def _circles(builder: skia.PathBuilder, body: list[float]) -> None:
    add = builder.addCircle
    for x, y, radius in zip(body[::3], body[1::3], body[2::3], strict=True):
        add(x, y, radius)


def _polygon(builder: skia.PathBuilder, body: list[float]) -> None:
    points = zip(body[1::2], body[2::2], strict=True)
    first = next(points, None)
    if first is None:
        return
    builder.moveTo(*first)
    line = builder.lineTo
    for x, y in points:
        line(x, y)
    if body[0]:
        builder.close()


def _curve(builder: skia.PathBuilder, body: list[float]) -> None:
    pieces = zip(body[1::6], body[2::6], body[3::6], body[4::6], body[5::6], body[6::6], strict=True)
    first = next(pieces, None)
    if first is None:
        return
    builder.moveTo(*first[4:])
    cubic = builder.cubicTo
    for piece in pieces:
        cubic(*piece)
    if body[0]:
        builder.close()


_SHAPES: Final[dict[str, Callable[[skia.PathBuilder, list[float]], None]]] = {
    "rects": _rects,
    "segments": _segments,
    "circles": _circles,
    "polygon": _polygon,
    "curve": _curve,
}
