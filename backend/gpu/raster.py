"""The server's painter: plays a display list (`shared.scene.ops`) with Skia, as the page's does with CanvasKit.

Skia keeps Python's lock while it draws: draw in processes, not in threads. `Dither` is set where a paint has a shader
or a picture: it has Skia's CPU code here take its quick way (a full gradient at 1080p takes 13 ms, not 41), and costs
less than one step of 255 in a channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import skia

from backend.gpu.media import MediaShelf
from backend.gpu.raster_paint import BLEND_MODES, SAMPLING_OPTIONS, ShapePaint, shape_path
from backend.gpu.raster_resources import Pictures
from backend.gpu.raster_shelf import Shelf
from backend.gpu.raster_surface import open_surfaces
from shared.errors import KeylightError
from shared.scene.facts import TextSize
from shared.scene.ops import OPS, OPS_BY_NAME
from shared.scene.resources import Resources, TextSpec

__all__ = ["Raster"]

#: Bytes for pictures of `cached` lists: seven at 4K.
_CACHED_ROOM: Final = 256 * 2**20
_DEGREES: Final = 180 / math.pi
_MAX_DIVISOR: Final = 4096
#: Deeper nesting is a list that holds itself.
_MAX_DEPTH: Final = 32

_BY_CODE: Final = {float(op.code): op for op in OPS}
_CLEAR: Final = OPS_BY_NAME["clear"].code
_SHAPES: Final = ("rects", "segments", "circles", "polygon", "curve")

_Handler = Callable[["_Pass", list[float]], None]


class Raster:
    """Plays lists of one scene at one size.

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
        self._width, self._height = size
        self._scale = size[0] / canvas[0]
        self._surfaces = open_surfaces(*size, gl=gl)
        self.words = self._surfaces.words
        self._lettering = media.lettering(fonts)
        self._pictures = Pictures(resources, media, self._lettering, self._scale)
        self._cached: Shelf[skia.Image] = Shelf(_CACHED_ROOM)
        self._offscreen: dict[tuple[float, int], skia.Surface] = {}
        self._slots: dict[float, tuple[skia.Image, int]] = {}

    def play(self, floats: np.ndarray) -> np.ndarray:
        """Draw a list, float32 [n]: uint8 [height, width, 4], BGRA premultiplied, good until the next call.

        Raises `KeylightError`, which names the op and its place, where the floats are no display list.
        """
        self._cached.turn()
        self._pictures.turn()
        if not np.isfinite(floats).all():
            floats = np.nan_to_num(floats, nan=0.0, posinf=1e6, neginf=-1e6)
        canvas = self._surfaces.surface.getCanvas()
        if not floats.size or floats[0] != _CLEAR:
            canvas.clear(0)
        try:
            self._paint(canvas, floats, 1, 0)
        finally:
            self._slots.clear()
        return self._surfaces.pixels()

    def measure(self, spec: TextSpec) -> TextSize:
        """A text's size in canvas pixels."""
        return self._lettering.measure(spec)

    def close(self) -> None:
        """Give memory and GPU back."""
        self._slots.clear()
        self._offscreen.clear()
        self._cached.clear()
        self._pictures.clear()
        self._surfaces.close()

    def _paint(self, canvas: skia.Canvas, floats: np.ndarray, divisor: int, depth: int) -> None:
        """A list on a surface of 1/divisor of the target's size."""
        if depth > _MAX_DEPTH:
            raise KeylightError(f"Expected lists within lists at most {_MAX_DEPTH} deep.")
        level = canvas.save()
        canvas.scale(self._scale / divisor, self._scale / divisor)
        try:
            _Pass(self, canvas, divisor, depth).play(floats)
        finally:
            canvas.restoreToCount(level)


