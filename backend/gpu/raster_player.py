"""Plays one display list on one canvas: what each op of `shared.scene.ops` does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import skia

from backend.gpu.raster_letters import draw_letters, mipmap_level
from backend.gpu.raster_paint import (
    BLEND_MODES,
    NEAREST,
    SAMPLING_OPTIONS,
    ShapePaint,
    picture_paint,
    shape_area,
    shape_path,
)
from backend.gpu.raster_resources import Pictures
from backend.gpu.raster_sheets import MAX_DIVISOR, Kept, Region, Sheets
from backend.gpu.raster_strips import strip_paint
from backend.gpu.raster_surface import shared_image
from shared.errors import KeylightError
from shared.scene.ops import BLENDS, OPS, OPS_BY_NAME, SAMPLINGS

__all__ = ["Player"]

_DEGREES: Final = 180 / math.pi
_NEAREST, _LINEAR, _MIPMAP = (float(SAMPLINGS.index(name)) for name in ("nearest", "linear", "mipmap"))
_PLUS: Final = float(BLENDS.index("plus"))
_CACHED: Final = float(OPS_BY_NAME["cached"].code)
_BY_CODE: Final = {float(op.code): op for op in OPS}
#: Pixels between two colours of a gradient from which on it looks the same when it is painted so much smaller.
_SMOOTH: Final = ((512.0, 8), (80.0, 4))
#: Pixels of the target from which on it is quicker to paint small and make that larger.
_MANY: Final = 600_000
_LARGE: Final = 200_000
_FEW: Final = 20_000
_MANY_SPRITES: Final = 400_000
#: A sprite that is larger than this is not seen whole.
_FAR_SIDE: Final = 64.0
_ALIKE: Final = 1e-3

#: Paints a nested list on a canvas of 1/divisor of the target's size.
_Nested = Callable[[skia.Canvas, np.ndarray, int], None]


class Player:
    """The paint and the stack as they are while a list is played.

    divisor: the canvas is 1/divisor of the target; scale: target pixels per canvas pixel; main: it is the frame itself.
    """

    def __init__(
        self,
        canvas: skia.Canvas,
        pictures: Pictures,
        sheets: Sheets,
        nested: _Nested,
        divisor: int,
        scale: float,
        *,
        main: bool,
    ) -> None:
        self._canvas, self._pictures, self._sheets, self._nested = canvas, pictures, sheets, nested
        self._divisor, self._scale, self._main = divisor, scale, main
        self._shape = ShapePaint()
        # What each push was: a transform, a clip, a layer.
        self._stack: list[str] = []
        self._plain = canvas.getTotalMatrix().get9()

    def play(self, floats: np.ndarray) -> None:
        """Every op in order. Raises `KeylightError` where the floats are no display list."""
        at, size = 0, floats.size
        while at < size:
            op = _BY_CODE.get(float(floats[at]))
            count = int(floats[at + 1]) if at + 1 < size else -1
            end = at + 2 + count
            if op is None or count < len(op.head) or end > size:
                raise KeylightError(f"Expected an op with all its floats at place {at} of a display list of {size}.")
            rows = count - len(op.head)
            if rows and (not op.row or rows % len(op.row)):
                raise KeylightError(f"Expected whole rows of {len(op.row)} floats for {op.name!r} at place {at}.")
            body = floats[at + 2 : end]
            try:
                if op.name == "cached":
                    end = self._cached_run(floats, at, end)
                elif op.name in _ARRAYS:
                    _ARRAYS[op.name](self, body)
                else:
                    _LISTS[op.name](self, body.tolist())
            except KeylightError:
                raise
            except (ArithmeticError, LookupError, ValueError) as failure:
                raise KeylightError(f"{op.name!r} at place {at} makes no sense: expected {failure}.") from failure
            at = end

    # How, with what, and shapes.

    def _clear(self, body: list[float]) -> None:
        self._canvas.clear(skia.Color4f(*body))

    def _how(self, body: list[float]) -> None:
        self._shape.how(body)

    def _solid(self, body: list[float]) -> None:
        self._shape.solid(body)

    def _linear(self, body: list[float]) -> None:
        self._shape.linear(body)

    def _radial(self, body: list[float]) -> None:
        self._shape.radial(body)

    def _sweep(self, body: list[float]) -> None:
        self._shape.sweep(body)

    def _fill(self, _: list[float]) -> None:
        strip = strip_paint(self._canvas, self._shape, self._shape.everywhere) if self._sheets.on_cpu else None
        if strip is not None:
            self._canvas.drawPaint(strip)
        elif not self._fill_small():
            self._canvas.drawPaint(self._shape.everywhere)

    def _fill_small(self) -> bool:
        """A smooth gradient, painted small and made larger: a quarter of the time."""
        total = self._canvas.getTotalMatrix()
        factor = self._smooth(total)
        if factor == 1:
            return False
        paint = self._gradient(total)
        self._sheets.draw_grown(self._canvas, factor, self._shape.blend, self._region(), paint)
        return True

    def _smooth(self, total: skia.Matrix) -> int:
        """By how much smaller the gradient of the paint may be painted."""
        if not self._shape.spread or not self._quick:
            return 1
        spread = self._shape.spread * total.mapRadius(1.0)
        return next((factor for least, factor in _SMOOTH if spread >= least), 1)

    def _gradient(self, total: skia.Matrix) -> Callable[[skia.Canvas], None]:
        def paint(canvas: skia.Canvas) -> None:
            canvas.concat(total)
            canvas.drawPaint(self._shape.shader_alone())

        return paint

    def _draw_shape(self, name: str, body: list[float]) -> None:
        path = shape_path(name, body)
        upright = self._shape.axis and self._canvas.getTotalMatrix().isScaleTranslate()
        if self._quick and (
            self._draw_halo(name, body, path) or (not upright and self._draw_with_picture(name, body, path))
        ):
            return
        is_closed = name in ("polygon", "curve") and bool(body) and body[0] != 0
        size = self._canvas.getTotalMatrix().mapRadius(1.0)
        paint = self._shape.line(size, closed=is_closed)
        strip = strip_paint(self._canvas, self._shape, paint) if self._sheets.on_cpu else None
        self._canvas.drawPath(path, strip or paint)

    def _draw_halo(self, name: str, body: list[float], path: skia.Path) -> bool:
        """A circle that ends clear, thus has no edge, painted small and made larger, where that is quicker."""
        total, region = self._canvas.getTotalMatrix(), self._region()
        if self._shape.blend not in (0, _PLUS) or region is None or not self._shape.is_halo(name, body):
            return False
        factor, bounds = self._smooth(total), self._within(total.mapRect(path.getBounds()))
        if factor == 1 or bounds is None or (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) < _LARGE:
            return False
        paint = self._gradient(total)
        self._sheets.draw_grown(self._canvas, factor, self._shape.blend, region, paint, bounds)
        return True

    def _within(self, box: skia.Rect) -> Region | None:
        """Pixels of the frame in which a box lies that are drawn in; None where there are none."""
        seen = skia.Rect.MakeLTRB(*self._canvas.getDeviceClipBounds())
        if not seen.intersect(box):
            return None
        around = seen.roundOut()
        return around.left(), around.top(), around.right(), around.bottom()

    def _draw_with_picture(self, name: str, body: list[float], path: skia.Path) -> bool:
        """A large shape filled with a picture of its gradient, which is quicker than the gradient itself."""
        if not self._shape.spread or not self._shape.is_plain or self._shape.blend != 0:
            return False
        total = self._canvas.getTotalMatrix()
        factor = self._smooth(total)
        if factor == 1 or shape_area(name, body) * total.mapRadius(1.0) ** 2 < _LARGE:
            return False
        # In the target's pixels, so that Skia sees that the picture's lie on them.
        placed = skia.Path(path)
        placed.transform(total)
        # Elsewhere than in the frame itself a clip may count from another corner.
        box = self._within(placed.getBounds()) if self._main and "layer" not in self._stack else None
        grown = self._sheets.grown(factor, self._gradient(total), box)
        clamp = skia.TileMode.kClamp
        place = skia.Matrix.Translate(grown.left, grown.top)
        shader = shared_image(grown.pixels).makeShader(clamp, clamp, NEAREST, place)
        self._canvas.save()
        self._canvas.resetMatrix()
        self._canvas.drawPath(placed, picture_paint(1.0, 0, quick=True, Shader=shader))
        self._canvas.restore()
        return True

    # Pictures.

    def _image(self, body: list[float]) -> None:
        self._place(self._pictures.image(body[0]), body[1:], body[0])

    def _video(self, body: list[float]) -> None:
        self._place(self._pictures.frame(body[0], body[1]), body[2:])

    def _place(self, image: skia.Image | None, body: list[float], number: float | None = None) -> None:
        x, y, width, height, rotation, opacity, blend, sampling = body
        if image is None or opacity <= 0:
            return
        canvas = self._canvas
        canvas.save()
        canvas.translate(x, y)
        if rotation:
            canvas.rotate(rotation * _DEGREES)
        canvas.scale(width / image.width(), height / image.height())
        canvas.translate(-image.width() / 2, -image.height() / 2)
        mipmapped = number is not None and sampling == _MIPMAP and blend == 0 and opacity >= 1
        if not (mipmapped and self._sheets.on_cpu and self._draw_levels(number, image)):
            self._draw_image(image, opacity, blend, sampling)
        canvas.restore()

    def _draw_levels(self, number: float | None, image: skia.Image) -> bool:
        """An opaque picture made smaller: the finer of two mipmaps, and the coarser one over it as far as it counts.

        That is what linear sampling of mipmaps is, in a third of the time.
        """
        total = self._canvas.getTotalMatrix()
        level = mipmap_level(total)
        area = image.width() * image.height() * abs(total.getScaleX() * total.getScaleY())
        if number is None or not total.isScaleTranslate() or level == 0 or area < _FEW:
            return False
        levels = self._pictures.levels(number)
        fine, share = divmod(level, 1.0)
        if len(levels) < fine + 2:
            return False
        for coarser, opacity in ((levels[int(fine)], 1.0), (levels[int(fine) + 1], share)):
            self._canvas.save()
            self._canvas.scale(image.width() / coarser.width(), image.height() / coarser.height())
            paint = picture_paint(opacity, 0, quick=True)
            self._canvas.drawImage(coarser, 0, 0, SAMPLING_OPTIONS[int(_LINEAR)], paint)
            self._canvas.restore()
        return True

    def _draw_image(self, image: skia.Image, opacity: float, blend: float, sampling: float) -> None:
        """A picture at the origin, one of its pixels a unit wide."""
        total = self._canvas.getTotalMatrix()
        straight = total.isScaleTranslate()
        if sampling == _MIPMAP and straight and mipmap_level(total) == 0:
            sampling = _LINEAR
        if sampling == _LINEAR and straight and _on_pixels(total):
            sampling = _NEAREST
        quick = blend == 0 and straight and sampling in (_NEAREST, _LINEAR)
        paint = picture_paint(opacity, blend, quick=quick)
        self._canvas.drawImage(image, 0, 0, SAMPLING_OPTIONS[int(sampling)], paint)

    def _sprites(self, body: np.ndarray) -> None:
        image = self._pictures.image(float(body[0]))
        rows = body[2:].reshape(-1, 8)
        if image is None or not len(rows):
            return
        total = self._canvas.getTotalMatrix()
        size = total.mapRadius(1.0)
        blend = float(body[1])
        far = rows[:, 2] * size >= 2
        sides = np.minimum(rows[far, 2].astype(np.float64) * size, _FAR_SIDE)
        area = float(np.square(sides).sum()) * image.width() * image.height()
        if not self._quick or area < _MANY_SPRITES or not (far.all() or blend == _PLUS):
            self._draw_sprites(self._canvas, image, rows, blend)
            return
        strength = min(1.0, float((rows[far, 7] * rows[far, 4:7].max(axis=1)).max()))
        factor = self._pictures.shrinks(float(body[0]), float(sides.min()), strength)
        if factor == 1:
            self._draw_sprites(self._canvas, image, rows, blend)
            return
        if not far.all():
            self._draw_sprites(self._canvas, image, rows[~far], blend)

        def paint(canvas: skia.Canvas) -> None:
            canvas.concat(total)
            self._draw_sprites(canvas, image, rows[far], blend)

        self._sheets.draw_grown(self._canvas, factor, blend, self._region(), paint)

    @staticmethod
    def _draw_sprites(canvas: skia.Canvas, image: skia.Image, rows: np.ndarray, blend: float) -> None:
        width, height = image.width(), image.height()
        cos, sin = rows[:, 2] * np.cos(rows[:, 3]), rows[:, 2] * np.sin(rows[:, 3])
        left = rows[:, 0] - (cos * width - sin * height) / 2
        top = rows[:, 1] - (sin * width + cos * height) / 2
        places = list(map(skia.RSXform, cos.tolist(), sin.tolist(), left.tolist(), top.tolist()))
        steps = np.floor(np.clip(rows[:, 4:], 0, 1) * 255 + 0.5).astype(np.uint32)
        colors = steps[:, 3] << 24 | steps[:, 0] << 16 | steps[:, 1] << 8 | steps[:, 2]
        canvas.drawAtlas(
            image,
            places,
            [skia.Rect.MakeWH(width, height)] * len(rows),
            colors.tolist(),
            skia.BlendMode.kModulate,
            SAMPLING_OPTIONS[int(_LINEAR)],
            None,
            picture_paint(1.0, blend, quick=False),
        )

    def _text(self, body: list[float]) -> None:
        number, x, y, scale, rotation, red, green, blue, alpha, blend = body
        text = self._pictures.text(number)
        if alpha <= 0 or text.ink is None:
            return
        canvas = self._canvas
        canvas.save()
        canvas.translate(x, y)
        if rotation:
            canvas.rotate(rotation * _DEGREES)
        canvas.scale(scale / text.scale, scale / text.scale)
        canvas.translate(-(text.width / 2 + text.margin) * text.scale, -(text.height / 2 + text.margin) * text.scale)
        if blend != 0 or not self._draw_letters(number, [red, green, blue, alpha]):
            color = skia.Color4f(red, green, blue, alpha).toColor()
            tint = skia.ColorFilters.Blend(color, skia.BlendMode.kModulate)
            paint = picture_paint(1.0, blend, quick=False, Shader=text.shader, ColorFilter=tint)
            canvas.drawRect(text.ink, paint)
        canvas.restore()

    def _draw_letters(self, number: float, color: list[float]) -> bool:
        """A text that is neither turned nor mirrored, in the quick way; whether it was drawn."""
        total = self._canvas.getTotalMatrix()
        straight = total.isScaleTranslate() and total.getScaleX() > 0 and total.getScaleY() > 0
        if not self._quick or "layer" in self._stack or not straight:
            return False
        clip = self._canvas.getDeviceClipBounds()
        seen = (clip.left(), clip.top(), clip.right(), clip.bottom())
        return draw_letters(self._canvas, self._pictures, self._sheets, number, color, seen)

    def _tile(self, body: list[float]) -> None:
        number, x, y, scale, opacity, blend, sampling = body
        image = self._pictures.image(number)
        if image is None or opacity <= 0 or scale <= 0:
            return
        place = skia.Matrix.MakeAll(scale, 0, x, 0, scale, y, 0, 0, 1)
        repeat = skia.TileMode.kRepeat
        quick = blend == 0 and sampling in (_NEAREST, _LINEAR) and self._canvas.getTotalMatrix().isScaleTranslate()
        shader = image.makeShader(repeat, repeat, SAMPLING_OPTIONS[int(sampling)], place)
        self._canvas.drawPaint(picture_paint(opacity, blend, quick=quick, Shader=shader))

    # Stack.

    def _transform(self, body: list[float]) -> None:
        self._push("transform")
        a, b, c, d, e, f = body
        self._canvas.concat(skia.Matrix.MakeAll(a, c, e, b, d, f, 0, 0, 1))

    def _clip_rect(self, body: list[float]) -> None:
        x, y, width, height, radius = body
        box = skia.Rect.MakeXYWH(x, y, width, height)
        self._push("clip")
        if radius > 0:
            self._canvas.clipRRect(skia.RRect.MakeRectXY(box, radius, radius), skia.ClipOp.kIntersect, True)
        else:
            self._canvas.clipRect(box, skia.ClipOp.kIntersect, True)

    def _clip_circle(self, body: list[float]) -> None:
        self._clip(shape_path("circles", body))

    def _clip_polygon(self, body: list[float]) -> None:
        self._clip(shape_path("polygon", [1.0, *body]))

    def _clip(self, path: skia.Path) -> None:
        self._push("clip")
        self._canvas.clipPath(path, skia.ClipOp.kIntersect, True)

    def _layer(self, body: list[float]) -> None:
        self._open(body)

    def _layer_color(self, body: list[float]) -> None:
        self._open(body, ColorFilter=skia.ColorFilters.Matrix(body[2:]))

    def _layer_blur(self, body: list[float]) -> None:
        sigma = body[2]
        blur = {"ImageFilter": skia.ImageFilters.Blur(sigma, sigma, skia.TileMode.kDecal)} if sigma > 0 else {}
        self._open(body, **blur)

    def _open(self, body: list[float], **more: Any) -> None:
        self._stack.append("layer")
        self._canvas.saveLayer(None, skia.Paint(Alphaf=body[0], BlendMode=BLEND_MODES[int(body[1])], **more))

    def _push(self, what: str) -> None:
        self._stack.append(what)
        self._canvas.save()

    def _restore(self, _: list[float]) -> None:
        if not self._stack:
            raise ValueError("something open")
        self._stack.pop()
        self._canvas.restore()

    # Nested.

    def _cached_run(self, floats: np.ndarray, at: int, end: int) -> int:
        """Draw the cached picture from `at` to `end`, and those that follow it, as one; answers where the last ends.

        Each that is clear in parts takes its time, and Skia's CPU code rounds down what it covers.
        """
        bodies = [floats[at + 2 : end]]
        while end + 2 < floats.size and floats[end] == _CACHED and floats[end + 1] >= 1:
            last, end = end, end + 2 + int(floats[end + 1])
            if end > floats.size:
                end = last
                break
            bodies.append(floats[last + 2 : end])
        if len(bodies) == 1:
            kept = self._kept(bodies[0])
        else:

            def paint(canvas: skia.Canvas) -> None:
                for one in map(self._kept, bodies):
                    canvas.drawImage(one.image, one.left, one.top, NEAREST, picture_paint(1.0, 0, quick=True))

            kept = self._sheets.cached(tuple(float(body[0]) for body in bodies), self._divisor, paint)
        self._draw_whole(kept, 1.0, 0.0, _LINEAR)
        return end

    def _kept(self, body: np.ndarray) -> Kept:
        divisor = self._divisor
        return self._sheets.cached(float(body[0]), divisor, lambda canvas: self._nested(canvas, body[1:], divisor))

    def _offscreen(self, body: np.ndarray) -> None:
        divisor = min(MAX_DIVISOR, max(1, int(body[1])))
        self._sheets.paint_slot(float(body[0]), divisor, lambda canvas: self._nested(canvas, body[2:], divisor))

    def _stamp(self, body: list[float]) -> None:
        slot, *matrix, opacity, blend, sampling = body
        kept = self._sheets.slot(slot)
        if opacity <= 0:
            return
        if matrix == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]:
            self._draw_whole(kept, opacity, blend, sampling)
            return
        self._transform(matrix)
        self._draw_whole(kept, opacity, blend, sampling)
        self._restore([])

    def _draw_whole(self, kept: Kept, opacity: float, blend: float, sampling: float) -> None:
        """A picture of 1/divisor of the target's size over the whole canvas' area."""
        if "transform" not in self._stack:
            self._sheets.draw_still(self._canvas, kept, self._divisor, opacity, blend, sampling, self._region())
            return
        level = self._canvas.save()
        self._canvas.scale(kept.divisor / self._scale, kept.divisor / self._scale)
        self._canvas.translate(kept.left, kept.top)
        if not self._draw_soft(kept, opacity, blend, sampling):
            self._draw_image(kept.image, opacity, blend, sampling)
        self._canvas.restoreToCount(level)

    def _draw_soft(self, kept: Kept, opacity: float, blend: float, sampling: float) -> bool:
        """A soft picture at the origin, painted small and made larger, where that is quicker."""
        total = self._canvas.getTotalMatrix()
        size = total.mapRadius(1.0)
        area = kept.image.width() * kept.image.height() * size * size
        plain = blend == 0 and sampling == _LINEAR and total.isScaleTranslate()
        if not self._quick or plain or sampling == _NEAREST or area < _MANY:
            return False
        factor = kept.shrinks(round(size, 1))
        if factor == 1:
            return False

        def paint(canvas: skia.Canvas) -> None:
            canvas.concat(total)
            dress = picture_paint(opacity, 0, quick=False)
            canvas.drawImage(kept.image, 0, 0, SAMPLING_OPTIONS[int(sampling)], dress)

        self._sheets.draw_grown(self._canvas, factor, blend, self._region(), paint)
        return True

    @property
    def _quick(self) -> bool:
        """Whether pictures of the canvas' size may be painted small and made larger."""
        return self._divisor == 1 and self._sheets.on_cpu

    def _region(self) -> Region | None:
        """The part of the frame's own memory that is drawn in, where nothing lies between."""
        if not self._main or "layer" in self._stack or not self._canvas.isClipRect():
            return None
        clip = self._canvas.getDeviceClipBounds()
        return clip.left(), clip.top(), clip.right(), clip.bottom()