class _Pass:
    """One list on one canvas: the paint and the stack as they are while it is played."""

    def __init__(self, raster: Raster, canvas: skia.Canvas, divisor: int, depth: int) -> None:
        self._raster, self._canvas, self._divisor, self._depth = raster, canvas, divisor, depth
        self._pictures = raster._pictures
        self._shape = ShapePaint()
        # For each push whether it was a transform.
        self._stack: list[bool] = []

    def play(self, floats: np.ndarray) -> None:
        at, size = 0, floats.size
        while at < size:
            code = float(floats[at])
            op = _BY_CODE.get(code)
            count = int(floats[at + 1]) if at + 1 < size else -1
            end = at + 2 + count
            if op is None or count < len(op.head) or end > size:
                raise KeylightError(f"Expected an op with all its floats at place {at} of a display list of {size}.")
            rows = count - len(op.head)
            if rows and (not op.row or rows % len(op.row)):
                raise KeylightError(f"Expected whole rows of {len(op.row)} floats for {op.name!r} at place {at}.")
            try:
                if op.name in _ARRAYS:
                    _ARRAYS[op.name](self, floats[at + 2 : end])
                else:
                    _HANDLERS[op.name](self, floats[at + 2 : end].tolist())
            except (ArithmeticError, LookupError, TypeError, ValueError) as failure:
                if isinstance(failure, KeylightError):
                    raise
                raise KeylightError(f"Expected {op.name!r} at place {at} to make sense: {failure}.") from failure
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
        self._canvas.drawPaint(self._shape.everywhere)

    # Pictures.

    def _image(self, body: list[float]) -> None:
        self._place(self._pictures.image(body[0]), body[1:])

    def _video(self, body: list[float]) -> None:
        self._place(self._pictures.frame(body[0], body[1]), body[2:])

    def _place(self, image: skia.Image | None, body: list[float]) -> None:
        x, y, width, height, rotation, opacity, blend, sampling = body
        if image is None or opacity <= 0:
            return
        canvas, paint = self._canvas, self._dressed(opacity, blend)
        box = skia.Rect.MakeXYWH(-width / 2, -height / 2, width, height)
        canvas.save()
        canvas.translate(x, y)
        if rotation:
            canvas.rotate(rotation * _DEGREES)
        canvas.drawImageRect(image, box, SAMPLING_OPTIONS[int(sampling)], paint)
        canvas.restore()

    def _sprites(self, body: np.ndarray) -> None:
        image = self._pictures.image(body[0])
        rows = body[2:].reshape(-1, 8)
        if image is None or not len(rows):
            return
        half_width, half_height = image.width() / 2, image.height() / 2
        cos, sin = rows[:, 2] * np.cos(rows[:, 3]), rows[:, 2] * np.sin(rows[:, 3])
        left = rows[:, 0] - half_width * cos + half_height * sin
        top = rows[:, 1] - half_width * sin - half_height * cos
        places = list(map(skia.RSXform, cos.tolist(), sin.tolist(), left.tolist(), top.tolist()))
        steps = np.rint(np.clip(rows[:, 4:], 0, 1) * 255).astype(np.uint32)
        colors = steps[:, 3] << 24 | steps[:, 0] << 16 | steps[:, 1] << 8 | steps[:, 2]
        self._canvas.drawAtlas(
            image,
            places,
            [skia.Rect.MakeWH(image.width(), image.height())] * len(rows),
            colors.tolist(),
            skia.BlendMode.kModulate,
            SAMPLING_OPTIONS[1],
            None,
            self._dressed(1.0, float(body[1])),
        )

    def _text(self, body: list[float]) -> None:
        number, x, y, scale, rotation, red, green, blue, alpha, blend = body
        if alpha <= 0:
            return
        text = self._pictures.text(number)
        paint = self._dressed(1.0, blend)
        tint = skia.ColorFilters.Blend(skia.Color4f(red, green, blue, alpha).toColor(), skia.BlendMode.kModulate)
        paint.setColorFilter(tint)
        canvas = self._canvas
        canvas.save()
        canvas.translate(x, y)
        if rotation:
            canvas.rotate(rotation * _DEGREES)
        canvas.scale(scale / text.scale, scale / text.scale)
        left = (-text.width / 2 - text.margin) * text.scale
        top = (-text.height / 2 - text.margin) * text.scale
        canvas.drawImage(text.image, left, top, SAMPLING_OPTIONS[2], paint)
        canvas.restore()

    def _tile(self, body: list[float]) -> None:
        number, x, y, scale, opacity, blend, sampling = body
        image = self._pictures.image(number)
        if image is None or opacity <= 0 or not scale:
            return
        place = skia.Matrix.Translate(x, y).preScale(scale, scale)
        repeat = skia.TileMode.kRepeat
        paint = self._dressed(opacity, blend)
        paint.setShader(image.makeShader(repeat, repeat, SAMPLING_OPTIONS[int(sampling)], place))
        self._canvas.drawPaint(paint)

    # Stack.

    def _transform(self, body: list[float]) -> None:
        self._push(True)
        self._canvas.concat(_matrix(*body))

    def _clip_rect(self, body: list[float]) -> None:
        x, y, width, height, radius = body
        box = skia.Rect.MakeXYWH(x, y, width, height)
        self._push(False)
        if radius > 0:
            self._canvas.clipRRect(skia.RRect.MakeRectXY(box, radius, radius), skia.ClipOp.kIntersect, True)
        else:
            self._canvas.clipRect(box, skia.ClipOp.kIntersect, True)

    def _clip_circle(self, body: list[float]) -> None:
        self._clip(skia.PathBuilder().addCircle(*body).detach())

    def _clip_polygon(self, body: list[float]) -> None:
        self._clip(shape_path("polygon", [1.0, *body]))

    def _clip(self, path: skia.Path) -> None:
        self._push(False)
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
        self._stack.append(False)
        self._canvas.saveLayer(None, skia.Paint(Alphaf=body[0], BlendMode=BLEND_MODES[int(body[1])], **more))

    def _push(self, transforms: bool) -> None:
        self._stack.append(transforms)
        self._canvas.save()

    def _restore(self, _: list[float]) -> None:
        if not self._stack:
            raise ValueError("nothing is open")
        self._stack.pop()
        self._canvas.restore()

    # Nested.

    def _cached_list(self, body: np.ndarray) -> None:
        raster, divisor = self._raster, self._divisor

        def make() -> tuple[skia.Image, int]:
            width, height = self._smaller(divisor)
            surface = raster._surfaces.picture(width, height)
            surface.getCanvas().clear(0)
            raster._paint(surface.getCanvas(), body[1:], divisor, self._depth + 1)
            return surface.makeImageSnapshot(), width * height * 4

        image = raster._cached.get((float(body[0]), divisor), make)
        self._draw_whole(image, divisor, 1.0, 0, 1)

    def _offscreen(self, body: np.ndarray) -> None:
        raster = self._raster
        slot, divisor = float(body[0]), min(_MAX_DIVISOR, max(1, int(body[1])))
        surface = raster._offscreen.get((slot, divisor))
        if surface is None:
            surface = raster._offscreen[slot, divisor] = raster._surfaces.picture(*self._smaller(divisor))
        surface.getCanvas().clear(0)
        raster._paint(surface.getCanvas(), body[2:], divisor, self._depth + 1)
        raster._slots[slot] = (surface.makeImageSnapshot(), divisor)

    def _stamp(self, body: list[float]) -> None:
        slot, *matrix, opacity, blend, sampling = body
        image, divisor = self._raster._slots[slot]
        if opacity <= 0:
            return
        same = matrix == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
        if not same:
            self._canvas.save()
            self._canvas.concat(_matrix(*matrix))
            self._stack.append(True)
        self._draw_whole(image, divisor, opacity, blend, sampling)
        if not same:
            self._restore([])

    def _draw_whole(self, image: skia.Image, divisor: int, opacity: float, blend: float, sampling: float) -> None:
        """A picture of 1/divisor of the target's size, over the whole canvas' area."""
        canvas, paint = self._canvas, self._dressed(opacity, blend)
        canvas.save()
        if any(self._stack):
            canvas.scale(divisor / self._raster._scale, divisor / self._raster._scale)
            canvas.drawImage(image, 0, 0, SAMPLING_OPTIONS[int(sampling)], paint)
        else:
            # The same scale without its rounding, so that Skia sees where pixels lie on pixels.
            canvas.resetMatrix()
            if divisor == self._divisor:
                paint.setDither(False)
                canvas.drawImage(image, 0, 0, SAMPLING_OPTIONS[0], paint)
            else:
                canvas.scale(divisor / self._divisor, divisor / self._divisor)
                canvas.drawImage(image, 0, 0, SAMPLING_OPTIONS[int(sampling)], paint)
        canvas.restore()

    def _smaller(self, divisor: int) -> tuple[int, int]:
        return -(-self._raster._width // divisor), -(-self._raster._height // divisor)

    def _dressed(self, opacity: float, blend: float) -> skia.Paint:
        """A paint for pictures."""
        paint = skia.Paint()
        paint.setAntiAlias(True)
        paint.setDither(True)
        paint.setAlphaf(opacity)
        paint.setBlendMode(BLEND_MODES[int(blend)])
        return paint


def _matrix(a: float, b: float, c: float, d: float, e: float, f: float) -> skia.Matrix:
    return skia.Matrix.MakeAll(a, c, e, b, d, f, 0, 0, 1)


def _shape(name: str) -> _Handler:
    def draw(self: _Pass, body: list[float]) -> None:
        self._canvas.drawPath(shape_path(name, body), self._shape.paint)

    return draw


_HANDLERS: Final[dict[str, _Handler]] = {
    "clear": _Pass._clear,
    "paint": _Pass._how,
    "solid": _Pass._solid,
    "linear": _Pass._linear,
    "radial": _Pass._radial,
    "sweep": _Pass._sweep,
    "fill": _Pass._fill,
    **{name: _shape(name) for name in _SHAPES},
    "image": _Pass._image,
    "text": _Pass._text,
    "tile": _Pass._tile,
    "video": _Pass._video,
    "transform": _Pass._transform,
    "clip_rect": _Pass._clip_rect,
    "clip_circle": _Pass._clip_circle,
    "clip_polygon": _Pass._clip_polygon,
    "layer": _Pass._layer,
    "layer_color": _Pass._layer_color,
    "layer_blur": _Pass._layer_blur,
    "restore": _Pass._restore,
    "stamp": _Pass._stamp,
}
#: Those whose floats stay an array: many, or not looked at.
_ARRAYS: Final[dict[str, Callable[[_Pass, np.ndarray], None]]] = {
    "sprites": _Pass._sprites,
    "cached": _Pass._cached_list,
    "offscreen": _Pass._offscreen,
}