def _on_pixels(total: skia.Matrix) -> bool:
    """Whether pixels lie on pixels, mirrored or not."""
    places = (total.getTranslateX(), total.getTranslateY())
    sides = (abs(total.getScaleX()) - 1, abs(total.getScaleY()) - 1)
    return all(abs(one - round(one)) < _ALIKE for one in places) and all(abs(one) * 1e4 < _ALIKE * 1e3 for one in sides)


def _shape(name: str) -> Callable[[Player, list[float]], None]:
    def draw(self: Player, body: list[float]) -> None:
        self._draw_shape(name, body)

    return draw


_LISTS: Final[dict[str, Callable[[Player, list[float]], None]]] = {
    "clear": Player._clear,
    "paint": Player._how,
    "solid": Player._solid,
    "linear": Player._linear,
    "radial": Player._radial,
    "sweep": Player._sweep,
    "fill": Player._fill,
    **{name: _shape(name) for name in ("rects", "segments", "circles", "polygon", "curve")},
    "image": Player._image,
    "text": Player._text,
    "tile": Player._tile,
    "video": Player._video,
    "transform": Player._transform,
    "clip_rect": Player._clip_rect,
    "clip_circle": Player._clip_circle,
    "clip_polygon": Player._clip_polygon,
    "layer": Player._layer,
    "layer_color": Player._layer_color,
    "layer_blur": Player._layer_blur,
    "restore": Player._restore,
    "stamp": Player._stamp,
}
#: Those whose floats stay an array: they are many, or are not looked at.
_ARRAYS: Final[dict[str, Callable[[Player, np.ndarray], None]]] = {
    "sprites": Player._sprites,
    "offscreen": Player._offscreen,
}
